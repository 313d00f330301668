"""The chat page: what a person types, and what the page shows for it."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from nicegui import ui
from nicegui.testing import User, UserInteraction

from controller.actor import Actor, Role, local_user
from interpreter.intents import Ask, AskKind, Condition, Guess
from kg_data.triples import Slot, Triple
from oneedit.errors import HomeBusy
from oneedit.ledger.ticket import Ticket
from oneedit.ui import chat
from oneedit.wiring import Application
from tests.support.fakes import FACTS, LOCAL, FakeEditor
from tests.support.pages import button, play, say, sees

PENCE = "Joe Biden's vice president is Mike Pence."
BIRTHPLACE = "What is the country of the birthplace of Joe Biden?"
WIFE = "Who is the spouse of the vice president of Joe Biden?"
STRANGER = "Ada Quill was born in Paris."


def test_the_empty_page_says_what_can_be_done(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        await sees(user, "OneEdit", "Correct what the model knows", BIRTHPLACE)
        await sees(user, "The political party of Joe Biden is …")

    play(tmp_path, story)


def test_an_example_can_be_clicked(tmp_path: Path) -> None:
    async def story(user: User, oneedit: Application) -> None:
        await sees(user, BIRTHPLACE)
        user.find(BIRTHPLACE).click()
        await sees(user, "Model and graph agree", "United States")
        await user.should_not_see("Correct what the model knows")
        assert [each.title for each in oneedit.conversations.list(local_user())] == [BIRTHPLACE]

    play(tmp_path, story)


def test_a_statement_becomes_a_card_that_tells_what_happened(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, PENCE)
        await sees(user, "Applied as version 1", "Joe Biden - vice president - Mike Pence")
        await sees(user, "Kamala Harris", "follows", "Conflicts settled", "taught wordings")
        assert user.find(ui.textarea).elements.pop().value == ""

    play(tmp_path, story)


def test_an_edit_is_undone_by_its_button_once(tmp_path: Path) -> None:
    async def story(user: User, oneedit: Application) -> None:
        await say(user, PENCE)
        await sees(user, "Applied as version 1")
        user.find("Undo").click()
        await sees(user, "Version 2 takes version 1 back", "bit for bit", "Undone")
        assert not button(user, "Undone").enabled
        assert oneedit.service.status(LOCAL).version == 2

    play(tmp_path, story)


def test_undo_can_be_typed_too(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, PENCE)
        await sees(user, "Applied as version 1")
        await say(user, "undo")
        await sees(user, "Version 2 takes version 1 back", "Undone")

    play(tmp_path, story)


def test_a_page_shows_what_a_reviewer_has_decided_and_why(tmp_path: Path) -> None:
    async def story(user: User, oneedit: Application) -> None:
        await say(user, "history")
        await sees(user, "Who and when")
        [conversation] = oneedit.conversations.list(local_user())
        here = replace(oneedit.queue, conversation=conversation.id)
        proposed = await asyncio.to_thread(here.propose, local_user(), PENCE)
        assert isinstance(proposed, Ticket)
        await sees(user, "waits for a reviewer")
        reviews, reviewer = oneedit.service.reviews, Actor("max", Role.REVIEWER)
        await asyncio.to_thread(
            reviews.reject, reviewer, proposed.proposal or 0, revision=1, reason="No source."
        )
        await sees(user, "Not applied", "was rejected by max: No source.")
        await user.should_not_see("waits for a reviewer")

    play(tmp_path, story)


def test_an_undo_that_is_refused_leaves_the_button(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, PENCE)
        await sees(user, "Applied as version 1")
        first = button(user, "Undo")
        await say(user, "Joe Biden's vice president is Barack Obama.")
        await sees(user, "Applied as version 2")
        user.find("Undo").click()
        await sees(user, "Refused; nothing was changed")
        assert first.enabled

    play(tmp_path, story)


def test_a_question_over_two_facts_shows_its_steps(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, WIFE)
        await sees(user, "Model and graph agree", "Doug Emhoff", "Step by step")
        await sees(user, "Kamala Harris - spouse: ")

    play(tmp_path, story)


def test_a_direct_answer_has_no_steps_written_by_the_model(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        user.find("direct").click()
        await say(user, WIFE)
        await sees(user, "Doug Emhoff", "the model did not write this step")

    play(tmp_path, story)


def test_the_switch_for_direct_answers_leaves_statements_alone(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        user.find("direct").click()
        await say(user, PENCE)
        await sees(user, "Applied as version 1")

    play(tmp_path, story)


def test_a_mismatch_is_marked(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, "Who is Joe Biden's vice president?")
        await sees(user, "Model and graph differ", "I don't know.", "Kamala Harris")

    known = [fact for fact in FACTS if fact.relation != "vice_president"]
    play(tmp_path, story, FakeEditor(known))


def test_a_misspelt_name_is_shown_before_anything_is_changed(tmp_path: Path) -> None:
    async def story(user: User, oneedit: Application) -> None:
        await say(user, "Kamala Haris was born in Lyon.")
        await sees(user, "This needs your agreement", "Kamala Harris - place of birth - Lyon")
        assert oneedit.service.status(LOCAL).version == 0
        user.find("Yes, apply it").click()
        await sees(user, "Applied as version 1")

    play(tmp_path, story)


def test_what_needs_an_agreement_waits_for_yes(tmp_path: Path) -> None:
    async def story(user: User, oneedit: Application) -> None:
        await say(user, STRANGER)
        await sees(user, "This needs your agreement")
        assert oneedit.service.status(LOCAL).version == 0
        user.find("Yes, apply it").click()
        await sees(user, "Applied as version 1")

    play(tmp_path, story)


def test_what_needs_an_agreement_can_be_left(tmp_path: Path) -> None:
    async def story(user: User, oneedit: Application) -> None:
        await say(user, STRANGER)
        await sees(user, "This needs your agreement")
        UserInteraction(user, {button(user, "No")}, None).click()
        await sees(user, "Left as it was.")
        await user.should_not_see("Yes, apply it")
        assert oneedit.service.status(LOCAL).version == 0

    play(tmp_path, story)


def test_an_edit_below_the_gate_is_applied_only_when_a_person_insists(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, PENCE)
        await sees(user, "Held; nothing was changed", "taught: too few right")
        user.find("Apply it anyway").click()
        await sees(user, "Applied as version 1", "Below the gate")

    play(tmp_path, story, FakeEditor(failing=["first", "second"]))


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Joe Biden's spouse is Jill Biden.", "Nothing to do"),
        ("hello", "Tell me a fact"),
        ("undo 7", "There is no version 7"),
        ("x" * 2001, "at most 2000 are read"),
        ("Привет, как дела?", "Latin letters"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("history", "beginning"),
    ],
)
def test_every_other_message_is_answered_in_words(tmp_path: Path, message: str, shown: str) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, message)
        await sees(user, shown)

    play(tmp_path, story)


def test_an_empty_message_is_not_sent(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, "  \n ")
        await asyncio.sleep(0.05)
        await sees(user, "Correct what the model knows")

    play(tmp_path, story)


def test_an_error_keeps_the_message_and_says_why(tmp_path: Path) -> None:
    class BusyEditor(FakeEditor):
        def ask(self, text: str, *, steps: bool = False, timeout: float | None = None) -> str:
            del text, steps, timeout
            raise HomeBusy(tmp_path, 600)

    async def story(user: User, _: Application) -> None:
        await say(user, WIFE)
        await sees(user, "That did not work", "try again later")
        assert user.find(ui.textarea).elements.pop().value == WIFE

    play(tmp_path, story, BusyEditor())


def test_even_an_unforeseen_error_ends_the_waiting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class BrokenEditor(FakeEditor):
        def ask(self, text: str, *, steps: bool = False, timeout: float | None = None) -> str:
            del text, steps, timeout
            raise RuntimeError("out of memory")

    async def story(user: User, _: Application) -> None:
        await say(user, WIFE)
        await sees(user, "Something went wrong on the server")
        await user.should_not_see("Reading and planning")
        await asyncio.sleep(0.05)

    play(tmp_path, story, BrokenEditor())
    assert "out of memory" in caplog.text


def test_he_and_she_refer_to_what_was_spoken_of(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, PENCE)
        await sees(user, "Applied as version 1")
        await say(user, "He was born in Oakland.")
        await sees(user, "Joe Biden - place of birth - Oakland")

    play(tmp_path, story)


def test_a_message_is_answered_while_an_edit_is_solved(tmp_path: Path) -> None:
    editor, go_on = FakeEditor(), threading.Event()
    editor.during_solve = lambda: go_on.wait(30.0)

    async def story(user: User, _: Application) -> None:
        await say(user, PENCE)
        await sees(user, "Solving")
        await say(user, WIFE)
        await sees(user, "Model and graph agree")
        await say(user, "history")
        await sees(user, "beginning")
        go_on.set()
        await sees(user, "Applied as version 1")

    play(tmp_path, story, editor)


def test_an_edit_that_waits_says_for_what_and_can_be_cancelled(tmp_path: Path) -> None:
    editor, go_on = FakeEditor(), threading.Event()
    editor.during_solve = lambda: go_on.wait(30.0)

    async def story(user: User, oneedit: Application) -> None:
        await say(user, PENCE)
        await sees(user, "Solving")
        await say(user, "Joe Biden was born in Oakland.")
        await sees(user, "Waiting: 1 before this")
        UserInteraction(user, {button(user, "Cancel")}, None).click()
        await sees(user, "Left as it was.")
        go_on.set()
        await sees(user, "Applied as version 1")
        assert oneedit.ledger.head() == 1

    play(tmp_path, story, editor)


def test_two_pages_show_their_own_conversations(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, PENCE)
        await sees(user, "Applied as version 1")
        await user.open("/ui/")
        await user.should_not_see("Applied as version 1")

    play(tmp_path, story)


def test_what_cannot_be_checked_is_answered_by_the_model_when_that_is_wanted(
    tmp_path: Path,
) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, "How tall is Joe Biden?")
        await sees(user, "I can't check that: the question was not found in the graph.")
        await user.should_not_see("The model")
        user.find("Ask the model anyway").click()
        await sees(user, "Only the model answered", "I don't know.")

    play(tmp_path, story)


def test_the_hints_to_a_question_can_be_clicked(tmp_path: Path) -> None:
    asked = "Who runs with Joe Biden?"
    hint = "Who is the vice president of Joe Biden?"
    intents = {
        asked: Ask(asked, hints=(hint, "Joe Biden")),
        hint: Ask(hint, "Joe Biden", ("vice_president",)),
    }

    async def story(user: User, _: Application) -> None:
        await say(user, asked)
        await sees(user, "Near to it:", "Joe Biden")
        UserInteraction(user, {button(user, hint)}, None).click()
        await sees(user, "Model and graph agree", "Kamala Harris")

    play(tmp_path, story, intents=intents)


def test_a_list_and_a_yes_or_no_are_shown_beside_the_model_s_words(tmp_path: Path) -> None:
    born = Condition("place_of_birth", "United States")
    who = "Who was born in the United States?"
    intents = {
        who: Ask(who, kind=AskKind.LIST, conditions=(born,)),
        WIFE: Ask(
            WIFE,
            "Joe Biden",
            ("place_of_birth",),
            kind=AskKind.YES_NO,
            object="Oakland",
            guesses=(Guess("oaklnd", "Oakland"),),
        ),
    }

    async def story(user: User, _: Application) -> None:
        await say(user, who)
        await sees(user, "2: Donald Trump, Joe Biden", "I don't know.")
        await sees(user, "place of birth - United States: 2, by country of birth.")
        await say(user, WIFE)
        await sees(user, "No - Scranton", 'I read "oaklnd" as Oakland.')

    play(tmp_path, story, intents=intents)


def test_a_long_conversation_shows_its_end_and_more_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "MOST_TURNS", 2)

    async def story(user: User, _: Application) -> None:
        await say(user, PENCE)
        await sees(user, "Applied as version 1")
        await say(user, "How tall is Joe Biden?")
        await sees(user, "I can't check that")
        await user.should_not_see("Show earlier messages")
        await say(user, "history")
        await sees(user, "Who and when", "Show earlier messages")
        await user.should_not_see("Applied as version 1")
        user.find("Show earlier messages").click()
        await sees(user, "Applied as version 1", "How tall is Joe Biden?", "Who and when")
        await user.should_not_see("Show earlier messages")
        user.find("Undo").click()
        await sees(user, "Version 2 takes version 1 back")

    play(tmp_path, story)


def test_a_message_whose_edit_waits_stays_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "MOST_TURNS", 1)
    editor, go_on = FakeEditor(), threading.Event()
    editor.during_solve = go_on.wait

    async def story(user: User, _: Application) -> None:
        await say(user, PENCE)
        await sees(user, "Solving")
        await say(user, "history")
        await sees(user, "Who and when", "Solving")
        go_on.set()
        await sees(user, "Applied as version 1")

    play(tmp_path, story, editor)


def test_a_conversation_is_listed_found_again_and_renamed(tmp_path: Path) -> None:
    async def story(user: User, oneedit: Application) -> None:
        await say(user, WIFE)
        await sees(user, "Model and graph agree")
        (kept,) = oneedit.conversations.list(local_user())
        await user.open(f"/ui/c/{kept.id}")
        await sees(user, "Model and graph agree", "Doug Emhoff")
        oneedit.conversations.rename(local_user(), kept.id, "Wives")
        await sees(user, "Wives")
        user.find(kind=ui.input, content="Search").type("doug")
        await sees(user, "Nothing found.")
        user.find(kind=ui.input, content="Search").clear().type("SPOUSE of")
        await user.should_not_see("Nothing found.", retries=50)

    play(tmp_path, story)


def test_what_others_say_in_a_room_appears_with_its_cards(tmp_path: Path) -> None:
    async def story(user: User, oneedit: Application) -> None:
        bea = oneedit.people.add(LOCAL, "bea", Role.EDITOR).actor
        room = oneedit.conversations.create(local_user(), "Two", members=["bea"])
        await user.open(f"/ui/c/{room.id}")
        await sees(user, "Room of", "bea")
        queue = replace(oneedit.queue, conversation=room.id)
        queue.submit(bea, "Where was Joe Biden born?")
        await sees(user, "Where was Joe Biden born?", "Scranton")
        queue.submit(bea, PENCE)
        await sees(user, "Applied as version 1")
        oneedit.conversations.delete(local_user(), room.id)
        await sees(user, "This conversation was deleted")

    play(tmp_path, story)


def test_an_answer_says_that_a_later_version_has_changed_it(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, "Who is Joe Biden's vice president?")
        await sees(user, "Kamala Harris", "Version 0")
        await say(user, PENCE)
        await sees(user, "Applied as version 1", "Version 1 has changed this since")
        user.find("Ask again").click()
        await sees(user, "Mike Pence")

    play(tmp_path, story)


def test_a_model_that_differs_is_taught_what_the_graph_holds(tmp_path: Path) -> None:
    async def story(user: User, _: Application) -> None:
        await say(user, "Who is Joe Biden's vice president?")
        await sees(user, "Model and graph differ", "Teach the model")
        await user.should_not_see("Correct the graph")  # the model says nothing
        user.find("Teach the model").click()
        await sees(user, "Applied as version 1")
        await say(user, "Who is Joe Biden's vice president?")
        await sees(user, "Model and graph agree")

    known = [fact for fact in FACTS if fact.relation != "vice_president"]
    play(tmp_path, story, FakeEditor(known))


def test_a_graph_that_differs_is_corrected_by_what_the_model_says(tmp_path: Path) -> None:
    async def story(user: User, oneedit: Application) -> None:
        await say(user, "Where was Joe Biden born?")
        await sees(user, "Model and graph differ", "Correct the graph")
        user.find("Correct the graph").click()
        await sees(user, "Applied as version 1")
        assert oneedit.store.objects(Slot("Joe Biden", "place_of_birth")) == ("Oakland",)

    other = [fact for fact in FACTS if fact.slot != Slot("Joe Biden", "place_of_birth")]
    play(tmp_path, story, FakeEditor([*other, Triple("Joe Biden", "place_of_birth", "Oakland")]))


def test_a_shared_conversation_is_read_and_not_written_in(tmp_path: Path) -> None:
    async def story(user: User, oneedit: Application) -> None:
        await say(user, WIFE)
        await sees(user, "Model and graph agree")
        (kept,) = oneedit.conversations.list(local_user())
        secret = oneedit.conversations.share(local_user(), kept.id)
        await user.open(f"/ui/shared/{secret}")
        await sees(user, WIFE, "The graph: Doug Emhoff")
        await user.should_not_see(kind=ui.textarea)

    play(tmp_path, story)
