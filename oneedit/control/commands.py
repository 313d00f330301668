"""What can be asked of the owner of a home, as plain values: queries, orders, and steps of reviews.

A query changes nothing. An order is a change that goes through the queue.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from pydantic import TypeAdapter

from controller.actor import Actor
from editor.patches.exported import ExportDtype, ExportFormat
from kg_data.book_changes import BookChange
from kg_data.entities import EntityChange
from oneedit.edits.choice import Choice
from oneedit.knowledge.interview import FACTS
from oneedit.ledger.edit_filter import ALL_VERSIONS, EditFilter
from oneedit.ledger.proposal import ProposalFilter
from oneedit.ledger.ticket import Ticket
from oneedit.results import Result, ReviewOutcome, UnclearResult

if TYPE_CHECKING:
    from oneedit.queue.queue import EditQueue
    from oneedit.service import EditService


@dataclass(frozen=True, slots=True)
class AskQuery:
    """Ask the model, or the graph of an earlier version."""

    text: str
    direct: bool = False
    as_of: int | None = None
    free: bool = False


@dataclass(frozen=True, slots=True)
class ShowQuery:
    """Show an entity."""

    entity: str
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """List the versions, or those about the entity of a name and that meet conditions."""

    entity: str | None = None
    wanted: EditFilter = ALL_VERSIONS


@dataclass(frozen=True, slots=True)
class DiffQuery:
    """Compare two versions, of one entity or of all."""

    since: int
    until: int
    entity: str | None = None


@dataclass(frozen=True, slots=True)
class BlameQuery:
    """Trace the facts of an entity."""

    entity: str


@dataclass(frozen=True, slots=True)
class StatusQuery:
    """Return the state of ledger, graph and model."""


@dataclass(frozen=True, slots=True)
class VerifyQuery:
    """Check ledger, graph and weights."""


@dataclass(frozen=True, slots=True)
class CheckQuery:
    """Ask the questions stored with a version again."""

    version: int


@dataclass(frozen=True, slots=True)
class UndoPreviewQuery:
    """Return what an undo would change."""

    choice: Choice


@dataclass(frozen=True, slots=True)
class RollbackPreviewQuery:
    """Return what a roll back would change."""

    version: int


@dataclass(frozen=True, slots=True)
class EntityPreviewQuery:
    """Return what a change of an entity would do."""

    change: EntityChange


@dataclass(frozen=True, slots=True)
class ExportQuery:
    """Write the edited model; the path is that of the owner's file system."""

    form: ExportFormat
    path: Path
    rank: int | None = None
    dtype: ExportDtype | None = None


@dataclass(frozen=True, slots=True)
class ModelCheckQuery:
    """Ask the base model about facts of a relation, and keep what it knows."""

    relation: str
    facts: int = FACTS


@dataclass(frozen=True, slots=True)
class ModelKnowledgeQuery:
    """Show what the base model was found to know."""


@dataclass(frozen=True, slots=True)
class RelationsQuery:
    """Return the relation book, or that of a version."""

    version: int | None = None


@dataclass(frozen=True, slots=True)
class RedefinePreviewQuery:
    """Return what a change of the relation book would do."""

    change: BookChange


@dataclass(frozen=True, slots=True)
class ReviewsQuery:
    """List proposals."""

    wanted: ProposalFilter


@dataclass(frozen=True, slots=True)
class ReviewQuery:
    """Show a proposal."""

    proposal: int


Query: TypeAlias = (
    AskQuery
    | ShowQuery
    | HistoryQuery
    | DiffQuery
    | BlameQuery
    | StatusQuery
    | VerifyQuery
    | CheckQuery
    | UndoPreviewQuery
    | RollbackPreviewQuery
    | EntityPreviewQuery
    | ExportQuery
    | ModelCheckQuery
    | ModelKnowledgeQuery
    | RelationsQuery
    | RedefinePreviewQuery
    | ReviewsQuery
    | ReviewQuery
)


@dataclass(frozen=True, slots=True)
class SubmitOrder:
    """Do what a message asks for."""

    text: str


@dataclass(frozen=True, slots=True)
class TellOrder:
    """Make the facts of a statement true."""

    text: str
    propose: bool = False


@dataclass(frozen=True, slots=True)
class ForgetOrder:
    """Remove what a message names."""

    text: str
    propose: bool = False


@dataclass(frozen=True, slots=True)
class EntityOrder:
    """Rename, merge, split or delete an entity."""

    change: EntityChange
    propose: bool = False


@dataclass(frozen=True, slots=True)
class UndoOrder:
    """Undo the edits of a choice."""

    choice: Choice


@dataclass(frozen=True, slots=True)
class RollbackOrder:
    """Restore a version."""

    version: int


@dataclass(frozen=True, slots=True)
class ConsolidateOrder:
    """Replace the patches of all edits by one."""


Order: TypeAlias = (
    SubmitOrder
    | TellOrder
    | ForgetOrder
    | EntityOrder
    | UndoOrder
    | RollbackOrder
    | ConsolidateOrder
)

ALWAYS_THE_MODEL = (VerifyQuery, CheckQuery, UndoPreviewQuery, ExportQuery, ModelCheckQuery)
"""Queries that need the model; without an earlier version, :class:`AskQuery` does as well."""


def needs_model(query: Query) -> bool:
    """Tell whether a query needs the model, as far as this is known beforehand."""
    if isinstance(query, AskQuery):
        return query.as_of is None
    return isinstance(query, ALWAYS_THE_MODEL)


def answer(service: "EditService", actor: Actor, query: Query) -> Result | ReviewOutcome:
    """Return the answer to a query.

    Raises:
        ExpectedError: as the method of the service that answers.
    """
    result: Result | ReviewOutcome
    match query:
        case UndoPreviewQuery() | RollbackPreviewQuery() | EntityPreviewQuery():
            result = _previewed(service, actor, query)
        case ModelCheckQuery(relation, facts):
            result = service.check_model(actor, relation, facts=facts)
        case ModelKnowledgeQuery():
            result = service.known_by_model(actor)
        case RelationsQuery() | RedefinePreviewQuery():
            result = _of_relations(service, actor, query)
        case ReviewsQuery(wanted):
            result = service.reviews.list(actor, wanted)
        case ReviewQuery(proposal):
            result = service.reviews.show(actor, proposal)
        case _:
            result = _looked_up(service, actor, query)
    return result


def _of_relations(
    service: "EditService", actor: Actor, query: RelationsQuery | RedefinePreviewQuery
) -> Result:
    if isinstance(query, RelationsQuery):
        return service.relations(actor, version=query.version)
    return service.preview_redefine(actor, query.change)


def _previewed(
    service: "EditService",
    actor: Actor,
    query: UndoPreviewQuery | RollbackPreviewQuery | EntityPreviewQuery,
) -> Result:
    match query:
        case UndoPreviewQuery(choice):
            return service.preview_undo(actor, choice)
        case RollbackPreviewQuery(version):
            return service.preview_rollback(actor, version)
        case EntityPreviewQuery(change):
            return service.preview_entity_change(actor, change)


def _looked_up(
    service: "EditService",
    actor: Actor,
    query: AskQuery
    | ShowQuery
    | HistoryQuery
    | DiffQuery
    | BlameQuery
    | StatusQuery
    | VerifyQuery
    | CheckQuery
    | ExportQuery,
) -> Result:
    result: Result
    match query:
        case AskQuery(text, direct, as_of, free):
            result = service.ask(actor, text, direct=direct, free=free, as_of=as_of)
        case ShowQuery(entity, as_of):
            result = service.show(actor, entity, as_of=as_of)
        case HistoryQuery(entity, wanted):
            result = service.history(actor, entity, wanted=wanted)
        case DiffQuery(since, until, entity):
            result = service.diff(actor, since, until, entity)
        case BlameQuery(entity):
            result = service.blame(actor, entity)
        case StatusQuery() | VerifyQuery() | CheckQuery() | ExportQuery():
            result = _of_state(service, actor, query)
    return result


def _of_state(
    service: "EditService",
    actor: Actor,
    query: StatusQuery | VerifyQuery | CheckQuery | ExportQuery,
) -> Result:
    match query:
        case StatusQuery():
            return service.status(actor)
        case VerifyQuery():
            return service.verify(actor)
        case CheckQuery(version):
            return service.check(actor, version)
        case ExportQuery(form, path, rank, dtype):
            return service.export(actor, form, path, rank=rank, dtype=dtype)


def enter(
    queue: "EditQueue", actor: Actor, order: Order, *, key: str | None = None
) -> Ticket | Result:
    """Enter an order into the queue; return its ticket, or the answer if it asks for no change.

    Raises:
        ExpectedError: as the method of the queue that takes it.
    """
    taken: Ticket | Result | UnclearResult
    match order:
        case SubmitOrder(text):
            taken = queue.submit(actor, text, idempotency_key=key)
        case TellOrder(text, propose):
            taken = queue.tell(actor, text, idempotency_key=key, propose=propose)
        case ForgetOrder(text, propose):
            taken = queue.forget(actor, text, idempotency_key=key, propose=propose)
        case EntityOrder(change, propose):
            taken = queue.change_entity(actor, change, idempotency_key=key, propose=propose)
        case UndoOrder(choice):
            taken = queue.undo(actor, choice, idempotency_key=key)
        case RollbackOrder(version):
            taken = queue.roll_back(actor, version, idempotency_key=key)
        case ConsolidateOrder():
            taken = queue.consolidate(actor, idempotency_key=key)
    return taken


# ---------- as JSON ----------

_KINDS = {kind.__name__: kind for kind in (*get_args(Query), *get_args(Order))}


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    """Return what reads and writes a kind of command; building all of them takes a while."""
    return TypeAdapter(_KINDS[kind])


def dump_command(command: Query | Order) -> dict[str, object]:
    """Return a command as plain values for JSON."""
    kind = type(command).__name__
    return {"kind": kind, "value": _adapter(kind).dump_python(command, mode="json")}


def load_query(kind: str, value: object) -> Query:
    """Return the query that :func:`dump_command` wrote.

    Raises:
        ValueError: it is none.
    """
    query: Query = _load(kind, value, get_args(Query))
    return query


def load_order(kind: str, value: object) -> Order:
    """Return the order that :func:`dump_command` wrote.

    Raises:
        ValueError: it is none.
    """
    order: Order = _load(kind, value, get_args(Order))
    return order


def _load(kind: str, value: object, allowed: tuple[type, ...]) -> Any:  # noqa: ANN401  of a kind
    if kind not in {each.__name__ for each in allowed}:
        raise ValueError(f"unknown command {kind!r}")
    return _adapter(kind).validate_python(value)
