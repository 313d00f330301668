"""A proposal on the page: what would change, why it waits, what others have said, what to do."""

from collections.abc import Iterable

from nicegui import ui

from controller.plan import Reason
from interpreter.intents import Forget
from kg_data.triples import Triple
from oneedit.ledger.proposal import UNDECIDED, Proposal, ProposalEvent
from oneedit.results import NeighbourhoodResult, ReviewResult
from oneedit.ui.console import graph_picture
from oneedit.ui.console.graph_picture import GraphPicture
from oneedit.ui.console.widgets import moment
from oneedit.ui.frame import link
from oneedit.ui.parts import changed, section, sentences, words
from oneedit.ui.site import CONSOLE, Visit
from oneedit.wording import STEPS, chain_words, counted, relation_name

RISKS = {"high": "high risk", "medium": "medium risk", "low": "low risk"}
TONES = {"high": "bad", "medium": "doubt", "low": "good"}

MOST_MIDDLES = 3
"""Entities in the middle of the picture, at most."""


def middles(proposal: Proposal) -> tuple[str, ...]:
    """Return the entities that a proposal is about."""
    facts = proposal.plan.facts or proposal.plan.changes.asserted
    subjects = [fact.subject for fact in facts]
    if isinstance(proposal.intent, Forget):
        subjects.append(proposal.intent.slot.subject)
    return tuple(dict.fromkeys(subjects))[:MOST_MIDDLES]


def around(visit: Visit, proposal: Proposal) -> tuple[Triple, ...]:
    """Return the facts around what a proposal is about, as they are now."""
    found: dict[Triple, None] = {}
    for name in middles(proposal):
        result = visit.service.neighbourhood(visit.actor, name, limit=60)
        if isinstance(result, NeighbourhoodResult):
            found.update(dict.fromkeys(result.facts))
    return tuple(found)


def show(visit: Visit, result: ReviewResult, risk: str, facts: tuple[Triple, ...]) -> None:
    """Add a proposal with its review."""
    proposal, plan = result.proposal, result.proposal.plan
    with ui.element("div").classes("card-head"):
        words(f"Proposal {proposal.id}", tag="h2").props("tabindex=-1")
        words(proposal.state.replace("_", " "), "tag")
        words(RISKS[risk], f"tag tone-{TONES[risk]}")
    words(f"“{proposal.text}”", "quote", tag="p")
    words(_who(proposal), "quiet", tag="p")
    if result.earlier is not None:
        words("The graph has changed what this means since it was proposed.", "notice", tag="p")
    changed(plan.changes, "What would change" if proposal.state in UNDECIDED else "What changes")
    if plan.entities:
        with section("New names"):
            sentences(f"{each.id} ({each.entity_class})" for each in plan.entities)
    _reasons(plan.decision.reasons)
    told = {each.text for each in plan.decision.reasons}
    conflicts = [each.text for each in plan.conflicts if each.text not in told]
    if conflicts:
        with section("Conflicts with what holds"):
            sentences(dict.fromkeys(conflicts))
    _answers(proposal)
    _consequences(proposal)
    if proposal.state in UNDECIDED and facts:
        with section("What is around it"):
            graph_picture.show(GraphPicture(middles(proposal), facts, plan.changes))
    if proposal.version is not None:
        target = visit.link(f"{CONSOLE}/versions/{proposal.version}")
        link(f"It became version {proposal.version}", target)
    _steps(result.events)


def _who(proposal: Proposal) -> str:
    parts = [f"by {proposal.author.name} ({proposal.author.role})", moment(proposal.created_at)]
    if proposal.source:
        parts.append(f"from {proposal.source}")
    if proposal.assignee:
        parts.append(f"assigned to {proposal.assignee}")
    if proposal.required > 1:
        agreed = f", so far {', '.join(proposal.approvals)}" if proposal.approvals else ""
        parts.append(f"{proposal.required} people have to agree{agreed}")
    return " · ".join(parts)


def _reasons(reasons: Iterable[Reason]) -> None:
    reasons = tuple(reasons)
    if not reasons:
        return
    with section("Why it waits"), ui.element("ul").classes("reasons"):
        for each in reasons:
            with ui.element("li"):
                words(each.text)
                for name, value in each.numbers:
                    words(f"{relation_name(name)} {value:g}", "tag")


def _answers(proposal: Proposal) -> None:
    if not proposal.answers:
        return
    with section("What the model answers today"), ui.element("ul").classes("answers"):
        for each in proposal.answers:
            with ui.element("li"):
                words(f"{each.question} ", "quiet")
                words(each.answer or "nothing", "said")
                words(f" sure to {round(each.confidence * 100)} %", "quiet")


def _consequences(proposal: Proposal) -> None:
    plan = proposal.plan
    if not plan.consequence_count:
        return
    at_least = "At least " if plan.consequences_at_least else ""
    with section("What follows"):
        count = counted(plan.consequence_count, "chain")
        words(f"{at_least}{count} of relations would have another answer.", tag="p")
        with ui.element("ul").classes("chains"):
            for each in plan.consequences:
                words(chain_words(each), tag="li")


def _steps(events: Iterable[ProposalEvent]) -> None:
    with section("Review"), ui.element("ol").classes("steps"):
        for each in events:
            with ui.element("li"):
                words(f"{each.actor.name} {STEPS[each.action]}")
                words(f" {moment(each.created_at)}", "quiet")
                if each.comment:
                    words(each.comment, "comment", tag="p")
