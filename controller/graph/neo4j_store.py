"""The knowledge graph in a Neo4j server, shared by several processes and kept between starts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any, Self, TypeVar
from uuid import uuid4

from neo4j import Driver, GraphDatabase, ManagedTransaction, Session, unit_of_work
from neo4j.exceptions import (
    AuthError,
    ConstraintError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
)

from controller.errors import GraphBusy, GraphRefused, GraphUnavailable, StalePlan
from controller.graph import cypher
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple

BATCH = 5_000
"""Rows of one UNWIND while loading, and of a page while reading everything."""
READ_SECONDS, WRITE_SECONDS = 30.0, 300.0
"""The server ends longer transactions."""
CONNECT_SECONDS, RETRY_SECONDS = 5.0, 20.0
"""Longest wait for a connection, and for a server that starts again."""
COMMIT_ATTEMPTS = 5
"""Attempts of a commit whose outcome is unknown; each first looks what came of the last."""

NO_LIMIT = 2**63 - 1

R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Meta:
    """What the version node says.

    Attributes:
        version: version of the graph; -1 before and while it is loaded.
        origin: see the port.
        loading: name of the load that is going on.
        change: name of the last change.
    """

    version: int = -1
    origin: str = ""
    loading: str | None = None
    change: str | None = None


class Neo4jStore:
    """Implements :class:`controller.graph.store.GraphStore` with Neo4j 5.

    Every method is one or more managed transactions, which the driver repeats if the connection
    fails; all of them may run twice. One instance may be used by many threads, and each reads
    what it wrote. While ``load`` runs, the version is -1, so that a process that dies in the
    middle leaves a graph that is loaded again.

    Besides the errors of the port, every method raises:
        GraphUnavailable: the server cannot be reached, refuses the password or takes too long.
    """

    def __init__(self, driver: Driver, book: RelationBook, *, uri: str, database: str) -> None:
        """Use an open driver; nothing is sent yet.

        Args:
            driver: closed by :meth:`close`.
            book: says which relations are functional and inverse functional.
            uri: the server's address, for messages.
            database: name of the database.
        """
        self._driver, self._book = driver, book
        self._uri, self._database = uri, database
        self._bookmarks = GraphDatabase.bookmark_manager()

    @classmethod
    def connect(
        cls,
        uri: str,
        book: RelationBook,
        *,
        user: str = "neo4j",
        password: str = "",
        database: str = "neo4j",
        patience: float = RETRY_SECONDS,
    ) -> Self:
        """Connect to a server and check that it answers.

        Args:
            uri: its address, "bolt://host:7687" or "neo4j://...".
            book: says which relations are functional and inverse functional.
            user: name to log in with.
            password: empty does not log in.
            database: name of the database.
            patience: seconds for which transactions are tried while the server is away.

        Raises:
            GraphUnavailable: the server cannot be reached or refuses the password.
        """
        with _translated(uri):
            driver = GraphDatabase.driver(
                uri,
                auth=(user, password) if password else None,
                connection_timeout=CONNECT_SECONDS,
                max_transaction_retry_time=patience,
                notifications_disabled_classifications=["UNRECOGNIZED"],  # an empty database
            )
        store = cls(driver, book, uri=uri, database=database)
        try:
            with _translated(uri):
                driver.verify_connectivity()  # at once; a transaction would wait for the server
            store._meta()
        except GraphUnavailable:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Close every connection."""
        self._driver.close()

    @property
    def version(self) -> int:
        return self._meta().version

    @property
    def origin(self) -> str:
        return self._meta().origin

    # ---------- writing ----------

    def load(
        self,
        entities: Iterable[Entity],
        facts: Iterable[Triple],
        *,
        version: int,
        origin: str = "",
    ) -> None:
        """Replace everything, in batches that are read from the iterables one by one.

        Raises:
            GraphBusy: another process began to load this graph meanwhile; it goes on.
            GraphRefused: a functional slot has two objects.
        """
        holder = uuid4().hex
        self._create_schema()
        self._write(_start_load, holder)
        for query in (cypher.DELETE_SOME_FACTS, cypher.DELETE_SOME_NODES):
            while self._write(_delete_some, holder, query):
                pass
        for some in _batches(entities):
            self._write(_load_entities, holder, [cypher.entity_row(each) for each in some])
        for batch in map(_active, _batches(facts)):
            rows = [cypher.fact_row(fact, self._book) for fact in batch]
            self._write(_load_facts, holder, rows, cypher.node_ids(batch))
        self._write(_finish_load, holder, version, origin)

    def replace(
        self,
        *,
        add: Iterable[Triple],
        retract: Iterable[Triple],
        entities: Iterable[Entity] = (),
        expect: int,
    ) -> None:
        """Change the graph in one transaction.

        Raises:
            StalePlan: the graph is not at version ``expect``.
            GraphRefused: a functional slot would get a second object.
        """
        added = _active(add)
        removed = dict.fromkeys(retract)
        change = _Change(
            name=uuid4().hex,
            expect=expect,
            entities=[cypher.entity_row(entity) for entity in entities],
            removed=[cypher.fact_row(fact, self._book) for fact in removed],
            added=[cypher.fact_row(fact, self._book) for fact in added],
            gained=cypher.node_ids(added),
            lost=cypher.node_ids(removed),
        )
        self._write(change.apply)

    # ---------- reading ----------

    def objects(self, slot: Slot) -> Sequence[str]:
        return self._column(cypher.OBJECTS, s=slot.subject, p=slot.relation)

    def subjects(self, relation: str, obj: str, *, limit: int | None = None) -> Sequence[str]:
        return self._column(cypher.SUBJECTS, o=obj, p=relation, limit=_limit(limit))

    def facts_of(self, subject: str) -> Sequence[Triple]:
        return self._triples(cypher.FACTS_OF, s=subject)

    def facts_about(self, obj: str, *, limit: int | None = None) -> Sequence[Triple]:
        return self._triples(cypher.FACTS_ABOUT, o=obj, limit=_limit(limit))

    def facts(self) -> Iterator[Triple]:
        """Yield every fact, page by page; changes between two pages may be seen in part."""
        subject, seen = "", 0
        while page := self._triples(cypher.FACTS_PAGE, s=subject, skip=seen, limit=BATCH):
            yield from page
            last = page[-1].subject
            of_last = sum(1 for fact in page if fact.subject == last)
            subject, seen = last, of_last + (seen if last == subject else 0)

    def sample(self, relation: str | None, count: int, generator: Random) -> Sequence[Triple]:
        start = generator.getrandbits(63)
        queries = [cypher.SAMPLE_FROM, cypher.SAMPLE_BEFORE]
        if relation is not None:
            queries = [cypher.SAMPLE_RELATION_FROM, cypher.SAMPLE_RELATION_BEFORE]
        found: list[Triple] = []
        for query in queries:
            if len(found) < count:
                rest = count - len(found)
                found += self._triples(query, p=relation, r=start, limit=rest)
        return tuple(sorted(found))

    def in_degree(self, obj: str) -> int:
        found = self._rows(cypher.IN_DEGREE, o=obj)
        return int(found[0][0]) if found else 0

    def named(self, folded: str) -> Sequence[str]:
        return tuple(sorted(self._column(cypher.NAMED, folded=folded)))

    def __contains__(self, fact: object) -> bool:
        return isinstance(fact, Triple) and bool(
            self._rows(cypher.HOLDS, s=fact.subject, p=fact.relation, o=fact.object)
        )

    def entity(self, entity_id: str) -> Entity | None:
        found = self._rows(cypher.ENTITY, eid=entity_id)
        return Entity(*found[0]) if found else None

    def entities(self) -> Iterator[Entity]:
        """Yield every entity, page by page."""
        after = ""
        while page := self._rows(cypher.ENTITIES_PAGE, after=after, limit=BATCH):
            yield from (Entity(*row) for row in page)
            after = page[-1][0]

    # ---------- transactions ----------

    def _meta(self) -> _Meta:
        with _translated(self._uri), self._session() as session:
            return session.execute_read(_read_meta)

    def _column(self, query: str, **parameters: object) -> tuple[str, ...]:
        return tuple(row[0] for row in self._rows(query, **parameters))

    def _triples(self, query: str, **parameters: object) -> tuple[Triple, ...]:
        return tuple(Triple(*row) for row in self._rows(query, **parameters))

    def _rows(self, query: str, **parameters: object) -> list[list[Any]]:
        with _translated(self._uri), self._session() as session:
            return session.execute_read(_read, query, parameters)

    def _write(self, work: Callable[..., R], *arguments: object) -> R:
        """Commit a transaction that may run twice; repeat it if the outcome is unknown."""
        with _translated(self._uri):
            for _ in range(COMMIT_ATTEMPTS - 1):
                try:
                    return self._commit(work, *arguments)
                except IncompleteCommit:
                    continue
            return self._commit(work, *arguments)

    def _commit(self, work: Callable[..., R], *arguments: object) -> R:
        with self._session() as session:
            return session.execute_write(unit_of_work(timeout=WRITE_SECONDS)(work), *arguments)

    def _create_schema(self) -> None:
        with _translated(self._uri), self._session() as session:
            for command in cypher.SCHEMA:
                session.run(command).consume()
            session.run(cypher.AWAIT_INDEXES, seconds=int(WRITE_SECONDS)).consume()

    def _session(self) -> Session:
        return self._driver.session(
            database=self._database, bookmark_manager=self._bookmarks, fetch_size=BATCH
        )


@unit_of_work(timeout=READ_SECONDS)
def _read(
    transaction: ManagedTransaction, query: str, parameters: dict[str, object]
) -> list[list[Any]]:
    return transaction.run(query, parameters).values()


def _read_meta(transaction: ManagedTransaction) -> _Meta:
    record = transaction.run(cypher.META).single()
    return _Meta() if record is None else _Meta(**record.data())


def _lock(transaction: ManagedTransaction, holder: str) -> _Meta:
    """Take the write lock of the graph, and return what the version node says then."""
    transaction.run(cypher.LOCK, holder=holder).consume()
    return _read_meta(transaction)


# ---------- loading: each transaction may run twice with the same result ----------


def _start_load(transaction: ManagedTransaction, holder: str) -> None:
    transaction.run(cypher.START_LOAD, holder=holder).consume()


def _check_loading(transaction: ManagedTransaction, holder: str) -> None:
    if _lock(transaction, holder).loading != holder:
        raise GraphBusy


def _delete_some(transaction: ManagedTransaction, holder: str, query: str) -> int:
    """Delete a batch and return its size."""
    _check_loading(transaction, holder)
    return int(transaction.run(query, most=BATCH).single(strict=True)["deleted"])


def _load_entities(
    transaction: ManagedTransaction, holder: str, rows: Sequence[cypher.Row]
) -> None:
    _check_loading(transaction, holder)
    transaction.run(cypher.PUT_ENTITIES, rows=rows).consume()


def _load_facts(
    transaction: ManagedTransaction, holder: str, rows: Sequence[cypher.Row], ids: Sequence[str]
) -> None:
    _check_loading(transaction, holder)
    _put_facts(transaction, rows, ids)


def _finish_load(transaction: ManagedTransaction, holder: str, version: int, origin: str) -> None:
    meta = _lock(transaction, holder)
    if meta.loading is None and meta.change == holder:
        return  # committed by an attempt whose answer was lost
    if meta.loading != holder:
        raise GraphBusy
    transaction.run(cypher.FINISH_LOAD, version=version, origin=origin, holder=holder).consume()


def _put_facts(
    transaction: ManagedTransaction, rows: Sequence[cypher.Row], ids: Sequence[str]
) -> None:
    """Add facts; those that are held get the new dates."""
    updated = transaction.run(cypher.UPDATE_FACTS, rows=rows).values()
    held = {tuple(row) for row in updated}
    transaction.run(cypher.PUT_NODES, ids=ids).consume()
    new = [row for row in rows if (row["s"], row["p"], row["o"]) not in held]
    transaction.run(cypher.CREATE_FACTS, rows=new).consume()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """The parameters of one ``replace``.

    Attributes:
        name: a random name, by which a later attempt sees that an earlier one was committed.
        expect: the version that the graph must have.
        entities, removed, added: rows.
        gained, lost: the nodes of the added and removed facts.
    """

    name: str
    expect: int
    entities: Sequence[cypher.Row]
    removed: Sequence[cypher.Row]
    added: Sequence[cypher.Row]
    gained: Sequence[str]
    lost: Sequence[str]

    def apply(self, transaction: ManagedTransaction) -> None:
        """Make the change, once.

        A unique key may be deleted and created again within one transaction: Neo4j checks a
        relationship against the indexes with the transaction's own deletions.

        Raises:
            StalePlan: the graph has another version.
        """
        meta = _lock(transaction, self.name)
        if meta.version == self.expect + 1 and meta.change == self.name:
            return
        if meta.version != self.expect or meta.version < 0:
            raise StalePlan(planned=self.expect, current=meta.version)
        transaction.run(cypher.DELETE_FACTS, rows=self.removed).consume()
        transaction.run(cypher.PUT_ENTITIES, rows=self.entities).consume()
        _put_facts(transaction, self.added, self.gained)
        transaction.run(cypher.DELETE_UNUSED, ids=self.lost).consume()
        transaction.run(cypher.SET_VERSION, version=self.expect + 1, change=self.name).consume()


@contextmanager
def _translated(uri: str) -> Iterator[None]:
    """Turn the driver's errors into those of this package."""
    try:
        yield
    except ConstraintError as error:
        raise GraphRefused(error.message or str(error)) from error
    except AuthError as error:
        raise GraphUnavailable(uri, "it refuses the user or the password") from error
    except (DriverError, Neo4jError) as error:
        raise GraphUnavailable(uri, str(error)) from error


def _active(facts: Iterable[Triple]) -> list[Triple]:
    """Return the facts that have not ended, each once and as it comes last."""
    return list({fact: fact for fact in facts if not fact.ended}.values())


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield items in lists of at most ``BATCH``."""
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _limit(limit: int | None) -> int:
    """Return a limit as Cypher wants it: always a number."""
    return NO_LIMIT if limit is None else limit
