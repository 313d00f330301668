"""The model: where it is, how well it learned what it was told, what it knew before."""

from collections.abc import Sequence
from typing import Any

from nicegui import ui

from oneedit.people.permissions import Operation, may
from oneedit.results import KnowledgeResult, StatusResult, VersionScores
from oneedit.ui.console.follow import FollowedChange
from oneedit.ui.console.versions_page import ONE as VERSION
from oneedit.ui.console.widgets import (
    attempt,
    button,
    cell,
    cells,
    confirmed,
    moment,
    reload,
    row,
    table,
)
from oneedit.ui.frame import link
from oneedit.ui.parts import section, sentences, unfolding, words
from oneedit.ui.site import CONSOLE, Visit
from oneedit.wording import GROUPS, counted, details, headline, relation_name

PATH = f"{CONSOLE}/model"
MOST_SCORES = 200
COLOURS = ("var(--accent)", "var(--doubt)", "var(--bad)", "var(--quiet)")


async def build(visit: Visit) -> None:
    """Build the state of the model, and how it came there."""
    status = await attempt(visit, visit.service.status)
    scores = await attempt(visit, lambda actor: visit.service.scores(actor, limit=MOST_SCORES))
    known = await attempt(visit, visit.service.known_by_model)
    if status is None:
        return
    _status(status)
    ModelTools(visit, status)
    _scores(visit, scores or ())
    _known(known)


class ModelTools:
    """What can be asked of the model.

    Args:
        visit: who looks.
        status: where it is.
    """

    def __init__(self, visit: Visit, status: StatusResult) -> None:
        self._visit = visit
        with ui.element("div").classes("choices"):
            button("Verify ledger, graph and weights", self._verify)
            if may(visit.actor, Operation.CONSOLIDATE):
                what = counted(len(status.patches), "patch", "patches")
                button(f"Consolidate {what}", self._consolidate)
        self._followed = FollowedChange(visit, reload)
        self._verified = ui.element("div").props("role=status")

    async def _verify(self) -> None:
        found = await attempt(self._visit, self._visit.service.verify)
        self._verified.clear()
        if found is not None:
            with self._verified, ui.element("div").classes("card tone-good"):
                words(headline(found), tag="h2")
                sentences(details(found))

    async def _consolidate(self) -> None:
        queue = self._visit.site.queue
        text = "One patch of the base model takes the place of all others; this can take minutes."
        if await confirmed("Consolidate?", text, "Consolidate"):
            await self._followed.begin(queue.consolidate)


def _status(status: StatusResult) -> None:
    if status.problem:
        words(status.problem, "notice", tag="p")
    figures = {
        "version": f"{status.version:,}",
        "facts": f"{status.facts:,}",
        "entities": f"{status.entities:,}",
        "edits": f"{status.edits:,}",
        "of them undone": f"{status.undone:,}",
        "live patches": f"{len(status.patches):,}",
        "to be consolidated": f"{status.pending:,}",
        "editing method": status.methods[0] if status.methods else "none",
    }
    with ui.element("dl").classes("figures"):
        for name, value in figures.items():
            with ui.element("div"):
                words(name, tag="dt")
                words(value, tag="dd")
    with unfolding("Hashes"), table("Hashes", ("What", "Hash")):
        hashes = {"base model": status.base_hash, "weights now": status.live_hash}
        hashes |= {f"patch {place}": each for place, each in enumerate(status.patches, 1)}
        for name, value in hashes.items():
            with row():
                cells(name, value)


def _scores(visit: Visit, scores: Sequence[VersionScores]) -> None:
    with section("How well it learned what it was told"):
        if not scores:
            words("Nothing was taught yet.", "quiet", tag="p")
            return
        words("Share of questions that it answered rightly after each version.", "quiet", tag="p")
        chart = ui.echart(chart_of(scores), renderer="svg").classes("chart")
        chart.props["role"] = "img"
        chart.props["aria-label"] = "The scores of each version; the table below lists them"
        groups = groups_of(scores)
        names = [GROUPS.get(each, relation_name(each)) for each in groups]
        with unfolding("The same as a table"), table("Scores", ("Version", "When (UTC)", *names)):
            for each in scores[::-1]:
                with row():
                    with cell():
                        link(str(each.version), visit.link(VERSION.format(number=each.version)))
                    cells(moment(each.created_at))
                    cells(*(_share(each, group) for group in groups))


def groups_of(scores: Sequence[VersionScores]) -> list[str]:
    """Return the groups of questions that were asked, those of the gate first."""
    asked = dict.fromkeys(
        name for each in scores for name, (_, total) in each.scores.items() if total
    )
    return sorted(asked, key=lambda name: list(GROUPS).index(name) if name in GROUPS else 99)


def chart_of(scores: Sequence[VersionScores]) -> dict[str, Any]:
    """Return the chart of the shares of right answers, a line for each group."""
    axis = {
        "axisLabel": {"color": "var(--quiet)"},
        "axisLine": {"lineStyle": {"color": "var(--line)"}},
    }
    lines = []
    for place, group in enumerate(groups_of(scores)):
        values = [each.scores.get(group, (0, 0)) for each in scores]
        lines.append(
            {
                "name": GROUPS.get(group, relation_name(group)),
                "type": "line",
                "connectNulls": True,
                "symbolSize": 7,
                "data": [round(100 * right / total) if total else None for right, total in values],
                "lineStyle": {"type": ("solid", "dashed", "dotted")[place % 3]},
                "color": COLOURS[place % len(COLOURS)],
            }
        )
    return {
        "animation": False,
        "legend": {"textStyle": {"color": "var(--ink)"}, "type": "scroll", "top": 0},
        "grid": {"left": 45, "right": 15, "top": 40, "bottom": 30},
        "xAxis": {"type": "category", "data": [str(each.version) for each in scores], **axis},
        "yAxis": {
            "type": "value",
            "min": 0,
            "max": 100,
            "name": "%",
            "nameTextStyle": {"color": "var(--quiet)"},
            "splitLine": {"lineStyle": {"color": "var(--line)"}},
            **axis,
        },
        "series": lines,
    }


def _share(scores: VersionScores, group: str) -> str:
    right, total = scores.scores.get(group, (0, 0))
    return f"{right:,} of {total:,}" if total else ""


def _known(known: KnowledgeResult | None) -> None:
    with section("What the base model knew of the graph"):
        if known is None or not known.asked:
            words("It was not asked yet: oneedit model check", "quiet", tag="p")
            return
        words(f"{known.known:,} of {known.asked:,} facts that it was asked about.", tag="p")
        with table("By relation", ("Relation", "Known", "Asked")):
            for each in known.relations:
                with row():
                    cells(relation_name(each.relation), f"{len(each.known):,}", f"{each.asked:,}")
