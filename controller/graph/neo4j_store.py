"""The knowledge graph in a Neo4j server, shared by several processes and kept between starts."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from random import Random
from typing import Any, Self, TypeVar
from uuid import uuid4

from neo4j import (
    READ_ACCESS,
    WRITE_ACCESS,
    Driver,
    GraphDatabase,
    ManagedTransaction,
    Query,
    Result,
    Session,
    unit_of_work,
)
from neo4j.exceptions import (
    AuthError,
    ConstraintError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
)

from controller.errors import GraphRefused, GraphUnavailable
from controller.graph import cypher
from controller.graph import neo4j_transactions as transactions
from controller.graph.neighbourhood import Neighbourhood, NodeState
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
        self._run_commands(*cypher.CONSTRAINTS)
        self._write(transactions.start_load, holder)
        for query in (cypher.DELETE_SOME_FACTS, cypher.DELETE_SOME_NODES):
            while self._write(transactions.delete_some, holder, query, BATCH):
                pass
        for some in _batches(entities):
            self._write(
                transactions.load_entities, holder, [cypher.entity_row(each) for each in some]
            )
        self._load_facts(facts, holder)
        self._write(transactions.finish_load, holder, version, origin)

    def replace(
        self,
        *,
        add: Iterable[Triple],
        retract: Iterable[Triple],
        entities: Iterable[Entity] = (),
        removed: Iterable[str] = (),
        expect: int,
    ) -> None:
        """Change the graph in one transaction.

        Raises:
            StalePlan: the graph is not at version ``expect``.
            GraphRefused: a functional slot would get a second object.
        """
        added = _active(add)
        retracted = dict.fromkeys(retract)
        change = transactions.Change(
            name=uuid4().hex,
            expect=expect,
            entities=[cypher.entity_row(entity) for entity in entities],
            gone=tuple(removed),
            removed=[cypher.fact_row(fact, self._book) for fact in retracted],
            added=[cypher.fact_row(fact, self._book) for fact in added],
            gained=cypher.node_ids(added),
            lost=cypher.node_ids(retracted),
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
        found = self._list(cypher.IN_DEGREE, o=obj)
        return int(found[0]) if found else 0

    def named(self, folded: str) -> Sequence[str]:
        return tuple(sorted(self._column(cypher.NAMED, folded=folded)))

    def __contains__(self, fact: object) -> bool:
        return isinstance(fact, Triple) and bool(
            self._list(cypher.HOLDS, s=fact.subject, p=fact.relation, o=fact.object)
        )

    def entity(self, entity_id: str) -> Entity | None:
        found = self._list(cypher.ENTITY, eid=entity_id)
        return Entity(*found[0]) if found else None

    def entities(self) -> Iterator[Entity]:
        """Yield every entity, page by page."""
        after = ""
        while page := self._list(cypher.ENTITIES_PAGE, after=after, limit=BATCH):
            yield from (Entity(*row) for row in page)
            after = page[-1][0]

    def near(self, nodes: Iterable[str]) -> Neighbourhood:
        return Neighbourhood(self, nodes)

    # ---------- reading for many nodes at once, see BatchReader ----------

    def nodes(self, ids: Sequence[str]) -> Mapping[str, NodeState]:
        return {
            eid: NodeState(Entity(eid, entity_class, qid) if is_entity else None, degree)
            for eid, is_entity, entity_class, qid, degree in self._list(cypher.NODES, ids=ids)
        }

    def facts_of_each(self, subjects: Sequence[str], *, limit: int) -> Sequence[Triple]:
        return self._triples(cypher.FACTS_OF_EACH, ids=subjects, limit=limit)

    def facts_about_each(self, objects: Sequence[str], *, limit: int) -> Sequence[Triple]:
        return self._triples(cypher.FACTS_ABOUT_EACH, ids=objects, limit=limit)

    def facts_in_each(self, slots: Sequence[Slot], *, limit: int) -> Sequence[Triple]:
        pairs = [list(slot) for slot in slots]
        return self._triples(cypher.FACTS_IN_EACH, slots=pairs, limit=limit)

    # ---------- transactions ----------

    def _load_facts(self, facts: Iterable[Triple], holder: str) -> None:
        try:
            for number, batch in enumerate(map(_active, _batches(facts))):
                if number == 1:
                    self._run_commands(*cypher.DROP_INDEXES)
                rows = [cypher.fact_row(fact, self._book) for fact in batch]
                self._write(transactions.load_facts, holder, rows, cypher.node_ids(batch))
        finally:  # also for a load that has begun meanwhile
            self._run_commands(*cypher.INDEXES)
        with _translated(self._uri), self._session() as session:
            session.run(cypher.AWAIT_INDEXES, seconds=int(WRITE_SECONDS)).consume()

    def _meta(self) -> transactions.Meta:
        with _translated(self._uri), self._session() as session:
            return session.execute_read(_read_meta)

    def _column(self, query: str, **parameters: object) -> tuple[str, ...]:
        return tuple(self._list(query, **parameters))

    def _triples(self, query: str, **parameters: object) -> tuple[Triple, ...]:
        return tuple(Triple(*row) for row in self._list(query, **parameters))

    def _list(self, query: str, **parameters: object) -> list[Any]:
        """Read in one round trip; a managed transaction, which takes three, if that fails."""
        with _translated(self._uri):
            try:
                with self._session(READ_ACCESS) as session:
                    return _only(session.run(Query(query, timeout=READ_SECONDS), parameters))
            except (DriverError, Neo4jError) as error:
                if not error.is_retryable():
                    raise
            with self._session() as session:
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

    def _run_commands(self, *commands: str) -> None:
        """Change the schema; each command is a transaction of its own and may run twice."""
        with _translated(self._uri), self._session() as session:
            for command in commands:
                session.run(command).consume()

    def _session(self, access: str = WRITE_ACCESS) -> Session:
        return self._driver.session(
            database=self._database,
            bookmark_manager=self._bookmarks,
            default_access_mode=access,
            fetch_size=BATCH,
        )


@unit_of_work(timeout=READ_SECONDS)
def _read_meta(transaction: ManagedTransaction) -> transactions.Meta:
    return transactions.read_meta(transaction)


@unit_of_work(timeout=READ_SECONDS)
def _read(transaction: ManagedTransaction, query: str, parameters: dict[str, object]) -> list[Any]:
    return _only(transaction.run(query, parameters))


def _only(result: Result) -> list[Any]:
    """Return the one list that every reading query gives."""
    found: list[Any] = result.single(strict=True)[0]
    return found


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
