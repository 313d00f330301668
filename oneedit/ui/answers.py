"""Cards of answered questions, and of those that cannot be checked."""

from nicegui import run, ui

from oneedit.answer_wording import (
    FREE_ANSWER,
    answer_notes,
    cannot_check,
    comparison,
    graph_answer,
    hop_words,
    model_answer,
    way_of_steps,
)
from oneedit.results import AskResult, Hop
from oneedit.ui import notices
from oneedit.ui.actions import Actions
from oneedit.ui.parts import card, section, sentences, symbol, words
from oneedit.wording import NOTHING


def show(result: AskResult, actions: Actions) -> None:
    """Add the card of a question."""
    if result.asked:
        _answer(result, actions)
    else:
        _unchecked(result, actions)


def _unchecked(result: AskResult, actions: Actions) -> None:
    """Add the card of a question that was not found in the graph."""
    title, *rest = cannot_check(result)
    with card(title, "help_outline", "doubt"):
        sentences(rest)
        with ui.element("div").classes("choices"):
            for hint in result.hints:
                notices.option(hint, "", actions)
            ui.button(FREE_ANSWER, on_click=actions.ask_freely).props("outline no-caps")


def _answer(result: AskResult, actions: Actions) -> None:
    """Add the card of an answered question."""
    icon, tone = _verdict(result)
    linked = result.agrees is not None or result.total is not None
    with card(comparison(result) if linked else "Only the model answered", icon, tone):
        with ui.element("div").classes("sides"):
            _side("The model", model_answer(result), "model")
            if linked:
                _side("The graph", graph_answer(result), "graph")
        if not linked:
            words(f"{comparison(result)}.", "quiet")
        if result.steps and result.wording != result.answer:
            words(f"{way_of_steps(result)}: {result.wording}", "quiet", tag="p")
        for note in answer_notes(result):
            words(note, "quiet", tag="p")
        if len(result.hops) > 1:
            with section("Step by step"), ui.element("ol").classes("hops"):
                for hop in result.hops:
                    _hop(hop)
        if result.hops:
            Why(result, actions)
        actions.answered(result, ui.element("div"))
        _settle(result, actions)
        words(f"Version {result.version}", "quiet", tag="p")


def _settle(result: AskResult, actions: Actions) -> None:
    """Offer to let model and graph agree, whichever is right."""
    correction = actions.correction(result)
    if not actions.may_edit or not result.differing:
        return
    with ui.element("div").classes("choices"):
        teach = ui.button("Teach the model", color=None, on_click=lambda: actions.teach(result))
        teach.props("outline no-caps").tooltip("The graph is right: the model learns its answer")
        if correction:
            correct = ui.button(
                "Correct the graph", color=None, on_click=lambda: actions.say(correction)
            )
            correct.props("outline no-caps").tooltip(correction)


class Why:
    """Where the graph's answer comes from; looked up when it is unfolded.

    Args:
        result: the answer.
        actions: looks it up.
    """

    def __init__(self, result: AskResult, actions: Actions) -> None:
        self._result, self._actions, self._known = result, actions, False
        with ui.element("details").on("toggle", self._show):
            words("Why the graph says so", tag="summary")
            self._place = ui.element("div")

    async def _show(self) -> None:
        if self._known:
            return
        self._known = True
        lines = await run.io_bound(self._actions.why, self._result)
        if not self._place.is_deleted:
            with self._place:
                sentences(lines or ["The graph holds nothing on the way any more."])


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
