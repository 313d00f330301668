"""The few shapes that every card is made of."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from editor.evaluation.report import Answer
from kg_data.changes import Changes, SlotChange
from kg_data.triples import Triple
from oneedit.ledger.events import GateSummary
from oneedit.wording import GROUPS, NOTHING, checked_words, relation_name, slot_words

MOST_CHANGES = 8
"""Changes that are shown at once; the others unfold."""

MOST_WRONG = 20

MOST_READ = 6
"""Facts of a message whose parts can be corrected by a click."""


def words(text: str, classes: str = "", *, tag: str = "span") -> TextElement:
    """Add a text; whatever it holds, it stays a text."""
    return TextElement(tag=tag, text=text).classes(classes)


def symbol(name: str, label: str = "") -> None:
    """Add an icon; without a label it is an ornament that screen readers skip."""
    icon = ui.icon(name).props("role=img" if label else "aria-hidden=true")
    if label:
        icon.props["aria-label"] = label


@contextmanager
def card(title: str, icon: str, tone: str) -> Iterator[None]:
    """Add a card; its tone is "good", "bad", "doubt" or "plain"."""
    with ui.element("article").classes(f"card tone-{tone}"):
        with ui.element("div").classes("card-head"):
            symbol(icon)
            words(title, tag="h2")
        yield


@contextmanager
def section(title: str) -> Iterator[None]:
    """Add a part of a card with a heading of its own."""
    with ui.element("section"):
        words(title, tag="h3")
        yield


@contextmanager
def unfolding(title: str) -> Iterator[None]:
    """Add a part of a card that opens on a click."""
    with ui.element("details"):
        words(title, tag="summary")
        yield


def sentences(lines: Iterable[str]) -> None:
    """Add a paragraph for each line."""
    for line in lines:
        words(line, tag="p")


def changed(changes: Changes, title: str = "What changed") -> None:
    """Add what each slot held and holds; what follows from others comes last."""
    rows = changes.by_slot
    if not rows:
        return
    with section(title):
        _changes(rows[:MOST_CHANGES])
        if len(rows) > MOST_CHANGES:
            with unfolding(f"{len(rows) - MOST_CHANGES:,} more"):
                _changes(rows[MOST_CHANGES:])


def _changes(rows: Iterable[SlotChange]) -> None:
    with ui.element("ul").classes("changes"):
        for row in rows:
            with ui.element("li"):
                slot, old, new = slot_words(row)
                with ui.element("div").classes("slot"):
                    words(slot)
                    if row.derived:
                        words("follows", "tag")
                with ui.element("div"):
                    words(old, "old" if row.old else "none", tag="del")
                    words(" → ", "arrow")
                    words(new, "new" if row.new else "none", tag="ins")


def read_parts(facts: Iterable[Triple], correct: Callable[[str], None]) -> None:
    """Add what was read from a message; a click on a part of it lets the message be corrected."""
    for fact in islice(facts, MOST_READ):
        with ui.element("div").classes("read"):
            words("Read as", "quiet")
            for part in (fact.subject, relation_name(fact.relation), fact.object):
                button = ui.button(part, color=None, on_click=partial(correct, part))
                button.props("outline no-caps dense")
                button.props["aria-label"] = f"Correct {part}"


def scores(outcome: GateSummary, wrong: tuple[Answer, ...]) -> None:
    """Add how well the model answers, in a sentence; folded away, by groups of questions."""
    asked = {name: score for name, score in outcome.scores.items() if score[1]}
    if not asked:
        return
    right, total = (sum(score[place] for score in asked.values()) for place in (0, 1))
    with section("Checks, by asking the model"):
        words(checked_words(right, total), tag="p")
        with unfolding("By kinds of questions"), ui.element("ul").classes("scores"):
            for name, (right, total) in asked.items():
                with ui.element("li").classes("full" if right == total else "short"):
                    words(f"{right} of {total}", "figure")
                    words(GROUPS.get(name, name))
        mistakes(wrong)


def mistakes(wrong: tuple[Answer, ...]) -> None:
    """Add the wrong answers, folded away."""
    if not wrong:
        return
    with unfolding(f"Wrong answers ({len(wrong)})"), ui.element("ul").classes("mistakes"):
        for answer in wrong[:MOST_WRONG]:
            with ui.element("li"):
                words(answer.prompt, tag="p")
                words(f"said {answer.given or NOTHING}; right: {answer.expected[0]}", "quiet")
