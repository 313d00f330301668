"""What people look up: versions, entities, differences, provenance, state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from controller.plan import EditPlan
from interpreter.intents import Guess
from kg_data.changes import Changes
from kg_data.entities import Entity
from kg_data.triples import Triple
from oneedit.ledger.events import Event, EventKind, GateSummary

_LINKS = {EventKind.REVERT: "of", EventKind.ROLLBACK: "to", EventKind.CONSOLIDATE: "up to"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One version, for people.

    Attributes:
        version, kind, actor, text, created_at: what, who, in whose words, when.
        changes: what it changed in the graph.
        degraded: whether it passed below the gate.
        target: the version it took back, to which it rolled back, or up to which it consolidated.
        undone_by: the version that took it back.
        targets: all versions that an undo took back.
        source: where it came from, or "".
    """

    version: int
    kind: str
    actor: str
    text: str
    created_at: str
    changes: Changes
    degraded: bool = False
    target: int | None = None
    undone_by: int | None = None
    targets: tuple[int, ...] = ()
    source: str = ""

    @classmethod
    def of(cls, event: Event, undone_by: int | None = None) -> Self:
        """Return the entry of an event."""
        return cls(
            version=event.version,
            kind=event.kind.value,
            actor=event.actor,
            text=event.reason,
            created_at=event.created_at,
            changes=event.content.changes,
            degraded=event.content.degraded,
            target=event.target_version,
            undone_by=undone_by,
            targets=event.targets,
            source=event.content.source,
        )

    @property
    def aim(self) -> str:
        """Return what it took back, restored or consolidated, as " of 3, 5", " to 3", or ""."""
        link = _LINKS.get(EventKind(self.kind))
        named = ", ".join(map(str, self.targets)) or str(self.target)
        return f" {link} {named}" if link else ""


@dataclass(frozen=True, slots=True)
class HistoryResult:
    """The versions, the oldest first.

    Attributes:
        entity: the entity that they mention, if it is given.
        entries: the versions.
        conditions: what else they were chosen by, in words.
    """

    entity: str | None
    entries: tuple[HistoryEntry, ...]
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewResult:
    """What an undo, a roll back or a change of an entity would do; nothing changed.

    Attributes:
        operation: "undo", "rollback", or what would be done to an entity.
        version: the version that it was planned for.
        restored: the version whose weights would come back bit for bit; None if there is none.
        cut: the edits that would not be in force any more.
        back: the edits that would be in force again.
        skipped: versions that would stay because later edits changed the same again.
        changes: what would change in the graph.
        identical: whether the weights would be, bit for bit, those of an earlier version.
        solved_again: versions of the later edits that would get new patches.
        overruled: whether a new patch would overrule consolidated edits.
        notes: what would be done to an entity, and what speaks against it, in sentences.
    """

    operation: str
    version: int
    restored: int | None
    cut: tuple[HistoryEntry, ...]
    back: tuple[HistoryEntry, ...] = ()
    skipped: tuple[int, ...] = ()
    changes: Changes
    identical: bool
    solved_again: tuple[int, ...] = ()
    overruled: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowResult:
    """What the graph holds about an entity.

    Attributes:
        entity: the entity.
        aliases: its other names.
        facts: facts of which it is the subject.
        about: facts of which it is the object; at most as many as asked for.
        versions: versions that changed something about it.
        as_of: the earlier version that this is shown for, if it is not the last one.
        guesses: the misspelt name that was read as the entity's, if it was one.
        redirect: how the name that was asked for became one of this entity, if it was the id of
            another one.
    """

    entity: Entity
    aliases: tuple[str, ...]
    facts: tuple[Triple, ...]
    about: tuple[Triple, ...]
    versions: tuple[int, ...]
    as_of: int | None = None
    guesses: tuple[Guess, ...] = ()
    redirect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffResult:
    """What differs between two versions.

    Attributes:
        since, until: the two versions.
        entity: the entity that it is limited to, if any.
        changes: the facts that were added and removed in between, on balance.
        same_weights: whether the weights of both are the same, by hash.
    """

    since: int
    until: int
    entity: str | None
    changes: Changes
    same_weights: bool


@dataclass(frozen=True, slots=True)
class EarlierValue:
    """What a slot held before.

    Attributes:
        fact: the fact, with its dates.
        added, removed: the versions that added and removed it; ``removed`` is None for a fact
            that is recorded as ended.
    """

    fact: Triple
    added: int
    removed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a fact comes from.

    Attributes:
        fact: the fact.
        derived: whether it follows from other facts.
        edit: the version that introduced it, with its actor, time, words and source.
        outcome: how the check of that version went.
        self_confirmed: whether the user agreed to what a reviewer would have decided.
        restored_by: the undo or roll back that brought it back since, if any.
        earlier: what its slot held before and what is recorded as ended, the oldest first.
    """

    fact: Triple
    derived: bool
    edit: HistoryEntry
    outcome: GateSummary
    self_confirmed: bool
    restored_by: int | None = None
    earlier: tuple[EarlierValue, ...] = ()


@dataclass(frozen=True, slots=True)
class BlameResult:
    """The provenance of each fact of an entity."""

    entity: str
    facts: tuple[Provenance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResult:
    """The state of ledger, graph and model.

    Attributes:
        version: the version of ledger, graph and model.
        facts, entities: how many the graph holds.
        edits, undone: how many edits there were, and how many of them were taken back.
        patches: hashes of the live patches, in order.
        pending: how many of them wait to be consolidated.
        methods: the editing methods, the default first.
        base_hash, live_hash: hashes of the base model and of the live editable tensors.
        refusals: how many messages the audit remembers, at most 1,000.
        home: the folder that holds the ledger.
        problem: why the model is not at the version, or "".
    """

    version: int
    facts: int
    entities: int
    edits: int
    undone: int
    patches: tuple[str, ...]
    pending: int
    methods: tuple[str, ...]
    base_hash: str
    live_hash: str
    refusals: int
    home: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationsResult:
    """The relation book of a version.

    Attributes:
        version: the version.
        text: the book as TOML.
        facts: the number of facts of each relation that has some.
    """

    version: int
    text: str
    facts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntity:
    """An entity that a search has found.

    Attributes:
        entity: the entity.
        name: which of its names fits.
    """

    entity: Entity
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Entities whose names fit a text, the best first.

    Attributes:
        text: what was searched for.
        version: the version of the graph.
        found: the entities.
    """

    text: str
    version: int
    found: tuple[FoundEntity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFact:
    """A fact of a list.

    Attributes:
        fact: the fact, with its dates.
        derived: whether it follows from other facts.
        since: the version that added it.
    """

    fact: Triple
    derived: bool
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsResult:
    """A page of facts, sorted by subject, relation and object.

    Attributes:
        version: the version that they are of.
        facts: the facts.
        more: whether there are more after them.
    """

    version: int
    facts: tuple[ListedFact, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourhoodResult:
    """The facts around an entity.

    Attributes:
        version: the version of the graph.
        entity: the entity.
        entities: it and its neighbours; objects that are dates or texts are not among them.
        facts: the facts between them, those nearest to the entity first.
        complete: whether no fact was left out.
    """

    version: int
    entity: Entity
    entities: tuple[Entity, ...]
    facts: tuple[Triple, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class PlannedResult:
    """What an edit would change; nothing changed."""

    plan: EditPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionScores:
    """How well the model learned a version.

    Attributes:
        version, kind, created_at: which version, what it was, when.
        scores: (right, asked) by group of questions.
        passed: whether it passed the gate.
    """

    version: int
    kind: str
    created_at: str
    scores: Mapping[str, tuple[int, int]]
    passed: bool
