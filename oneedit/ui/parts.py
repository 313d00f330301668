"""The few shapes that every card is made of."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from editor.evaluation.report import Answer
from kg_data.changes import Changes, SlotChange
from oneedit.ledger.events import GateSummary
from oneedit.wording import GROUPS, NOTHING, slot_words

MOST_CHANGES = 8
"""Changes that are shown at once; the others unfold."""

MOST_WRONG = 20


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


def scores(outcome: GateSummary, wrong: tuple[Answer, ...]) -> None:
    """Add how many questions of each group the model answered rightly, and which it did not."""
    asked = {name: score for name, score in outcome.scores.items() if score[1]}
    if not asked:
        return
    with section("Checks, by asking the model"):
        with ui.element("ul").classes("scores"):
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
