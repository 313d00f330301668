"""Conversations in either database, and those of ledgers made before there were any."""

from collections.abc import Iterator

import pytest

from oneedit.ledger import engine as engines
from oneedit.ledger.conversation import Conversation, Message
from oneedit.ledger.conversations import ConversationRecords
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from tests.support.databases import execute
from tests.support.fakes import BOOK


@pytest.fixture
def records(location: Location) -> Iterator[ConversationRecords]:
    ledger = Ledger.open(location, BOOK)
    yield ConversationRecords(ledger)
    ledger.close()


def say(records: ConversationRecords, name: str, author: str, text: str) -> Message:
    return records.say(Message(conversation=name, author=author, text=text))


def test_a_conversation_is_kept_found_shared_changed_and_removed(
    records: ConversationRecords,
) -> None:
    first = say(records, "a", "ada", "Größe 100%")
    records.add(Conversation(id="b", title="Room", owner="bea", members=("ada",)))
    second = say(records, "b", "ada", "Hello")
    assert [each.id for each in records.of("ada", limit=9)] == ["b", "a"]
    assert [each.id for each in records.of("ada", limit=9, before=2)] == ["a"]
    assert [each.id for each in records.of("ada", text="GRÖSSE 100%", limit=9)] == ["a"]
    assert records.of("ada", text="_r", limit=9) == []
    assert [each.id for each in records.of("bea", limit=9)] == ["b"]
    say(records, "a", "ada", "again")
    assert [each.id for each in records.of("ada", limit=9)] == ["a", "b"]
    assert records.messages("a", limit=1) == [first]
    assert records.last_messages("b", 1) == [second]
    records.set_link("a", "secret")
    linked = records.linked("secret")
    assert linked is not None
    assert linked.linked_at
    records.set_link("a", None)
    assert records.linked("secret") is None
    records.update(Conversation(id="b", title="Other", owner="bea", open=True, archived=True))
    found = records.find("b")
    assert found is not None
    assert (found.title, found.members, found.open, found.archived) == ("Other", (), True, True)
    assert [each.id for each in records.of("cy", archived=True, limit=9)] == ["b"]
    records.remove("a")
    assert records.find("a") is None
    assert records.messages("a", limit=9) == []


def test_what_two_people_wrote_in_one_browser_becomes_a_conversation_of_each(
    location: Location,
) -> None:
    engine = engines.open_write(location)
    engines.migrate(engine, "0014")
    engine.dispose()
    columns = "(conversation, author, text, outcome, created_at)"
    rows = [("c", "ada", "Hello  THERE"), ("c", "bea", "Mine"), ("c", "ada", "More")]
    execute(
        location,
        *(
            f"INSERT INTO message {columns} VALUES ('{name}', '{author}', '{text}', '', 'now')"  # noqa: S608
            for name, author, text in rows
        ),
    )
    ledger = Ledger.open(location, BOOK)
    records = ConversationRecords(ledger)
    (of_ada,), (of_bea,) = (records.of(name, limit=9) for name in ("ada", "bea"))
    assert (of_ada.id, of_ada.title, of_ada.position) == ("c", "Hello THERE", 3)
    assert [each.text for each in records.messages("c", limit=9)] == ["Hello  THERE", "More"]
    assert [each.text for each in records.messages(of_bea.id, limit=9)] == ["Mine"]
    assert records.of("ada", text="hello there", limit=9) == [of_ada]
    ledger.close()
