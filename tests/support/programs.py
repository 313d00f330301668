"""Random programs of all that changes a home, beside a plain model of it.

The model keeps every version whole: its facts, its patches, and the edits in force. So it needs
none of the rules by which the application finds them.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from hypothesis import strategies as st

from controller.actor import Actor, Role
from controller.graph.networkx_store import NetworkxStore
from controller.graph.store import GraphStore
from kg_data.questions import Kind, Question
from kg_data.triples import Triple
from oneedit.edits.choice import Choice, Successors
from oneedit.errors import WrongState
from oneedit.ledger import history
from oneedit.ledger.events import EDIT_KINDS, Event, EventKind, LivePatch
from oneedit.results import Proposed, Result
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application

AUTHOR, REVIEWER = Actor("ada", Role.EDITOR), Actor("rae", Role.REVIEWER)

TELLS = (
    "Joe Biden's vice president is Mike Pence.",
    "Joe Biden's vice president is Barack Obama.",
    "Donald Trump's vice president is Mike Pence.",
    "Joe Biden was born in Oakland.",
    "Joe Biden was born in Paris.",
    "Donald Trump was born in Columbus.",
    "Mike Pence was born in Munich.",
    "Joe Biden's spouse is Michelle Obama.",
    "Barack Obama's spouse is Jill Biden.",
    "Donald Trump's spouse is Karen Pence.",
    "Munich is located in the country of France.",
    "Ada Quill was born in Paris.",
)
FORGETS = (
    "forget the vice president of Joe Biden",
    "forget the spouse of Mike Pence",
    "forget the spouse of Joe Biden",
    "forget the place of birth of Donald Trump",
)

Step: TypeAlias = Callable[[Application], Result]


@dataclass(frozen=True)
class Say:
    """A message."""

    text: str

    def __call__(self, oneedit: Application) -> Result:
        return oneedit.service.submit(LOCAL, self.text, confirm=_agree)


@dataclass(frozen=True)
class Import:
    """Facts of one file, told one after the other as one batch."""

    name: str
    texts: tuple[str, ...]

    def __call__(self, oneedit: Application) -> Result:
        service = replace(oneedit.service, source=f"import:{self.name}", batch=self.name)
        results = [service.submit(LOCAL, text, confirm=_agree) for text in self.texts]
        return results[-1]


@dataclass(frozen=True)
class UndoImport:
    """An undo of all that came from one file."""

    name: str
    successors: Successors

    def __call__(self, oneedit: Application) -> Result:
        choice = Choice(source=f"import:{self.name}", successors=self.successors)
        return oneedit.service.undo_chosen(LOCAL, choice, confirm=_agree)


@dataclass(frozen=True)
class Review:
    """A proposal of somebody else, and what a reviewer decides about it."""

    text: str
    decision: str

    def __call__(self, oneedit: Application) -> Result:
        reviews = oneedit.service.reviews
        made = oneedit.service.tell(AUTHOR, self.text, propose=True)
        if isinstance(made, Proposed):
            number, seen = made.proposal_id, reviews.show(LOCAL, made.proposal_id).proposal.revision
            if self.decision == "reject":
                reviews.reject(REVIEWER, number, revision=seen, reason="no source")
            else:
                reviews.approve(REVIEWER, number, revision=seen)
            if self.decision == "undo":
                seen = reviews.show(LOCAL, number).proposal.revision
                with suppress(WrongState):  # what was not applied is not undone
                    reviews.undo(REVIEWER, number, revision=seen)
        return made


@dataclass(frozen=True)
class UndoSome:
    """An undo of edits, counted from the last one in force; of what is last if none is counted."""

    back: tuple[int, ...]
    successors: Successors

    def __call__(self, oneedit: Application) -> Result:
        edits = [event.version for event in history.active_edits(oneedit.ledger.events())]
        versions = {edits[-1 - each % len(edits)] for each in self.back if edits}
        choice = Choice(versions=tuple(sorted(versions)), successors=self.successors)
        return oneedit.service.undo_chosen(LOCAL, choice, confirm=_agree)


@dataclass(frozen=True)
class UndoVersion:
    """An undo of the version that lies so far behind the head, whatever it is."""

    back: int
    successors: Successors

    def __call__(self, oneedit: Application) -> Result:
        version = oneedit.ledger.head() - self.back
        choice = Choice(versions=(version,), successors=self.successors)
        return oneedit.service.undo_chosen(LOCAL, choice, confirm=_agree)


@dataclass(frozen=True)
class RollBack:
    """A roll back by so many versions."""

    back: int

    def __call__(self, oneedit: Application) -> Result:
        return oneedit.service.roll_back(LOCAL, oneedit.ledger.head() - self.back, confirm=_agree)


@dataclass(frozen=True)
class Consolidate:
    """A consolidation."""

    def __call__(self, oneedit: Application) -> Result:
        return oneedit.service.consolidate(LOCAL)


@dataclass(frozen=True)
class Restart:
    """A start of a new process on the same home."""


def programs(*, longest: int = 14) -> st.SearchStrategy[list[object]]:
    """Return programs of at most so many steps, and at least half of them."""
    back, successors = st.integers(0, 8), st.sampled_from(Successors)
    name = st.sampled_from(["a.csv", "b.csv"])
    tell = st.sampled_from([Say(text) for text in TELLS])
    steps = st.one_of(
        tell,
        tell,
        st.sampled_from([Say(text) for text in FORGETS]),
        st.builds(Review, st.sampled_from(TELLS), st.sampled_from(["approve", "reject", "undo"])),
        st.builds(
            Import, name, st.lists(st.sampled_from(TELLS), min_size=1, max_size=4).map(tuple)
        ),
        st.builds(UndoImport, name, successors),
        st.builds(UndoSome, st.lists(back, max_size=4).map(tuple), successors),
        st.builds(UndoVersion, st.integers(0, 3), successors),
        st.builds(RollBack, back),
        st.just(Consolidate()),
        st.just(Restart()),
    )
    return st.lists(steps, min_size=longest // 2, max_size=longest)


@dataclass(frozen=True)
class _Version:
    """All of one version."""

    facts: frozenset[Triple]
    patches: tuple[LivePatch, ...]
    edits: frozenset[int]
    covered: int
    weights: str


@dataclass
class Model:
    """The plain model: every version, whole."""

    versions: list[_Version] = field(default_factory=list)
    kinds: list[EventKind] = field(default_factory=list)

    def follow(self, event: Event) -> None:
        """Take up an event, and check what it must restore."""
        changes, content = event.content.changes, event.content
        self.kinds.append(event.kind)
        before = self.versions[-1]
        facts = before.facts.difference(changes.all_retracted).union(
            fact for fact in changes.all_added if not fact.ended
        )
        now = _Version(facts, content.patches, before.edits, before.covered, content.state_hash)
        restored = self._restored(event)
        if restored is not None:
            assert (now.facts, now.patches, now.weights) == (
                restored.facts,
                restored.patches,
                restored.weights,
            )
            now = restored
        elif event.kind is EventKind.REVERT:
            now = self._undone(event, now)
        elif event.kind is EventKind.CONSOLIDATE:
            covered = -1 if event.target_version is None else event.target_version
            assert now.facts == before.facts
            now = _Version(now.facts, now.patches, now.edits, covered, now.weights)
        else:
            edits = before.edits | {event.version}
            now = _Version(now.facts, now.patches, edits, now.covered, now.weights)
        self.versions.append(now)

    def _restored(self, event: Event) -> _Version | None:
        if event.kind is EventKind.ROLLBACK:
            assert event.target_version is not None
            return self.versions[event.target_version]
        rolled = [each for each in event.targets if self.kinds[each] is EventKind.ROLLBACK]
        return self.versions[min(rolled) - 1] if rolled else None

    def _undone(self, event: Event, now: _Version) -> _Version:
        assert now.edits.issuperset(event.targets), "what is not in force is not undone"
        edits = now.edits.difference(event.targets)
        base = self.versions[min(event.targets) - 1]
        if base.edits == edits:
            assert now.facts == base.facts
        return _Version(now.facts, now.patches, edits, now.covered, now.weights)


def run(
    home: Path, program: Sequence[object], *, store: Callable[[], GraphStore] = NetworkxStore
) -> int:
    """Run a program in a home, and check all that must hold; return the last version.

    Args:
        home: a home at version 0.
        program: the steps.
        store: returns the store of the graph, for each start.
    """
    oneedit, model = application(home, store=store()), Model()
    try:
        first = oneedit.ledger.event(0)
        facts = frozenset(oneedit.ledger.snapshot().facts)
        model.versions.append(_Version(facts, (), frozenset(), -1, first.content.state_hash))
        model.kinds.append(first.kind)
        for step in program:
            if isinstance(step, Restart):
                oneedit.close()
                oneedit = application(home, store=store())
            else:
                assert callable(step)
                step(oneedit)
            for event in oneedit.ledger.events(after=len(model.versions) - 1):
                model.follow(event)
            check_head(oneedit, model)
        check_all(oneedit, model)
        return len(model.versions) - 1
    finally:
        oneedit.close()


def check_head(oneedit: Application, model: Model) -> None:
    """Check that ledger, graph, model and history are at the model's last version."""
    now, events = model.versions[-1], oneedit.ledger.events()
    assert set(oneedit.store.facts()) == now.facts
    assert oneedit.editor.live_hash() == now.weights
    assert {event.version for event in history.active_edits(events)} == now.edits
    assert history.last_consolidated(events) == now.covered
    gone = {each for each, kind in enumerate(model.kinds) if kind in EDIT_KINDS} - now.edits
    assert {each for each in history.undone_by(events) if model.kinds[each] in EDIT_KINDS} == gone
    live = oneedit.ledger.patches(len(events) - 1)
    assert live == now.patches
    pending = history.pending_patches(live, events)
    assert pending == tuple(entry for entry in live if entry.edit > now.covered)
    if not any(event.content.degraded for event in events):
        check_answers(oneedit, events)


def check_answers(oneedit: Application, events: Sequence[Event]) -> None:
    """Check that the model gives the graph's answer for each single-valued slot ever changed."""
    slots = {fact.slot for event in events[1:] for fact in event.content.changes.asserted}
    asked = [
        Question(slot.subject, (slot.relation,), tuple(objects), Kind.RELIABILITY)
        for slot in sorted(slots)
        if (objects := oneedit.store.objects(slot)) and oneedit.book[slot.relation].functional
    ]
    live = oneedit.projector.load(oneedit.ledger.patches(len(events) - 1))
    assert all(oneedit.editor.knows(asked, on=live))


def check_all(oneedit: Application, model: Model) -> None:
    """Check every version, and everything against the hash chain."""
    for version, then in enumerate(model.versions):
        assert set(oneedit.ledger.snapshot(version).facts) == then.facts
        assert oneedit.ledger.patches(version) == then.patches
    assert oneedit.service.verify(LOCAL).versions == len(model.versions)


def _agree(*_: object) -> bool:
    return True
