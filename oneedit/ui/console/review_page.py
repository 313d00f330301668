"""Reviews: the queue of proposals with one of them open beside it, by mouse or by keys."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from nicegui import ui
from nicegui.events import KeyEventArguments

from controller.actor import Actor
from kg_data.errors import ExpectedError
from oneedit.errors import NotSignedIn
from oneedit.ledger.proposal import UNDECIDED, ProposalFilter, ProposalOrder, ProposalState
from oneedit.people.permissions import Operation, may
from oneedit.queue.bulk_review import BulkReview
from oneedit.results import ListedProposal, ReviewPageResult
from oneedit.reviews.risk import Risk
from oneedit.ui.console.proposal_actions import ProposalActions
from oneedit.ui.console.proposal_view import RISKS, TONES
from oneedit.ui.console.widgets import (
    PAGE,
    Choice,
    answered,
    asked_words,
    attempt,
    button,
    confirmed,
    filters,
    moment,
    offset_of,
    pager,
    sheet,
    sheet_is_open,
    tell,
)
from oneedit.ui.parts import words
from oneedit.ui.site import CONSOLE, Visit
from oneedit.wording import counted

PATH = f"{CONSOLE}/reviews"
LIVE = 1.0
"""Seconds between two looks for what others have done."""

MOST_AT_ONCE = 200
"""Proposals that are decided in one go."""

KEYS = {
    "j": "the next proposal",
    "k": "the one before",
    "a": "approve",
    "r": "reject",
    "?": "this help",
}
STATES = {"": "waiting", "all": "all"} | {
    each.value: each.value.replace("_", " ") for each in ProposalState
}
ORDERS = {"": "oldest first", "newest": "newest first", "risk": "highest risk first"}
_MARK = """
for (const entry of document.querySelectorAll('.entry'))
    entry.setAttribute('aria-current', entry.dataset.number === 'OPEN');
"""
CHOICES = (
    Choice("state", "State", STATES),
    Choice("risk", "Risk", {"": "any"} | {each.value: each.value for each in Risk}),
    Choice("relation", "Relation", kind="text"),
    Choice("author", "Author", kind="text"),
    Choice("reason", "Reason", kind="text"),
    Choice("assignee", "Assigned to", kind="text"),
    Choice("text", "Words"),
    Choice("order", "Order", ORDERS),
)
OPERATION = Operation.PROPOSE


async def build(visit: Visit) -> None:
    """Build the queue, and open the proposal of the address or the first one."""
    filters(visit, CHOICES)
    page = ReviewPage(visit)
    await page.load()
    await page.open_first()


class ReviewPage:
    """The queue of one visitor.

    Args:
        visit: who looks, and by which filters.
    """

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._shown = ReviewPageResult(total=0)
        self._open: int | None = None
        self._steps = -1
        self._at_work = False
        self._tools = ui.element("div").classes("tools")
        with ui.element("div").classes("split"):
            with ui.element("section").props('aria-label="Proposals"').classes("queue"):
                self._list = ui.element("div")
            self._detail = ui.element("article").classes("card tone-plain detail")
            self._detail.props["aria-live"] = "off"
        self._actions = ProposalActions(visit, self._detail, self._after)
        ui.keyboard(on_key=self._key, ignore=["input", "select", "textarea"])
        ui.timer(LIVE, self._look)

    # ---------- the list ----------

    async def load(self) -> None:
        """Read the queue, and show it."""
        self._steps = await self._visit.site.review_news.steps()
        found = await attempt(self._visit, self._page)
        if found is None or self._list.is_deleted:
            return
        self._shown = found
        self._list.clear()
        self._tools.clear()
        with self._tools:
            self._bulk(found.total)
        with self._list:
            for each in found.listed:
                self._entry(each)
            if not found.listed:
                words("Nothing waits here.", "quiet", tag="p")
            pager(self._visit, shown=len(found.listed), total=found.total, what="proposal")

    def _page(self, actor: Actor) -> ReviewPageResult:
        return self._visit.service.review_queue.page(
            actor,
            self._wanted,
            risk=self._risk,
            order=self._order,
            offset=offset_of(self._visit),
            limit=PAGE,
        )

    def _entry(self, listed: ListedProposal) -> None:
        proposal = listed.proposal
        entry = ui.element("button").classes("entry").props("type=button")
        entry.on("click", partial(self.open, proposal.id))
        entry.props["data-number"] = proposal.id
        if proposal.id == self._open:
            entry.props("aria-current=true")
        with entry:
            words(proposal.text, "entry-words")
            with ui.element("span").classes("entry-foot"):
                words(RISKS[listed.risk], f"tag tone-{TONES[listed.risk]}")
                if proposal.state is not ProposalState.OPEN:
                    words(proposal.state.replace("_", " "), "tag")
                whose = f", for {proposal.assignee}" if proposal.assignee else ""
                about = f"{proposal.id} by {proposal.author.name}{whose}, "
                words(about + moment(proposal.created_at), "quiet")

    def _bulk(self, total: int) -> None:
        reviews = may(self._visit.actor, Operation.REVIEW)
        if not (reviews and total and self._visit.query("state") in {"", "open"}):
            return
        button(f"Approve all {total:,}", partial(self._decide_all, approve=True))
        button(f"Reject all {total:,}", partial(self._decide_all, approve=False))
        button("Keys", self._help, key="?")

    # ---------- opening ----------

    async def open_first(self) -> None:
        """Open the proposal of the address, or else the first of the list."""
        asked = self._visit.query("number")
        number = int(asked) if asked.isascii() and asked.isdecimal() else None
        numbers = [each.proposal.id for each in self._shown.listed]
        if number is None:
            number = next(iter(numbers), None)
        if number is not None:
            await self.open(number, focus=False)
        else:
            await self._close()

    async def open(self, number: int, *, focus: bool = True) -> None:
        """Show a proposal beside the list."""
        self._open = number
        self._mark()
        risk = next((each.risk for each in self._shown.listed if each.proposal.id == number), None)
        await self._actions.show(number, risk)
        if focus and not self._detail.is_deleted:
            with self._detail:
                ui.run_javascript(
                    f"getHtmlElement({self._detail.id})?.querySelector('h2')?.focus()"
                )

    def _mark(self) -> None:
        with self._list:
            ui.run_javascript(_MARK.replace("OPEN", str(self._open)))

    async def _close(self) -> None:
        self._open = None
        self._detail.clear()
        with self._detail:
            words("Nothing is open", tag="h2").props("tabindex=-1")
            words("Choose a proposal, or other filters.", "quiet", tag="p")

    async def _after(self, number: int, *, onward: bool) -> None:
        """Show what came of a step; after a decision, the next proposal."""
        numbers = [each.proposal.id for each in self._shown.listed]
        place = numbers.index(number) if number in numbers else -1
        following = numbers[place + 1 :] + numbers[: max(place, 0)]
        await self.load()
        waiting = {
            each.proposal.id for each in self._shown.listed if each.proposal.state in UNDECIDED
        }
        target = next((each for each in following if each in waiting), None) if onward else number
        if target is None:
            await self._close()
        else:
            await self.open(target)

    # ---------- keys ----------

    async def _key(self, event: KeyEventArguments) -> None:
        held = event.modifiers
        if not event.action.keydown or event.action.repeat or held.ctrl or held.alt or held.meta:
            return
        pressed: dict[str, Callable[[], Awaitable[object]]] = {
            "j": partial(self._move, 1),
            "k": partial(self._move, -1),
            "a": self._actions.approve,
            "r": self._actions.reject,
            "?": self._help,
        }
        name = event.key.name
        if name not in pressed or self._at_work or sheet_is_open():
            return
        self._at_work = True  # a key that is pressed twice must not decide on what comes next
        try:
            await pressed[name]()
        finally:
            self._at_work = False

    async def _move(self, steps: int) -> None:
        numbers = [each.proposal.id for each in self._shown.listed]
        if not numbers:
            return
        place = numbers.index(self._open) + steps if self._open in numbers else 0
        if 0 <= place < len(numbers):
            await self.open(numbers[place])

    async def _help(self) -> None:
        with sheet("Keys") as dialog:
            with ui.element("dl").classes("keys"):
                for key, meaning in KEYS.items():
                    words(key, "key", tag="dt")
                    words(meaning, tag="dd")
            button("Close", dialog.close)
        await answered(dialog)

    # ---------- many at once ----------

    async def _decide_all(self, *, approve: bool) -> None:
        found = await attempt(
            self._visit,
            lambda actor: self._visit.service.review_queue.page(
                actor, self._wanted, risk=self._risk, order=self._order, limit=MOST_AT_ONCE
            ),
        )
        if not found:
            return
        seen = {each.proposal.id: each.proposal.revision for each in found.listed}
        what = counted(len(seen), "proposal")
        rest = f" Of {found.total:,} these are the first." if found.total > len(seen) else ""
        title = f"{'Approve' if approve else 'Reject'} {what}?"
        bulk = BulkReview(self._visit.site.queue)
        if approve:
            text = f"Each becomes an edit of its own, as it was shown to you.{rest}"
            if not await confirmed(title, text, f"Approve {what}"):
                return
            done = await attempt(self._visit, lambda actor: bulk.approve(actor, seen))
        else:
            reason = await asked_words(title + rest, "Reason", f"Reject {what}")
            if reason is None:
                return
            done = await attempt(self._visit, lambda actor: bulk.reject(actor, seen, reason=reason))
        if done is not None:
            left = [each for each in done.decided if not each.done or each.note]
            tell(f"{counted(len(done.decided) - len(left), 'proposal')} decided", "positive")
            for each in left[:3]:
                tell(f"Proposal {each.proposal.id}: {each.note}", "warning")
        await self.load()
        await self.open_first()

    # ---------- what others do ----------

    async def _look(self) -> None:
        with suppress(NotSignedIn, ExpectedError):
            steps = await self._visit.site.review_news.steps()
            if steps == self._steps:
                return
            await self.load()
            self._mark()
            await self._actions.refresh()

    @property
    def _order(self) -> ProposalOrder:
        asked = self._visit.query("order")
        return ProposalOrder(asked) if asked in set(ProposalOrder) else ProposalOrder.OLDEST

    @property
    def _risk(self) -> Risk | None:
        asked = self._visit.query("risk")
        return Risk(asked) if asked in set(Risk) else None

    @property
    def _wanted(self) -> ProposalFilter:
        query, state = self._visit.query, self._visit.query("state")
        states = tuple(ProposalState) if state == "all" else UNDECIDED
        return ProposalFilter(
            states=(ProposalState(state),) if state in set(ProposalState) else states,
            author=query("author"),
            assignee=query("assignee"),
            relation=query("relation").replace(" ", "_"),
            code=query("reason"),
            text=query("text"),
        )
