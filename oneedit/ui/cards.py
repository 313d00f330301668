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
    Hop,
    KnowledgeResult,
    NeedsConfirmation,
    PreviewResult,
    Proposed,
    Refused,
    Result,
    RollbackResult,
    ShowResult,
    StatusResult,
    TalkResult,
    UnclearResult,
    UndoResult,
    VerifyResult,
)
from oneedit.ui import notices, tables
from oneedit.ui.actions import Actions
from oneedit.ui.parts import card, changed, scores, section, sentences, symbol, words
from oneedit.wording import (
    NOTHING,
    asked_again,
    comparison,
    details,
    headline,
    hop_words,
    listed,
    relation_name,
    seconds,
    way_of_steps,
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
            _answer(result)
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


def _answer(result: AskResult) -> None:
    """Add the card of an answered question."""
    icon, tone = _verdict(result)
    title = "Only the model answered" if result.agrees is None else comparison(result)
    with card(title, icon, tone):
        with ui.element("div").classes("sides"):
            _side("The model", result.answer or NOTHING, "model")
            if result.agrees is not None:
                _side("The graph", listed(result.expected) or NOTHING, "graph")
        if result.agrees is None:
            words(f"{comparison(result)}.", "quiet")
        if result.steps and result.wording != result.answer:
            words(f"{way_of_steps(result)}: {result.wording}", "quiet", tag="p")
        if result.again:
            words(asked_again(result), "quiet", tag="p")
        if len(result.hops) > 1:
            with section("Step by step"), ui.element("ol").classes("hops"):
                for hop in result.hops:
                    _hop(hop)


def _verdict(result: AskResult) -> tuple[str, str]:
    """Return the icon and the tone of an answer's card."""
    if result.agrees is None:
        return "help_outline", "plain"
    if result.agrees:
        return "check_circle", "good"
    return ("error_outline", "bad") if result.expected else ("help_outline", "doubt")


def _side(who: str, answer: str, classes: str) -> None:
    with ui.element("div").classes(f"side {classes}"):
        words(who, tag="h3")
        words(answer, "said", tag="p")


def _hop(hop: Hop) -> None:
    marks = {True: ("check", "agrees with the graph"), False: ("close", "differs from the graph")}
    tone = {True: "right", False: "wrong", None: "unwritten"}[hop.right]
    slot, held = hop_words(hop)
    with ui.element("li").classes(f"hop {tone}"):
        if hop.right is not None:
            symbol(*marks[hop.right])
        with ui.element("div"):
            words(f"{slot}: ", "quiet")
            words(held if hop.written is None else hop.written or NOTHING, "said")
            if hop.right is False:
                words(f" the graph holds {held}", "quiet")
            elif hop.written is None:
                words(" in the graph; the model did not write this step", "quiet")
