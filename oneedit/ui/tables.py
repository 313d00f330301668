"""Results that are tables."""

from dataclasses import asdict

from nicegui import ui

from oneedit.results import (
    BlameResult,
    CheckResult,
    DiffResult,
    ExportResult,
    HistoryEntry,
    HistoryResult,
    KnowledgeResult,
    PreviewResult,
    RedefineResult,
    RelationsResult,
    ShowResult,
    StatusResult,
    VerifyResult,
)
from oneedit.ui.parts import card, changed, sentences, words
from oneedit.wording import changed_slots, details, headline, history_title, relation_name

COLUMNS = ("Version", "What", "Words", "Changes", "Who and when")

KINDS = {
    "GENESIS": "beginning",
    "ADD": "edit",
    "RETRACT": "forgotten",
    "REVERT": "undo",
    "ROLLBACK": "roll back",
    "CONSOLIDATE": "consolidation",
    "IMPORT": "import",
    "REPAIR": "repair",
    "REDEFINE": "change of relations",
}


def show(
    result: HistoryResult
    | PreviewResult
    | DiffResult
    | BlameResult
    | ShowResult
    | StatusResult
    | ExportResult
    | VerifyResult
    | CheckResult
    | KnowledgeResult
    | RelationsResult
    | RedefineResult,
) -> None:
    """Add a result that is a table, or nearly one."""
    if isinstance(result, HistoryResult):
        history(result)
    else:
        fields(result)


def history(result: HistoryResult) -> None:
    """Add the versions, the newest first."""
    title = history_title(result)
    with card(title, "history", "plain"):
        if not result.entries:
            sentences(["There is no such version."])
            return
        with ui.element("div").classes("scrolling").props("tabindex=0 role=region") as region:
            region.props["aria-label"] = title
            with ui.element("table"):
                with ui.element("thead"), ui.element("tr"):
                    for name in COLUMNS:
                        words(name, tag="th").props("scope=col")
                with ui.element("tbody"):
                    for entry in reversed(result.entries):
                        _row(entry)


def fields(
    result: PreviewResult
    | DiffResult
    | BlameResult
    | ShowResult
    | StatusResult
    | ExportResult
    | VerifyResult
    | CheckResult
    | KnowledgeResult
    | RelationsResult
    | RedefineResult,
) -> None:
    """Add what the graph holds about an entity, or the state of everything, a line each."""
    match result:
        case ShowResult():
            with card(result.entity.id, "info", "plain"):
                sentences(details(result))
        case BlameResult():
            with card(result.entity, "info", "plain"):
                sentences(details(result))
        case PreviewResult() | DiffResult() | RedefineResult():
            with card(headline(result), "info", "plain"):
                sentences(details(result))
                changed(result.changes)
        case (
            ExportResult() | VerifyResult() | CheckResult() | KnowledgeResult() | RelationsResult()
        ):
            with card(headline(result), "info", "plain"):
                sentences(details(result))
        case StatusResult():
            with card("Status", "info", "plain"):
                for name, value in asdict(result).items():
                    shown = ", ".join(value) if isinstance(value, tuple) else str(value)
                    sentences([f"{relation_name(name)}: {shown or 'none'}"])


def _row(entry: HistoryEntry) -> None:
    with ui.element("tr"):
        words(str(entry.version), tag="td")
        words(_kind(entry), tag="td")
        words(entry.text, tag="td")
        with ui.element("td"):
            for line in changed_slots(entry):
                words(line, tag="p")
        with ui.element("td"):
            words(entry.actor, tag="p")
            words(entry.created_at[:16].replace("T", " "), "quiet", tag="p")


def _kind(entry: HistoryEntry) -> str:
    kind = KINDS.get(entry.kind, entry.kind.lower()) + entry.aim
    kind += " (below the gate)" if entry.degraded else ""
    return kind if entry.undone_by is None else f"{kind}, undone by {entry.undone_by}"
