"""Conversations: who sees them, finds them, and may change them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from controller.actor import Actor, Role
from oneedit.conversations.conversations import Conversations
from oneedit.errors import (
    BadConversation,
    LinkEnded,
    NotPermitted,
    UnknownAccount,
    UnknownConversation,
)
from oneedit.ledger.ticket import Ticket
from oneedit.queue.events import ConversationChange
from oneedit.queue.transcripts import ExportForm, Transcripts
from oneedit.results import AskResult
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application
from tests.support.web import carry_out

ADA, BEA = Actor("ada", Role.EDITOR), Actor("bea", Role.VIEWER)
ADMIN = Actor("root", Role.ADMIN)
QUESTION = "Who is Joe Biden's vice president?"
PENCE = "Joe Biden's vice president is Mike Pence."


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    made = application(tmp_path)
    for actor in (ADA, BEA, ADMIN):
        made.people.add(LOCAL, actor.name, actor.role)
    yield made
    made.close()


@pytest.fixture
def conversations(oneedit: Application) -> Conversations:
    return oneedit.conversations


def say(oneedit: Application, actor: Actor, name: str, text: str) -> object:
    return replace(oneedit.queue, conversation=name).submit(actor, text)


def test_a_first_message_begins_a_conversation_and_gives_it_its_title(
    oneedit: Application, conversations: Conversations
) -> None:
    say(oneedit, ADA, "c", QUESTION)
    (found,) = conversations.list(ADA)
    assert (found.id, found.owner, found.title) == ("c", "ada", QUESTION)
    (turn,) = Transcripts(oneedit.queue).turns(ADA, "c")
    assert turn.message.author == "ada"
    assert isinstance(turn.result, AskResult)
    assert turn.result.expected == ("Kamala Harris",)


def test_nobody_else_sees_finds_or_writes_in_a_private_conversation(
    oneedit: Application, conversations: Conversations
) -> None:
    say(oneedit, ADA, "c", QUESTION)
    for other in (BEA, ADMIN):
        assert conversations.list(other) == []
        assert conversations.list(other, "vice") == []
        with pytest.raises(UnknownConversation):
            conversations.get(other, "c")
        with pytest.raises(UnknownConversation):
            conversations.messages(other, "c")
        with pytest.raises(UnknownConversation):
            conversations.delete(other, "c")
        with pytest.raises(UnknownConversation):
            say(oneedit, other, "c", QUESTION)
        with pytest.raises(UnknownConversation):
            replace(oneedit.queue, conversation="c").ask(other, QUESTION)


def test_members_see_messages_and_the_tickets_of_each_other(
    oneedit: Application, conversations: Conversations
) -> None:
    room = conversations.create(ADA, "Vice presidents", members=["Bea"])
    assert room.members == ("bea",)
    ticket = say(oneedit, ADA, room.id, PENCE)
    assert isinstance(ticket, Ticket)
    carry_out(oneedit)
    say(oneedit, BEA, room.id, QUESTION)
    first, second = Transcripts(oneedit.queue).turns(BEA, room.id)
    assert first.ticket is not None
    assert first.ticket.version == 1
    assert second.message.author == "bea"
    with pytest.raises(NotPermitted):
        oneedit.queue.cancel(BEA, ticket.id)
    conversations.set_members(ADA, room.id, [], is_open=False)
    with pytest.raises(NotPermitted):
        oneedit.queue.get(BEA, ticket.id)


def test_an_open_room_is_everybodys_and_its_owner_alone_changes_it(
    conversations: Conversations,
) -> None:
    room = conversations.create(ADA, "All", is_open=True)
    assert [each.id for each in conversations.list(BEA)] == [room.id]
    for attempt in (
        lambda: conversations.rename(BEA, room.id, "Mine"),
        lambda: conversations.set_members(BEA, room.id, [], is_open=False),
        lambda: conversations.archive(BEA, room.id),
        lambda: conversations.delete(BEA, room.id),
        lambda: conversations.share(BEA, room.id),
        lambda: conversations.revoke(BEA, room.id),
    ):
        with pytest.raises(NotPermitted, match="only its owner"):
            attempt()


def test_a_member_leaves_and_an_owner_does_not(conversations: Conversations) -> None:
    room = conversations.create(ADA, "Two", members=["bea"])
    conversations.leave(BEA, room.id)
    assert conversations.list(BEA) == []
    with pytest.raises(BadConversation, match="archive"):
        conversations.leave(ADA, room.id)


def test_what_cannot_be_a_title_or_a_member_changes_nothing(
    conversations: Conversations,
) -> None:
    room = conversations.create(ADA, "  One\n line ")
    assert room.title == "One line"
    for title in (" ", "x" * 81):
        with pytest.raises(BadConversation, match="1 to 80"):
            conversations.rename(ADA, room.id, title)
    with pytest.raises(UnknownAccount):
        conversations.set_members(ADA, room.id, ["nobody"], is_open=False)
    with pytest.raises(BadConversation, match="members"):
        conversations.set_members(ADA, room.id, ["bea"] * 101, is_open=False)
    assert conversations.get(ADA, room.id) == room


def test_the_last_changed_is_listed_first_and_archived_ones_apart(
    oneedit: Application, conversations: Conversations
) -> None:
    for name in ("a", "b", "a"):
        say(oneedit, ADA, name, QUESTION)
    listed = conversations.list(ADA)
    assert [each.id for each in listed] == ["a", "b"]
    rest = conversations.list(ADA, before=listed[0].position)
    assert [each.id for each in rest] == ["b"]
    conversations.archive(ADA, "a")
    assert [each.id for each in conversations.list(ADA)] == ["b"]
    assert [each.id for each in conversations.list(ADA, archived=True)] == ["a"]


def test_titles_and_messages_are_searched_in_any_case_and_without_wildcards(
    oneedit: Application, conversations: Conversations
) -> None:
    say(oneedit, ADA, "c", "Wo wurde ÅNGSTRÖM geboren?")
    say(oneedit, ADA, "c", "Hello  there")
    conversations.rename(ADA, "c", "Births 100%")
    say(oneedit, ADA, "d", QUESTION)
    for text in ("ångström", "HELLO THERE", "births", "100%"):
        assert [each.id for each in conversations.list(ADA, text)] == ["c"], text
    assert conversations.list(ADA, "%zz%") == []


def test_a_link_shows_a_conversation_until_it_is_revoked(
    oneedit: Application, conversations: Conversations
) -> None:
    say(oneedit, ADA, "c", PENCE)
    first = conversations.share(ADA, "c")
    secret = conversations.share(ADA, "c")
    with pytest.raises(LinkEnded):
        conversations.shared(BEA, first)
    found, turns = Transcripts(oneedit.queue).shared(BEA, secret)
    assert (found.id, [each.message.text for each in turns]) == ("c", [PENCE])
    assert turns[0].ticket is not None
    with pytest.raises(UnknownConversation):
        say(oneedit, BEA, "c", QUESTION)
    conversations.revoke(ADA, "c")
    with pytest.raises(LinkEnded):
        conversations.shared(BEA, secret)


def test_a_deleted_conversation_leaves_what_was_edited(
    oneedit: Application, conversations: Conversations
) -> None:
    ticket = say(oneedit, ADA, "c", PENCE)
    assert isinstance(ticket, Ticket)
    conversations.delete(ADA, "c")
    carry_out(oneedit)
    assert oneedit.queue.get(ADA, ticket.id).version == 1
    assert conversations.list(ADA, "vice") == []


def test_whoever_follows_hears_of_messages_and_changes(
    oneedit: Application, conversations: Conversations
) -> None:
    with oneedit.queue.events.subscription() as subscription:
        say(oneedit, ADA, "c", QUESTION)
        conversations.rename(ADA, "c", "Other")
        heard = subscription.take_all()
    assert heard.count(ConversationChange("c")) == 2


def test_an_export_holds_every_message_and_no_markup_of_its_authors(
    oneedit: Application,
) -> None:
    transcripts = Transcripts(oneedit.queue)
    say(oneedit, ADA, "c", "<b>hello</b> [x](y)")
    say(oneedit, ADA, "c", QUESTION)
    markdown = transcripts.export(ADA, "c", ExportForm.MARKDOWN)
    assert r"> \<b\>hello\</b\> \[x\](y)" in markdown
    assert "Kamala Harris" in markdown
    as_json = transcripts.export(ADA, "c", ExportForm.JSON)
    assert '"text": "<b>hello</b> [x](y)"' in as_json
    with pytest.raises(UnknownConversation):
        transcripts.export(BEA, "c", ExportForm.JSON)
