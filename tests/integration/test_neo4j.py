"""The whole product over a real Neo4j: one story, crashes of the server, and rebuilding."""

import json
import os
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from neo4j import GraphDatabase
from typer.testing import CliRunner

from controller.errors import GraphRefused, GraphUnavailable
from controller.graph.lexicon import ALIAS
from controller.graph.neo4j_store import Neo4jStore
from kg_data.book_changes import BookAction, BookChange
from kg_data.book_text import contents, in_toml
from kg_data.triples import Triple
from oneedit.cli.app import app
from oneedit.errors import GraphForeign
from oneedit.results import AskResult, ConsolidateResult, RedefineResult
from oneedit.wiring import Application, assemble
from tests.neo4j.server import Neo4jServer
from tests.support.fakes import BOOK, DATA, LOCAL, FakeEditor, FakePatches, application
from tests.support.programs import programs, run
from tests.support.stories import tell, undone

pytestmark = pytest.mark.neo4j

ONE = {"cardinality": "functional"}
STORY = (
    "Joe Biden's vice president is Mike Pence.",
    "Joe Biden was born in Oakland.",
    "Ada Quill was born in Paris.",
    "Donald Trump was born in Columbus.",
)


def tell_for_ever(oneedit: Application, texts: list[str]) -> None:
    for text in cycle(texts):
        tell(oneedit, text)


def connect(server: Neo4jServer) -> Neo4jStore:
    return Neo4jStore.connect(server.uri, BOOK, patience=3.0)


@pytest.fixture
def server(neo4j_server: Neo4jServer) -> Neo4jServer:
    with GraphDatabase.driver(neo4j_server.uri) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n", database_="neo4j")
    return neo4j_server


@pytest.fixture
def oneedit(server: Neo4jServer, tmp_path: Path) -> Iterator[Application]:
    built = application(tmp_path / "home", store=connect(server))
    yield built
    built.close()


def assert_as_recorded(oneedit: Application) -> None:
    snapshot = oneedit.ledger.snapshot()
    assert oneedit.store.version == snapshot.version
    assert sorted(oneedit.store.facts()) == sorted(snapshot.facts)
    assert {each.id for each in oneedit.store.entities()} == {each.id for each in snapshot.entities}


def test_a_story_goes_as_with_the_graph_in_memory(oneedit: Application, tmp_path: Path) -> None:
    memory = application(tmp_path / "memory")
    for each in (oneedit, memory):
        tell(each, *STORY)
        answer = each.service.ask(LOCAL, "Who is the spouse of the vice president of Joe Biden?")
        assert isinstance(answer, AskResult)
        assert answer.expected == ("Karen Pence",)
        undone(each.service.undo(LOCAL, 2))
        assert isinstance(each.service.consolidate(LOCAL), ConsolidateResult)
        tell(each, "Joe Biden was born in Columbus.")
        undone(each.service.undo(LOCAL, None))
        assert each.service.verify(LOCAL).versions == each.ledger.head() + 1
    assert list(oneedit.store.facts()) == list(memory.store.facts())
    assert list(oneedit.store.entities()) == list(memory.store.entities())
    plans = [
        [(event.kind, event.content.changes) for event in each.ledger.events()]
        for each in (oneedit, memory)
    ]
    assert plans[0] == plans[1]
    memory.close()


def test_a_restart_takes_the_graph_as_it_is(oneedit: Application, server: Neo4jServer) -> None:
    tell(oneedit, *STORY)
    labels: list[str] = []
    again = application(oneedit.home, store=connect(server), checkpoint=labels.append)
    assert not {"graph.loaded", "graph.applied"} & set(labels)
    assert_as_recorded(again)
    again.close()


def test_two_processes_share_one_graph(oneedit: Application, server: Neo4jServer) -> None:
    other = application(oneedit.home, store=connect(server))
    tell(oneedit, STORY[0])
    tell(other, STORY[1])
    tell(oneedit, STORY[2])
    assert_as_recorded(oneedit)
    assert_as_recorded(other)
    other.close()


def test_another_ledger_does_not_take_the_graph(
    oneedit: Application, server: Neo4jServer, tmp_path: Path
) -> None:
    store, data = connect(server), replace(DATA, sha256="other facts")
    with pytest.raises(GraphForeign):
        application(tmp_path / "another home", data=data, store=store)
    store.close()
    assert_as_recorded(oneedit)


def test_an_edit_whose_server_dies_after_the_commit_is_there_when_it_is_back(
    server: Neo4jServer, tmp_path: Path
) -> None:
    deadly = threading.Event()

    def checkpoint(label: str) -> None:
        if label == "ledger.after_commit" and deadly.is_set():
            server.kill()

    oneedit = application(tmp_path / "home", store=connect(server), checkpoint=checkpoint)
    tell(oneedit, STORY[0])
    deadly.set()
    with pytest.raises(GraphUnavailable):
        tell(oneedit, STORY[1])
    deadly.clear()
    server.start()
    assert oneedit.ledger.head() == 2
    assert oneedit.store.version == 1
    assert oneedit.projector.advance() == 2
    assert_as_recorded(oneedit)
    tell(oneedit, STORY[2])
    assert_as_recorded(oneedit)
    oneedit.close()


@pytest.mark.parametrize("seed", range(2))
def test_a_server_killed_at_any_moment_heals_by_replay(
    server: Neo4jServer, tmp_path: Path, seed: int
) -> None:
    oneedit = application(tmp_path / "home", store=connect(server))
    texts = [f"Joe Biden was born in {city}." for city in ("Paris", "Lyon", "Berlin", "Munich")]
    tell(oneedit, STORY[0])
    killer = threading.Timer(random.Random(seed).uniform(0.05, 0.6), server.kill)
    killer.start()
    with pytest.raises(GraphUnavailable):
        tell_for_ever(oneedit, texts)
    killer.join()
    server.start()
    version, head = oneedit.store.version, oneedit.ledger.head()
    assert version in {head - 1, head}
    assert oneedit.projector.advance() == head
    assert_as_recorded(oneedit)
    oneedit.close()


def test_rebuild_fills_the_graph_from_the_ledger_without_a_model(
    oneedit: Application, server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(oneedit, *STORY)
    oneedit.store.load([], [], version=7, origin="another ledger")
    monkeypatch.setenv("ONEEDIT_HOME", str(oneedit.home))
    monkeypatch.setenv("ONEEDIT_NEO4J_URI", server.uri)
    monkeypatch.setenv("ONEEDIT_MODEL", "/there/is/no/model")
    result = CliRunner().invoke(app, ["graph", "rebuild", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.output) == {
        "code": 0,
        "version": 4,
        "facts": len(oneedit.ledger.snapshot().facts),
        "entities": len(oneedit.ledger.snapshot().entities),
    }
    assert_as_recorded(oneedit)
    tell(oneedit, STORY[1].replace("Oakland", "Lyon"))


@settings(
    max_examples=int(os.environ.get("ONEEDIT_PROGRAMS", "8")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(program=programs(longest=8))
def test_random_programs_leave_the_graph_that_the_ledger_records(
    server: Neo4jServer, program: list[object]
) -> None:
    with GraphDatabase.driver(server.uri) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n", database_="neo4j")
    with TemporaryDirectory() as folder:
        run(Path(folder) / "home", program, store=partial(connect, server))


def test_slots_of_one_value_follow_a_change_of_relations(
    server: Neo4jServer, tmp_path: Path
) -> None:
    book = BOOK.model_copy()
    store = Neo4jStore.connect(server.uri, book, patience=3.0)
    oneedit = assemble(
        tmp_path, book, DATA, editor=FakeEditor(), patches=FakePatches(tmp_path), store=store
    )
    text = in_toml({"relations": {ALIAS: contents(book)["relations"][ALIAS] | ONE}})
    changed = oneedit.service.redefine(LOCAL, BookChange(BookAction.EDIT, text))
    assert isinstance(changed, RedefineResult)
    assert_as_recorded(oneedit)
    second = Triple("Joe Biden", ALIAS, "Joe from Scranton")
    with pytest.raises(GraphRefused):
        store.replace(add=[second], retract=[], expect=1)
    oneedit.close()
