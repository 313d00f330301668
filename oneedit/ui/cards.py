"""A result as a card: what was applied here, the rest in the modules beside."""

from typing import assert_never

from nicegui import ui

from editor.evaluation.report import Answer
from oneedit.results import (
    Already,
    AnswerChange,
    AskResult,
    BlameResult,
    CheckResult,
    ConsolidateResult,
    DiffResult,
    EditResult,
    ExportResult,
    HistoryResult,
    KnowledgeResult,
    NeedsConfirmation,
    PreviewResult,
    Proposed,
    RedefineResult,
    Refused,
    RelationsResult,
    Result,
    RollbackResult,
    ShowResult,
    StatusResult,
    TalkResult,
    UnclearResult,
    UndoResult,
    VerifyResult,
)
from oneedit.ui import answers, notices, tables
from oneedit.ui.actions import Actions
from oneedit.ui.parts import card, changed, scores, section, sentences, words
from oneedit.wording import (
    NOTHING,
    details,
    headline,
    relation_name,
    seconds,
)


def show(result: Result, actions: Actions) -> None:
    """Add the card of a result to the page."""
    match result:
        case EditResult():
            _edit(result, actions)
        case UndoResult() | RollbackResult():
            icon = "undo" if isinstance(result, UndoResult) else "history"
            _done(result, icon, good=not result.degraded)
        case ConsolidateResult():
            _done(result, "merge", good=not result.outcome.shortfalls)
        case AskResult():
            answers.show(result, actions)
        case (
            HistoryResult()
            | PreviewResult()
            | DiffResult()
            | BlameResult()
            | ShowResult()
            | StatusResult()
            | ExportResult()
            | VerifyResult()
            | CheckResult()
            | KnowledgeResult()
            | RelationsResult()
            | RedefineResult()
        ):
            tables.show(result)
        case TalkResult(reply):
            notices.talk(reply)
        case Already() | NeedsConfirmation() | Proposed() | Refused() | UnclearResult():
            notices.notice(result, actions)
        case _:
            assert_never(result)


def _edit(result: EditResult, actions: Actions) -> None:
    with card(headline(result), "check_circle", "doubt" if result.degraded else "good"):
        for fact in result.facts:
            parts = (fact.subject, relation_name(fact.relation), fact.object)
            words(" - ".join(parts), "fact", tag="p")
        changed(result.changes)
        if result.conflicts:
            with section("Conflicts settled"):
                sentences(conflict.text for conflict in result.conflicts)
        _answers(result.told)
        sentences(details(result))
        scores(result.outcome, _failures(result))
        with ui.element("div").classes("card-foot"):
            words(seconds(result.timings) if result.timings else "", "quiet")
            button = ui.button("Undo", icon="undo", color=None).props("flat no-caps dense")
            button.props["aria-label"] = f"Undo version {result.version}"
            button.on_click(lambda: actions.undo(result.version))
            actions.undoable(result.version, button)


def _done(
    result: UndoResult | RollbackResult | ConsolidateResult, icon: str, *, good: bool
) -> None:
    with card(headline(result), icon, "good" if good else "doubt"):
        sentences(details(result))
        if isinstance(result, UndoResult | RollbackResult):
            changed(result.changes)
            _answers(result.told)
        scores(result.outcome, _failures(result))
        if result.timings:
            words(seconds(result.timings), "quiet", tag="p")


def _answers(answers: tuple[AnswerChange, ...]) -> None:
    """Add the model's answers before and after."""
    if not answers:
        return
    with section("What the model answers"):
        for each in answers:
            with ui.element("div").classes("answer-change"):
                words(each.question, "quiet", tag="p")
                with ui.element("p"):
                    words(each.before or NOTHING, "before")
                    words(" → ", "arrow")
                    words(each.after or NOTHING, "after")


def _failures(
    result: EditResult | UndoResult | RollbackResult | ConsolidateResult,
) -> tuple[Answer, ...]:
    if isinstance(result, RollbackResult) or result.report is None:
        return ()
    return result.report.failures
