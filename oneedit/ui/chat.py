"""The conversation on a page: a message becomes an answer or a ticket, and either becomes a card.

Nothing waits in a thread: the page follows its tickets and its conversation by their events. What
was said is in the ledger's database, so that a page that is loaded again shows the same, and
everybody in a room sees what others say and do there.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from nicegui import run, ui

from controller.actor import Actor
from interpreter.dialogue import EMPTY_DIALOGUE, Dialogue
from interpreter.intents import Ask
from kg_data.errors import ExpectedError
from oneedit.answer_wording import correction
from oneedit.conversations.conversations import new_id
from oneedit.edits.choice import Choice
from oneedit.edits.repair import Teach
from oneedit.errors import NotSignedIn, UnknownConversation
from oneedit.ledger.conversation import Conversation, Message
from oneedit.ledger.ticket import WAITING, Ticket, TicketState
from oneedit.people.permissions import Operation, may
from oneedit.queue.events import (
    ConversationChange,
    Subscription,
    TicketChange,
    TicketProgress,
    number_of,
)
from oneedit.queue.transcripts import Transcripts, Turn
from oneedit.results import AskResult, BlameResult, Result, UndoResult, dialogue_after
from oneedit.ui import cards, notices
from oneedit.ui.actions import Actions
from oneedit.ui.answer_marks import AnswerMarks
from oneedit.ui.composer import Composer
from oneedit.ui.conversation_list import ConversationList, drawer_button
from oneedit.ui.conversation_menu import ConversationMenu
from oneedit.ui.hint import Hint
from oneedit.ui.log import Log, MessageTools
from oneedit.ui.parts import words
from oneedit.ui.site import Visit
from oneedit.ui.tickets import TicketView
from oneedit.wording import details

PERIOD = 0.1
"""Seconds between two looks at the events of the page."""

MOST_TURNS = 50
"""Messages that a page shows at first; the server keeps each card while the page is open."""

UNEXPECTED = "Something went wrong on the server, and its log says what. Nothing was lost."
GONE = "This conversation was deleted, or you take part in it no more."


class Chat:
    """One conversation on one page.

    Args:
        visit: who looks.
        subscription: what happens to all tickets and conversations.
        conversation: the conversation; None for a new one.
    """

    def __init__(
        self, visit: Visit, subscription: Subscription, conversation: Conversation | None
    ) -> None:
        name = new_id() if conversation is None else conversation.id
        self._visit, self._subscription = visit, subscription
        self._queue = replace(visit.site.queue, source="chat", conversation=name)
        self._dialogue = EMPTY_DIALOGUE
        self._most, self._last, self._reviewed = MOST_TURNS, 0, 0
        self._pending: list[str] = []  # messages of this page that were not read back yet
        self._kept = conversation is not None
        self._earlier_button: ui.button | None = None
        self._views: dict[int, TicketView] = {}
        self._undo_buttons: dict[int, ui.button] = {}
        self._undoing: dict[int, ui.button] = {}  # by ticket
        self._marks = AnswerMarks(self._queue.service, visit.who, self.say)
        with ui.element("div").classes("talk"):
            self._list = ConversationList(visit, lambda: self._queue.conversation)
            with ui.element("div").classes("talk-main"):
                drawer_button()
                self._menu = ConversationMenu(visit)
                with ui.element("div").classes("chat"):
                    self._log = Log(MessageTools(self._draft, self.say))
                    with self._log.top:
                        self._hint = Hint(self.say, self._draft)
                self._composer = Composer(self.say, name if self._kept else "")
        if conversation is not None:
            self._menu.show(conversation)

    async def start(self) -> None:
        """Show what was said, or what could be; then follow what happens."""
        if self._kept:
            await self._show_said()
        else:
            service, actor = self._queue.service, self._actor
            found = await run.io_bound(service.suggestions, actor)
            if found is not None:
                self._hint.suggest(found)
        self._log.watch()
        ui.timer(PERIOD, self._look)

    @property
    def _actor(self) -> Actor:
        """Return who looks, or raise ``NotSignedIn`` if they have been signed out meanwhile."""
        return self._visit.who()

    def _draft(self, text: str, *, select: str = "") -> None:
        self._composer.draft(text, select=select)

    # ---------- what somebody says and clicks ----------

    async def say(self, message: str) -> None:
        """Show a message, and do what it asks for."""
        direct, dialogue = self._composer.direct, self._dialogue
        await self._take(message, lambda: self._answer(message, dialogue, direct=direct))

    async def ask_freely(self, message: str) -> None:
        """Let the model answer what cannot be checked."""
        dialogue = self._dialogue
        await self._take(
            message,
            lambda: self._queue.ask(self._actor, message, free=True, dialogue=dialogue),
        )

    async def teach(self, answer: AskResult) -> None:
        """Let the model learn what the graph holds on the way to an answer."""
        slots = answer.differing
        await self._take(Teach(slots).words, lambda: self._queue.teach(self._actor, slots))

    async def undo(self, version: int) -> None:
        """Take a version back, by its button."""
        button = self._undo_buttons[version]
        button.disable()
        choice = Choice.of(version)
        answer = await self._take(choice.words, lambda: self._queue.undo(self._actor, choice))
        if isinstance(answer, Ticket):
            self._undoing[answer.id] = button
            self._offer_undo_again(answer)
        elif not button.is_deleted:
            button.enable()

    def _answer(self, message: str, dialogue: Dialogue, *, direct: bool) -> Ticket | Result:
        if direct and isinstance(self._queue.service.read(message, dialogue), Ask):
            return self._queue.ask(self._actor, message, direct=True, dialogue=dialogue)
        return self._queue.submit(self._actor, message, dialogue=dialogue)

    async def _take(
        self, message: str, work: Callable[[], Ticket | Result]
    ) -> Ticket | Result | None:
        """Do what a message asks for in a thread, and show what came of it; None if it failed."""
        said = Message(conversation=self._queue.conversation, author="", text=message)
        place = self._turn(said)
        self._log.follow()
        self._pending.append(message)
        answer: Ticket | Result | None = None
        problem = UNEXPECTED
        with place:
            waiting = words("Reading and planning", "waiting").props("role=status")
        try:
            answer = await run.io_bound(work)
        except ExpectedError as error:
            problem = str(error)
        finally:  # an unexpected error goes on to the log, but the page must not wait for ever
            if answer is None and message in self._pending:
                self._pending.remove(message)
            if not place.is_deleted:
                waiting.delete()
                self._show(message, place, answer, problem)
        return answer

    def _show(
        self, message: str, place: ui.element, answer: Ticket | Result | None, problem: str
    ) -> None:
        with place:
            if answer is None:
                notices.failure(problem, lambda: self._composer.draft(message))
                self._composer.draft(message, keep=True)
            else:
                self._keep()
                self._show_answer(message, place, answer, mine=True)

    def _keep(self) -> None:
        """Give the page the address of its conversation, once something was said."""
        if not self._kept:
            self._kept = True
            name = self._queue.conversation
            self._composer.keep_for(name)
            ui.navigate.history.replace(self._visit.link(f"/c/{name}"))

    # ---------- what is on the page ----------

    def _turn(self, message: Message, *, mine: bool = True, first: bool = False) -> ui.element:
        """Add a message to the page, and return the place of what comes of it."""
        self._hint.remove()
        place = self._log.add(message, mine=mine, first=first)
        if not first:
            self._shorten()
        return place

    def _shorten(self) -> None:
        """Take the oldest messages off the page, up to one that waits; the ledger keeps them."""
        waiting = {view.place for view in self._views.values() if view.is_waiting}
        while len(self._log) > self._most and self._log.first not in waiting:
            self._log.remove_first()
            self._offer_earlier()
        for gone in [number for number, view in self._views.items() if view.is_deleted]:
            del self._views[gone]
        for gone in [number for number, each in self._undo_buttons.items() if each.is_deleted]:
            del self._undo_buttons[gone]

    def _offer_earlier(self) -> None:
        if self._earlier_button is None:
            with self._log.top:
                button = ui.button("Show earlier messages", color=None, on_click=self._earlier)
            button.props("flat no-caps").move(self._log.top, 0)
            self._earlier_button = button

    async def _earlier(self) -> None:
        """Show more of the conversation, above what is shown."""
        shown, self._most = len(self._log), self._most + MOST_TURNS
        turns = await run.io_bound(self._last_turns) or []
        if self._earlier_button is not None:
            self._earlier_button.delete()
            self._earlier_button = None
        for turn in reversed(turns[-self._most : len(turns) - shown]):
            self._show_turn(turn, first=True)
        if len(turns) > self._most:
            self._offer_earlier()
        await self._marks.look()

    async def _show_said(self) -> None:
        turns = await run.io_bound(self._last_turns) or []
        for turn in turns[-self._most :]:
            self._show_turn(turn)
        if len(turns) > self._most:
            self._offer_earlier()
        await self._marks.look()

    def _last_turns(self) -> list[Turn]:
        name = self._queue.conversation
        return Transcripts(self._queue).last_turns(self._actor, name, self._most + 1)

    def _show_turn(self, turn: Turn, *, first: bool = False) -> None:
        """Show a message that was said before, or by somebody else."""
        message, mine = turn.message, turn.message.author == self._actor.name
        self._last = max(self._last, message.id)
        place = self._turn(message, mine=mine, first=first)
        answer = turn.ticket or turn.result
        if answer is not None:
            with place:
                self._show_answer(message.text, place, answer, mine=mine)

    def _show_answer(
        self, message: str, place: ui.element, answer: Ticket | Result, *, mine: bool
    ) -> None:
        if isinstance(answer, Ticket):
            self._follow_ticket(message, place, answer, mine=mine)
        else:
            self._show_result(message, answer, mine=mine)

    def _follow_ticket(
        self, message: str, place: ui.element, ticket: Ticket, *, mine: bool
    ) -> None:
        """Show a ticket in its place from now on; one that is shown above moves here."""
        if mine and ticket.plan is not None and ticket.plan.facts:
            self._dialogue = self._dialogue.after_fact(ticket.plan.facts[0], ticket.plan.facts)
        if ticket.id in self._views:
            self._views[ticket.id].update(ticket)
        show = partial(self._show_result, message, mine=mine)
        view = TicketView(self._queue, self._visit.who, place, show, self._correct)
        self._views[ticket.id] = view
        # its events may have come before its view
        view.update(self._queue.get(self._actor, ticket.id))

    def _correct(self, message: str, part: str) -> None:
        self._composer.draft(message, select=part)

    def _show_result(
        self, message: str, result: Result, ticket: Ticket | None = None, *, mine: bool = True
    ) -> None:
        cards.show(result, self._actions(message, ticket))
        if mine:
            self._dialogue = dialogue_after(self._dialogue, result)
        undone = result.targets if isinstance(result, UndoResult) else ()
        for version in self._undo_buttons.keys() & set(undone):
            button = self._undo_buttons[version]
            button.text = "Undone"
            button.disable()

    def _actions(self, message: str, ticket: Ticket | None) -> Actions:
        view = None if ticket is None else self._views.get(ticket.id)

        async def agree() -> None:
            if view is not None:
                await view.agree()

        async def decline() -> None:
            if view is not None:
                await view.cancel()

        return Actions(
            message=message,
            say=self.say,
            draft=self._draft,
            agree=agree,
            decline=decline,
            ask_freely=partial(self.ask_freely, message),
            undo=self.undo,
            undoable=self._undo_buttons.__setitem__,
            may_edit=may(self._actor, Operation.EDIT),
            teach=self.teach,
            correction=self._correction,
            why=self._why,
            answered=self._marks.add,
        )

    def _correction(self, answer: AskResult) -> str:
        return correction(answer, self._queue.service.context.controller.book)

    def _why(self, answer: AskResult) -> list[str]:
        """Return where the facts on the graph's way to an answer come from."""
        lines: list[str] = []
        for hop in answer.hops:
            for subject in hop.subjects:
                found = self._queue.service.blame(self._actor, subject)
                if isinstance(found, BlameResult):
                    facts = [each for each in found.facts if each.fact.relation == hop.relation]
                    lines += details(replace(found, facts=tuple(facts)))
        return lines

    # ---------- what happens meanwhile ----------

    async def _look(self) -> None:
        """Show what has happened to the tickets of this page, and what others have said."""
        events = self._subscription.take_all()
        if events and self._is_signed_out():
            return
        said = applied = False
        for event in events:
            if isinstance(event, ConversationChange):
                self._list.mark_changed()
                said = said or event.conversation == self._queue.conversation
                continue
            if isinstance(event, TicketChange) and event.ticket.outcome:
                applied = applied or event.ticket.state is TicketState.APPLIED
            self._update(event)
        if said:
            await self._read_new()
        if applied:
            await self._marks.look()
        await self._look_for_decisions()

    async def _look_for_decisions(self) -> None:
        """Let tickets that wait for a reviewer follow what was decided, wherever that was done."""
        steps = await self._visit.site.review_news.steps()
        if steps == self._reviewed:
            return
        self._reviewed = steps
        for number, view in list(self._views.items()):
            if view.needs_review and not view.is_deleted:
                with suppress(ExpectedError):
                    ticket = await run.io_bound(self._queue.get, self._actor, number)
                    if ticket is not None:  # None if the server is shutting down
                        view.update(ticket)

    def _update(self, event: TicketChange | TicketProgress) -> None:
        view = self._views.get(number_of(event) or 0)
        if view is None or view.is_deleted:
            return
        if isinstance(event, TicketProgress):
            view.progress(event.stage, event.share)
        else:
            view.update(event.ticket)
            self._offer_undo_again(event.ticket)

    async def _read_new(self) -> None:
        """Show what others have said since, and the conversation as it is now."""
        try:
            found = await run.io_bound(self._new)
        except UnknownConversation:
            if self._kept:
                self._log.top.clear()
                with self._log.top:
                    words(GONE, "quiet", tag="p").props("role=status")
            return
        if found is None or self._log.top.is_deleted:
            return
        conversation, turns = found
        self._menu.show(conversation)
        for turn in turns:
            if turn.message.id <= self._last:
                continue
            mine = turn.message.author == self._actor.name
            if mine and turn.message.text in self._pending:
                self._pending.remove(turn.message.text)
                self._last = turn.message.id
            else:
                self._show_turn(turn)

    def _new(self) -> tuple[Conversation, list[Turn]]:
        actor, name = self._actor, self._queue.conversation
        conversation = self._queue.conversations.get(actor, name)
        return conversation, Transcripts(self._queue).turns(actor, name, after=self._last)

    def _is_signed_out(self) -> bool:
        """Tell whether nobody may look any more; the page then asks to sign in."""
        try:
            self._visit.who()
        except NotSignedIn:
            ui.navigate.reload()
            return True
        return False

    def _offer_undo_again(self, ticket: Ticket) -> None:
        """Enable the button of an undo that came to nothing."""
        button = self._undoing.get(ticket.id)
        ended = ticket.state not in WAITING and ticket.state is not TicketState.APPLIED
        if button is not None and ended and not button.is_deleted:
            button.enable()
