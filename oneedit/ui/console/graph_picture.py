"""The facts around an entity as a picture, before and after a change, and as a list."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from kg_data.changes import Changes
from kg_data.triples import Triple
from oneedit.ui.console.widgets import cells, row, table
from oneedit.ui.parts import unfolding, words
from oneedit.wording import fact_words, relation_name

MOST_NEIGHBOURS = 12
"""Things around the middle that a picture has room for."""

MOST_LETTERS = 22
"""Letters of a name in the picture."""

RING, MIDDLE = 100.0, 28.0
"""Radii of the neighbours' circle and of the circle of several middles, in units of the chart."""


@dataclass(frozen=True)
class GraphPicture:
    """What is drawn: the middle, the facts around it, and what a change does to them.

    Attributes:
        middle: ids of the entities in the middle.
        facts: facts that hold, nearest first; the changed ones may be among them.
        changes: what is added and removed.
    """

    middle: tuple[str, ...]
    facts: tuple[Triple, ...]
    changes: Changes

    @property
    def kept(self) -> tuple[Triple, ...]:
        """Return the facts that hold before and after."""
        changed = {*self.changes.all_added, *self.changes.all_retracted}
        return tuple(fact for fact in self.facts if fact not in changed)

    @property
    def drawn(self) -> tuple[Triple, ...]:
        """Return the facts that a picture has room for: changed ones first."""
        ends: dict[str, None] = dict.fromkeys(self.middle)
        found = []
        for fact in (*self.changes.all_retracted, *self.changes.all_added, *self.kept):
            new = {fact.subject, fact.object} - ends.keys()
            if len(ends) + len(new) <= len(self.middle) + MOST_NEIGHBOURS:
                ends.update(dict.fromkeys(sorted(new)))
                found.append(fact)
        return tuple(found)

    def places(self) -> dict[str, tuple[float, float]]:
        """Return where each entity stands: the same before and after."""
        ends = dict.fromkeys(end for fact in self.drawn for end in (fact.subject, fact.object))
        around = [end for end in ends if end not in self.middle]
        inner = MIDDLE if len(self.middle) > 1 else 0.0
        return dict(zip(self.middle, _circle(len(self.middle), inner), strict=True)) | dict(
            zip(around, _circle(len(around), RING), strict=True)
        )

    def _below(self, name: str) -> str:
        """Return what stands below a neighbour's name: by which unchanged relation it is one."""
        if name in self.middle:
            return ""
        kept = [fact for fact in self.drawn if fact in self.kept]
        near = {fact.relation for fact in kept if name in {fact.subject, fact.object}}
        return relation_name(min(near)) if near else ""

    def options(self, *, after: bool) -> dict[str, Any]:
        """Return a chart of the facts before or after the change."""
        gone, new = set(self.changes.all_retracted), set(self.changes.all_added)
        hidden = gone if after else new
        shown = [fact for fact in self.drawn if fact not in hidden]
        marked = new if after else gone
        colour = "var(--good)" if after else "var(--bad)"
        return {
            "animation": False,
            "series": [
                {
                    "type": "graph",
                    "layout": "none",
                    "preserveAspect": True,
                    "left": 55,
                    "right": 55,
                    "top": 48,
                    "bottom": 48,
                    "silent": True,
                    "edgeSymbol": ["none", "arrow"],
                    "edgeSymbolSize": 7,
                    "data": [
                        _node(name, self._below(name), place, middle=name in self.middle)
                        for name, place in self.places().items()
                    ],
                    "links": [
                        _edge(fact, colour if fact in marked else "", dashed=not after)
                        for fact in shown
                    ],
                }
            ],
        }


def show_one(picture: GraphPicture) -> None:
    """Add the picture of what holds."""
    with ui.element("div").classes("pictures"):
        _figure("Now", picture, after=False)


def show(picture: GraphPicture) -> None:
    """Add the picture before and the picture after, and the same as a table."""
    with ui.element("div").classes("pictures"):
        _figure("Before", picture, after=False)
        _figure("After", picture, after=True)
    with unfolding("The same as a table"), table("Facts around", ("Fact", "Before", "After")):
        for fact in picture.changes.all_retracted:
            _listed(fact, "holds", "does not hold")
        for fact in picture.changes.all_added:
            _listed(fact, "does not hold", "holds")
        for fact in picture.kept[: 4 * MOST_NEIGHBOURS]:
            _listed(fact, "holds", "holds")


def _figure(title: str, picture: GraphPicture, *, after: bool) -> None:
    with ui.element("figure"):
        words(title, tag="figcaption")
        chart = ui.echart(picture.options(after=after), renderer="svg").classes("chart")
        chart.props["role"] = "img"
        chart.props["aria-label"] = f"{title}: the facts are listed as text, too"


def _listed(fact: Triple, before: str, after: str) -> None:
    with row():
        cells(fact_words(fact), before, after)


def _circle(count: int, radius: float) -> Sequence[tuple[float, float]]:
    """Return as many places on a circle, the first one at the top."""
    turns = [2 * math.pi * each / max(count, 1) - math.pi / 2 for each in range(count)]
    return [(1.3 * radius * math.cos(turn), radius * math.sin(turn)) for turn in turns]


def _node(name: str, below: str, place: tuple[float, float], *, middle: bool) -> dict[str, Any]:
    shown = name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"
    return {
        "id": name,
        "name": f"{shown}\n({below})" if below else shown,
        "x": round(place[0], 1),
        "y": round(place[1], 1),
        "symbolSize": 18 if middle else 10,
        "itemStyle": {"color": "var(--accent)" if middle else "var(--quiet)"},
        "label": {
            "show": True,
            "position": "bottom" if place[1] >= 0 else "top",
            "color": "var(--ink)",
            "fontSize": 12,
            "fontWeight": "bold" if middle else "normal",
            "lineHeight": 14,
        },
    }


def _edge(fact: Triple, colour: str, *, dashed: bool) -> dict[str, Any]:
    line: dict[str, Any] = {"color": colour or "var(--quiet)", "width": 2.5 if colour else 1}
    line |= {"opacity": 1, "curveness": 0.08}
    if colour and dashed:
        line["type"] = "dashed"
    return {
        "source": fact.subject,
        "target": fact.object,
        "lineStyle": line,
        "label": {
            "show": bool(colour),
            "formatter": relation_name(fact.relation),
            "fontSize": 11,
            "color": colour,
        },
    }
