"""The conversation: a message becomes an answer or a ticket, and either becomes a card.

Nothing waits in a thread: the page follows its tickets by their events. What was said is in the
ledger's database, so that a page that is loaded again shows the same conversation.
"""

import re
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from nicegui import run, ui
from nicegui.events import GenericEventArguments

from controller.actor import Actor
from interpreter.dialogue import EMPTY_DIALOGUE, Dialogue
from interpreter.intents import Ask
from kg_data.errors import ExpectedError
from oneedit.edits.choice import Choice
from oneedit.errors import NotSignedIn, UnknownConversation
from oneedit.ledger.ticket import WAITING, Ticket, TicketState
from oneedit.queue.events import Subscription, TicketChange, TicketProgress, number_of
from oneedit.queue.queue import EditQueue
from oneedit.queue.transcripts import Transcripts
from oneedit.results import Result, UndoResult, dialogue_after
from oneedit.ui import cards, notices
from oneedit.ui.actions import Actions
from oneedit.ui.composer import Composer
from oneedit.ui.parts import words
from oneedit.ui.tickets import TicketView

EXAMPLES = (
    "Joe Biden's vice president is Mike Pence.",
    "Who is the spouse of Joe Biden's vice president?",
    "Undo that.",
)

PERIOD = 0.1
"""Seconds between two looks at the events of the page's tickets."""

MOST_TURNS = 50
"""Messages that a page shows at first; the server keeps each card while the page is open."""

UNEXPECTED = "Something went wrong on the server, and its log says what. Nothing was lost."

# The browser remembers which conversation it shows, so that a reload does.
_RESTORE = "emitEvent('oneedit-conversation', localStorage.getItem('oneedit.conversation') ?? '')"
_CONVERSATION = re.compile(r"[\w-]{16,64}")


class Chat:
    """One person's conversation on one page.

    Args:
        queue: takes the messages.
        who: returns who writes them, as they are at that moment.
        subscription: the events of all tickets.
    """

    def __init__(
        self, queue: EditQueue, who: Callable[[], Actor], subscription: Subscription
    ) -> None:
        conversation = secrets.token_urlsafe(18)
        self._queue = replace(queue, source="chat", conversation=conversation)
        self._who, self._subscription = who, subscription
        self._dialogue = EMPTY_DIALOGUE
        self._turns = deque[ui.element]()
        self._most = MOST_TURNS
        self._earlier_button: ui.button | None = None
        self._views: dict[int, TicketView] = {}
        self._undo_buttons: dict[int, ui.button] = {}
        self._undoing: dict[int, ui.button] = {}  # by ticket
        with ui.element("div").classes("chat"):
            self._log = ui.element("div").classes("log").props("role=log aria-label=Conversation")
            with self._log:
                self._hint = Hint(self.say)
        self._composer = Composer(self.say)
        ui.timer(PERIOD, self._look)
        ui.on("oneedit-conversation", self._restore)
        ui.run_javascript(_RESTORE)

    @property
    def _actor(self) -> Actor:
        """Return who writes, or raise ``NotSignedIn`` if they have been signed out meanwhile."""
        return self._who()

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

    async def undo(self, version: int) -> None:
        """Take a version back, by its button."""
        button = self._undo_buttons[version]
        button.disable()
        answer = await self._take(
            f"Undo version {version}",
            lambda: self._queue.undo(self._actor, Choice.of(version)),
        )
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
        place = self._turn(message)
        answer: Ticket | Result | None = None
        problem = UNEXPECTED
        with place:
            waiting = words("Reading and planning", "waiting").props("role=status")
        try:
            answer = await run.io_bound(work)
        except ExpectedError as error:
            problem = str(error)
        finally:  # an unexpected error goes on to the log, but the page must not wait for ever
            if not place.is_deleted:
                waiting.delete()
                self._show(message, place, answer, problem)
        return answer

    def _turn(self, message: str) -> ui.element:
        """Add a message to the page, and return the place of what comes of it."""
        self._hint.remove()
        with self._log, ui.element("div").classes("turn") as place:
            words(message, "message", tag="p")
        self._turns.append(place)
        self._shorten()
        _bring_into_view(place)
        return place

    def _shorten(self) -> None:
        """Take the oldest messages off the page, up to one that waits; the ledger keeps them."""
        waiting = {view.place for view in self._views.values() if view.is_waiting}
        while len(self._turns) > self._most and self._turns[0] not in waiting:
            self._turns.popleft().delete()
            self._offer_earlier()
        for gone in [number for number, view in self._views.items() if view.is_deleted]:
            del self._views[gone]
        for gone in [number for number, each in self._undo_buttons.items() if each.is_deleted]:
            del self._undo_buttons[gone]

    def _offer_earlier(self) -> None:
        if self._earlier_button is None:
            with self._log:
                button = ui.button("Show earlier messages", color=None, on_click=self._earlier)
            button.props("flat no-caps").move(self._log, 0)
            self._earlier_button = button

    async def _earlier(self) -> None:
        """Show the conversation again, with more messages of it."""
        self._most += MOST_TURNS
        self._log.clear()
        self._turns.clear()
        self._views.clear()
        self._undo_buttons.clear()
        self._earlier_button = None
        await self._show_said()

    def _show(
        self, message: str, place: ui.element, answer: Ticket | Result | None, problem: str
    ) -> None:
        with place:
            if answer is None:
                notices.failure(problem, lambda: self._composer.draft(message))
                self._composer.draft(message, keep=True)
            elif isinstance(answer, Ticket):
                self._follow_ticket(message, place, answer)
            else:
                self._show_result(message, answer)
        _bring_into_view(place)

    def _settled(self, place: ui.element) -> None:
        """Bring what came of the newest message into view; others stay where they are."""
        if self._turns and place is self._turns[-1]:
            _bring_into_view(place)

    def _follow_ticket(self, message: str, place: ui.element, ticket: Ticket) -> None:
        """Show a ticket in its place from now on; one that is shown above moves here."""
        if ticket.plan is not None and ticket.plan.facts:
            self._dialogue = self._dialogue.after_fact(ticket.plan.facts[0], ticket.plan.facts)
        if ticket.id in self._views:
            self._views[ticket.id].update(ticket)
        view = TicketView(
            self._queue, self._who, place, partial(self._show_result, message), self._settled
        )
        self._views[ticket.id] = view
        # its events may have come before its view
        view.update(self._queue.get(self._actor, ticket.id))

    def _show_result(self, message: str, result: Result, ticket: Ticket | None = None) -> None:
        cards.show(result, self._actions(message, ticket))
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
            draft=self._composer.draft,
            agree=agree,
            decline=decline,
            ask_freely=partial(self.ask_freely, message),
            undo=self.undo,
            undoable=self._undo_buttons.__setitem__,
        )

    def _look(self) -> None:
        """Show what has happened to the tickets of this page."""
        events = self._subscription.take_all()
        if events and self._is_signed_out():
            return
        for event in events:
            view = self._views.get(number_of(event) or 0)
            if view is None or view.is_deleted:
                continue
            if isinstance(event, TicketProgress):
                view.progress(event.stage, event.share)
            elif isinstance(event, TicketChange):
                view.update(event.ticket)
                self._offer_undo_again(event.ticket)

    def _is_signed_out(self) -> bool:
        """Tell whether nobody may look any more; the page then asks to sign in."""
        try:
            self._who()
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

    async def _restore(self, event: GenericEventArguments) -> None:
        """Show the conversation that the browser remembers, or let it remember this one."""
        known = event.args if isinstance(event.args, str) else ""
        if self._views or not _CONVERSATION.fullmatch(known):
            name = self._queue.conversation
            ui.run_javascript(f"localStorage.setItem('oneedit.conversation', '{name}')")
            return
        self._queue = replace(self._queue, conversation=known)
        await self._show_said()

    async def _show_said(self) -> None:
        said, more = await run.io_bound(self._said) or ([], False)
        if more:
            self._offer_earlier()
        for message, answer in said:
            place = self._turn(message)
            with place:
                if isinstance(answer, Ticket):
                    self._follow_ticket(message, place, answer)
                elif answer is not None:
                    self._show_result(message, answer)

    def _said(self) -> tuple[list[tuple[str, Ticket | Result | None]], bool]:
        """Return the last messages with what came of them, and whether there are earlier ones."""
        name, actor = self._queue.conversation, self._actor
        try:
            turns = Transcripts(self._queue).last_turns(actor, name, self._most + 1)
        except UnknownConversation:  # of somebody else who used this browser, or deleted
            return [], False
        return [
            (each.message.text, each.ticket or each.result) for each in turns[-self._most :]
        ], len(turns) > self._most


def _bring_into_view(place: ui.element) -> None:
    with place:  # the button that was clicked may be gone with its hint
        ui.run_javascript(f"getHtmlElement({place.id})?.scrollIntoView({{block: 'start'}})")


class Hint:
    """Says what can be done here, with examples to click.

    Args:
        say: takes an example that was clicked.
    """

    def __init__(self, say: Callable[[str], Awaitable[None]]) -> None:
        with ui.element("div").classes("hint") as self._place:
            words("Correct what the model knows, in plain language.", tag="h2")
            words(
                "Tell a fact and the model learns it, with all that follows. Ask a question and "
                "see the model's answer beside the graph's. Anything can be undone.",
                tag="p",
            )
            with ui.element("div").classes("choices"):
                for example in EXAMPLES:
                    self._example(example, say)

    def remove(self) -> None:
        """Take the hint off the page."""
        if not self._place.is_deleted:
            self._place.delete()

    def _example(self, example: str, say: Callable[[str], Awaitable[None]]) -> None:
        chip = ui.button(example, color=None, on_click=lambda: say(example))
        chip.props("outline rounded no-caps").classes("chip")
