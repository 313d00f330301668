"""A result as a card: what was applied here, the rest in the modules beside."""

from typing import assert_never

from nicegui import ui

from oneedit.results import (
    Already,
    AnswerChange,
    AskResult,
    ConsolidateResult,
    EditResult,
    ExportResult,
    HistoryResult,
    Hop,
    NeedsConfirmation,
    Refused,
    Result,
    ShowResult,
    StatusResult,
    TalkResult,
    UnclearResult,
    UndoResult,
)
from oneedit.ui import notices, tables
from oneedit.ui.actions import Actions
from oneedit.ui.parts import card, changed, scores, section, sentences, symbol, words
from oneedit.wording import listed, relation_name, seconds


def show(result: Result, actions: Actions) -> None:
    """Add the card of a result to the page."""
    match result:
        case EditResult():
            _edit(result, actions)
        case UndoResult():
            _undo(result)
        case ConsolidateResult():
            _consolidated(result)
        case AskResult():
            _answer(result)
        case HistoryResult() | ShowResult() | StatusResult() | ExportResult():
            tables.show(result)
        case TalkResult(reply):
            notices.talk(reply)
        case Already() | NeedsConfirmation() | Refused() | UnclearResult():
            notices.notice(result, actions)
        case _:
            assert_never(result)


def _edit(result: EditResult, actions: Actions) -> None:
    title = f"Applied as version {result.version}"
    with card(title, "check_circle", "doubt" if result.degraded else "good"):
        for fact in result.facts:
            parts = (fact.subject, relation_name(fact.relation), fact.object)
            words(" - ".join(parts), "fact", tag="p")
        if result.replayed:
            sentences(["It had been applied before; nothing was done twice."])
        changed(result.changes)
        if result.conflicts:
            with section("Conflicts settled"):
                sentences(conflict.text for conflict in result.conflicts)
        _told(result.told)
        if result.consequences:
            chains = (
                "1 question" if result.consequences == 1 else f"{result.consequences:,} questions"
            )
            sentences(
                [
                    f"The answer of {chains} over several facts changed with it. "
                    f"The model was taught {result.taught:,} of them."
                ]
            )
        _checked(result)
        with ui.element("div").classes("card-foot"):
            words(seconds(result.timings) if result.timings else "", "quiet")
            button = ui.button("Undo", icon="undo", color=None).props("flat no-caps dense")
            button.props["aria-label"] = f"Undo version {result.version}"
            button.on_click(lambda: actions.undo(result.version))
            actions.undoable(result.version, button)


def _undo(result: UndoResult) -> None:
    title = f"Version {result.version} takes version {result.undone} back"
    with card(title, "undo", "doubt" if result.degraded else "good"):
        if result.identical:
            sentences(["The weights are bit for bit those from before that edit."])
        elif result.overruled:
            sentences(
                ["It had been consolidated; a patch overrules it until the next consolidation."]
            )
        else:
            sentences(["The weights were rebuilt without it; later edits stay."])
        if result.solved_again:
            names = ", ".join(map(str, result.solved_again))
            sentences([f"Solved again, because they overlapped: version {names}."])
        changed(result.changes)
        _told(result.told)
        _checked(result)
        if result.timings:
            words(seconds(result.timings), "quiet", tag="p")


def _consolidated(result: ConsolidateResult) -> None:
    tone = "doubt" if result.outcome.shortfalls else "good"
    with card(f"Version {result.version} holds all edits in one patch", "merge", tone):
        replaced = "1 patch" if result.replaced == 1 else f"{result.replaced} patches"
        sentences([f"It takes the place of {replaced}; facts did not change with it."])
        _checked(result)
        if result.timings:
            words(seconds(result.timings), "quiet", tag="p")


def _told(told: tuple[AnswerChange, ...]) -> None:
    if not told:
        return
    with section("What the model answers"):
        for each in told:
            with ui.element("div").classes("told"):
                words(each.question, "quiet", tag="p")
                with ui.element("p"):
                    words(each.before or "nothing", "before")
                    words(" → ", "arrow")
                    words(each.after or "nothing", "after")


def _checked(result: EditResult | UndoResult | ConsolidateResult) -> None:
    scores(result.outcome, result.report.failures if result.report else ())
    if isinstance(result, ConsolidateResult):
        if result.outcome.shortfalls:
            sentences(["Below its bars, and no worse than what it replaced:"])
            sentences(result.outcome.shortfalls)
        return
    if result.degraded:
        agreed = "it was applied because a person agreed"
        restored = "the model does not answer all that was restored"
        sentences([f"Below the gate: {restored if isinstance(result, UndoResult) else agreed}."])


def _answer(result: AskResult) -> None:
    """Add the card of an answered question."""
    title, icon, tone = _verdict(result)
    with card(title, icon, tone):
        with ui.element("div").classes("sides"):
            _side("The model", result.answer or "nothing", "model")
            if result.agrees is not None:
                _side("The graph", listed(result.expected) or "nothing", "graph")
        if result.agrees is None:
            words("The question was not found in the graph, so nothing is compared.", "quiet")
        if result.steps and result.wording != result.answer:
            words(f"The model wrote: {result.wording}", "quiet", tag="p")
        if len(result.hops) > 1:
            with section("Step by step"), ui.element("ol").classes("hops"):
                for hop in result.hops:
                    _hop(hop)


def _verdict(result: AskResult) -> tuple[str, str, str]:
    if result.agrees is None:
        return "Only the model answered", "help_outline", "plain"
    if result.agrees:
        return "Model and graph agree", "check_circle", "good"
    if not result.expected:
        return "The graph holds no answer", "help_outline", "doubt"
    return "Model and graph differ", "error_outline", "bad"


def _side(who: str, said: str, classes: str) -> None:
    with ui.element("div").classes(f"side {classes}"):
        words(who, tag="h3")
        words(said, "said", tag="p")


def _hop(hop: Hop) -> None:
    marks = {True: ("check", "agrees with the graph"), False: ("close", "differs from the graph")}
    tone = {True: "right", False: "wrong", None: "unwritten"}[hop.right]
    held = listed(hop.objects) or "nothing"
    with ui.element("li").classes(f"hop {tone}"):
        if hop.right is not None:
            symbol(*marks[hop.right])
        with ui.element("div"):
            words(f"{relation_name(hop.relation)} of {listed(hop.subjects, most=2)}: ", "quiet")
            words(held if hop.written is None else hop.written or "nothing", "said")
            if hop.right is False:
                words(f" the graph holds {held}", "quiet")
            elif hop.written is None:
                words(" in the graph; the model did not write this step", "quiet")
