"""The model's answer, and the graph's beside it."""

from nicegui import ui

from oneedit.results import AskResult, Hop
from oneedit.ui.parts import card, section, symbol, words
from oneedit.ui.wording import listed, relation_name


def answer(result: AskResult) -> None:
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
