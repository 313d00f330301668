"""The events of the ledger, and their payload as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kg_data.changes import NO_CHANGES, Changes
from kg_data.entities import Entity, EntityRemoval
from kg_data.triples import Slot, Triple
from oneedit.ledger.book_record import BookRecord

BASE_MODEL = "base model"
"""Key of the base model's hash in the payload of version 0."""

BASE_DTYPE = "dtype of the base model"
"""Key of the dtype of the base model's weights in the payload of version 0; ledgers made before
it was recorded have none."""

NEW_VERSION = -1
"""Placeholder in ``LivePatch.edit`` for the version that the commit will assign."""


class EventKind(StrEnum):
    """What created a version."""

    GENESIS = "GENESIS"
    ADD = "ADD"
    RETRACT = "RETRACT"
    REVERT = "REVERT"
    ROLLBACK = "ROLLBACK"
    CONSOLIDATE = "CONSOLIDATE"
    IMPORT = "IMPORT"
    REPAIR = "REPAIR"
    REDEFINE = "REDEFINE"


EDIT_KINDS = frozenset({EventKind.ADD, EventKind.RETRACT})
"""Kinds of the events that people make to change facts, and that the model is taught."""

JOB_KINDS = frozenset({EventKind.IMPORT, EventKind.REPAIR})
"""Kinds of the events of jobs: facts that the model is not taught, and the other way round."""

CHANGE_KINDS = EDIT_KINDS | JOB_KINDS | {EventKind.REDEFINE}
"""Kinds of the events that change facts, weights or relations, rather than take others back."""

RECORDED_KINDS = CHANGE_KINDS | {EventKind.REVERT, EventKind.ROLLBACK}
"""Kinds of the events that can be taken back, and of those that take back; version 0 aside."""


@dataclass(frozen=True, slots=True)
class LivePatch:
    """One entry in a version's list of patches.

    Attributes:
        edit: the version of the edit that the patch belongs to; it stays the same when the edit
            is solved again.
        sha256: the patch's content hash.
    """

    edit: int
    sha256: str


@dataclass(frozen=True, slots=True)
class GateSummary:
    """The gate's result, without the single answers.

    Attributes:
        passed: whether the patch passed.
        scores: (right, asked) by group.
        shortfalls: a sentence for each group below its threshold; a consolidation that passed may
            have some.
    """

    passed: bool = True
    scores: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    shortfalls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    """A portability question that was asked about an edit, to be asked again later.

    Attributes:
        kind: what it checks, see :class:`controller.questions.portability.PortabilityKind`.
        subject, path, answers, called: as in :class:`kg_data.questions.Question`.
    """

    kind: str
    subject: str
    path: tuple[str, ...]
    answers: tuple[str, ...]
    called: str = ""


@dataclass(frozen=True, slots=True)
class Portability:
    """How far an edit reached: the questions that were asked besides, and the figures.

    Attributes:
        questions: the questions, with their answers after the edit.
        steps, direct: (right, asked) by kind, chains asked step by step and directly.
    """

    questions: tuple[StoredQuestion, ...] = ()
    steps: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    direct: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """What the hash chain covers of an import; its facts are rows only, as those of version 0.

    Attributes:
        rows_sha256: hash of the rows that it added and ended.
        added, derived: how many facts it asserted, and how many followed.
        cursor: where the next batch of the same run begins, see :mod:`oneedit.jobs.pull`.
    """

    rows_sha256: str = ""
    added: int = 0
    derived: int = 0
    cursor: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The payload of an event; the hash chain covers all of it.

    Attributes:
        changes: the facts that are added and removed.
        entities: entities that the event introduces.
        patches: the whole list of live patches.
        method: the editing method that solved this edit's patch, or "".
        state_hash: hash of the model's editable tensors under that list.
        outcome: the gate's result.
        self_confirmed: whether the local user confirmed what otherwise a reviewer decides.
        approved_by: the reviewers who approved the proposal that the event carries out.
        solved_again: versions of edits whose patch was replaced by a newly solved one.
        portability: the questions that were asked besides the gate's.
        genesis: hashes of the facts, the relation book and the base model, and the dtype of its
            weights; version 0 only.
        source: where the edit came from: "chat", "cli", "import:FILE", "job:NAME", or "".
        batch: id of the batch that the edit was made with, or "".
        targets: the versions that a REVERT takes back; of ledgers made before there were several,
            only ``target_version`` says it.
        together: the versions that were committed at once with one patch for all of them, this
            one included; empty for an edit of its own. The last of them carries the patch; the
            weights of the others are those from before.
        imported: what an IMPORT did; the ``changes`` of a stored one are empty, see
            :meth:`oneedit.ledger.ledger.Ledger.changes_of`.
        repaired: the slots whose facts a REPAIR taught the model again.
        book: the relation book that holds from this version on, where it is another one than
            before; version 0 has its hash in ``genesis``.
        entity_operation: what was done to an entity as a whole, see
            :class:`kg_data.entities.EntityOperation`; "" for any other event.
        removed_entities: the entities that the version removes.
        fold: digest of the facts that hold at the version, see :mod:`oneedit.ledger.fold`; the
            ledger computes it. "" in ledgers made before there was one.
    """

    changes: Changes = field(default_factory=Changes)
    entities: tuple[Entity, ...] = ()
    patches: tuple[LivePatch, ...] = ()
    method: str = ""
    state_hash: str
    outcome: GateSummary = field(default_factory=GateSummary)
    self_confirmed: bool = False
    approved_by: tuple[str, ...] = ()
    solved_again: tuple[int, ...] = ()
    portability: Portability = field(default_factory=Portability)
    genesis: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    batch: str = ""
    targets: tuple[int, ...] = ()
    together: tuple[int, ...] = ()
    imported: ImportRecord | None = None
    repaired: tuple[Slot, ...] = ()
    book: BookRecord | None = None
    entity_operation: str = ""
    removed_entities: tuple[EntityRemoval, ...] = ()
    fold: str = ""

    @property
    def degraded(self) -> bool:
        """Tell whether it was committed without passing the gate: confirmed, or as an undo."""
        return not self.outcome.passed


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """An event before the ledger assigns its version.

    Attributes:
        actor: who asked for it.
        kind: the kind of event.
        reason: the user's words.
        base_version: the head it was planned for.
        target_version: the edit that a REVERT undoes, the last of them if there are several; the
            version that a ROLLBACK restores; or the last one that a CONSOLIDATE covers.
        idem, request_sha: the idempotency key, if any, and a hash of the request.
        content: the payload; ``LivePatch.edit`` may be ``NEW_VERSION``.
    """

    actor: str
    kind: EventKind
    reason: str
    base_version: int
    target_version: int | None = None
    idem: str | None = None
    request_sha: str = ""
    content: Content


@dataclass(frozen=True, slots=True)
class Step:
    """What an event does to the earlier ones, without its facts.

    Attributes:
        version, kind, target_version: as in the event.
        targets: the versions that it takes back; only a REVERT has any.
    """

    version: int
    kind: EventKind
    target_version: int | None = None
    targets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(EventDraft):
    """A committed version."""

    version: int
    prev_hash: str
    hash: str
    created_at: str

    @property
    def targets(self) -> tuple[int, ...]:
        """Return the versions that a REVERT takes back, in order."""
        if self.kind is not EventKind.REVERT:
            return ()
        return targets_of(self.content.targets, self.target_version)

    @property
    def carrier(self) -> int:
        """Return the version under which the list of patches has that of this edit."""
        return self.content.together[-1] if self.content.together else self.version

    @property
    def step(self) -> Step:
        """Return what the event does to the earlier ones."""
        return Step(self.version, self.kind, self.target_version, self.targets)


def targets_of(targets: Sequence[int], target_version: int | None) -> tuple[int, ...]:
    """Return the versions that a REVERT takes back, from its payload or from its column."""
    if targets or target_version is None:
        return tuple(targets)
    return (target_version,)


def to_payload(content: Content) -> dict[str, object]:
    """Return an event's payload as plain values; that of an import is without its facts."""
    changes = content.changes if content.imported is None else NO_CHANGES
    return {
        "added": [_row(fact) for fact in changes.added],
        "retracted": [_row(fact) for fact in changes.retracted],
        "derived_added": [_row(fact) for fact in changes.derived_added],
        "derived_retracted": [_row(fact) for fact in changes.derived_retracted],
        "entities": [[each.id, each.entity_class, each.qid] for each in content.entities],
        "patches": [[patch.edit, patch.sha256] for patch in content.patches],
        "method": content.method,
        "state_hash": content.state_hash,
        "passed": content.outcome.passed,
        "scores": {name: list(score) for name, score in content.outcome.scores.items()},
        "shortfalls": list(content.outcome.shortfalls),
        "self_confirmed": content.self_confirmed,
        "approved_by": list(content.approved_by),
        "solved_again": list(content.solved_again),
        "portability": _portability_row(content.portability),
        "genesis": dict(content.genesis),
        "source": content.source,
        "batch": content.batch,
        "targets": list(content.targets),
        "together": list(content.together),
        "imported": _import_row(content.imported),
        "repaired": [[slot.subject, slot.relation] for slot in content.repaired],
        "book": "" if content.book is None else content.book.sha256,
        "entity_operation": content.entity_operation,
        "removed_entities": [
            [each.id, each.operation, each.successor] for each in content.removed_entities
        ],
        "fold": content.fold,
    }


def from_payload(payload: Mapping[str, Any]) -> Content:
    """Read what :func:`to_payload` wrote."""
    return Content(
        changes=Changes(
            _facts(payload["added"]),
            _facts(payload["retracted"]),
            _facts(payload["derived_added"]),
            _facts(payload["derived_retracted"]),
        ),
        entities=tuple(Entity(*entry) for entry in payload["entities"]),
        patches=tuple(LivePatch(*entry) for entry in payload["patches"]),
        method=payload["method"],
        state_hash=payload["state_hash"],
        outcome=GateSummary(
            payload["passed"],
            {name: (right, asked) for name, (right, asked) in payload["scores"].items()},
            tuple(payload["shortfalls"]),
        ),
        self_confirmed=payload["self_confirmed"],
        approved_by=tuple(payload.get("approved_by", ())),  # older payloads have none
        solved_again=tuple(payload["solved_again"]),
        portability=_portability(payload.get("portability", {})),
        genesis=payload["genesis"],
        # payloads written before these keys existed do not have them
        source=payload.get("source", ""),
        batch=payload.get("batch", ""),
        targets=tuple(payload.get("targets", ())),
        together=tuple(payload.get("together", ())),
        imported=_import_record(payload.get("imported", {})),
        repaired=tuple(Slot(*entry) for entry in payload.get("repaired", ())),
        book=BookRecord(payload["book"]) if payload.get("book") else None,
        entity_operation=payload.get("entity_operation", ""),
        removed_entities=tuple(
            EntityRemoval(*entry) for entry in payload.get("removed_entities", ())
        ),
        fold=payload.get("fold", ""),
    )


def _import_row(imported: ImportRecord | None) -> dict[str, object]:
    """Return what an import did as plain values; {} for any other event."""
    if imported is None:
        return {}
    return {
        "rows": imported.rows_sha256,
        "added": imported.added,
        "derived": imported.derived,
        "cursor": dict(imported.cursor),
    }


def _import_record(row: Mapping[str, Any]) -> ImportRecord | None:
    """Read what :func:`_import_row` wrote."""
    if not row:
        return None
    return ImportRecord(
        rows_sha256=row["rows"], added=row["added"], derived=row["derived"], cursor=row["cursor"]
    )


def _portability_row(asked: Portability) -> dict[str, object]:
    """Return portability as plain values; {} if nothing was asked."""
    if not asked.questions:
        return {}
    return {
        "questions": [
            [each.kind, each.subject, list(each.path), list(each.answers), each.called]
            for each in asked.questions
        ],
        "steps": {kind: list(score) for kind, score in asked.steps.items()},
        "direct": {kind: list(score) for kind, score in asked.direct.items()},
    }


def _portability(row: Mapping[str, Any]) -> Portability:
    """Read what :func:`_portability_row` wrote; versions made before it have no such row."""
    return Portability(
        questions=tuple(
            StoredQuestion(kind, subject, tuple(path), tuple(answers), called)
            for kind, subject, path, answers, called in row.get("questions", ())
        ),
        steps={kind: (right, asked) for kind, (right, asked) in row.get("steps", {}).items()},
        direct={kind: (right, asked) for kind, (right, asked) in row.get("direct", {}).items()},
    )


def _row(fact: Triple) -> list[str | None]:
    return [fact.subject, fact.relation, fact.object, fact.valid_from, fact.valid_to]


def _facts(rows: Sequence[Sequence[Any]]) -> tuple[Triple, ...]:
    return tuple(Triple(*row) for row in rows)
