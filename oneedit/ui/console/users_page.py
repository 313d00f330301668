"""Users: accounts with their roles, links to set a password, and what was changed of whom."""

from collections.abc import Callable
from functools import partial

from nicegui import ui

from controller.actor import Role, Tier
from oneedit.ledger.account import Account, AccountKind
from oneedit.people.permissions import Operation
from oneedit.ui.console.widgets import (
    SheetForm,
    answered,
    attempt,
    button,
    cell,
    cells,
    confirmed,
    moment,
    row,
    sheet,
    table,
)
from oneedit.ui.frame import ACCOUNT, link
from oneedit.ui.parts import words
from oneedit.ui.site import CONSOLE, Visit

PATH = f"{CONSOLE}/users"
OPERATION = Operation.MANAGE_PEOPLE
ROLES = [each.value for each in Role if each is not Role.LOCAL]
BY_ROLE = "as the role"
COLUMNS = ("Name", "Role", "Trust", "Kind", "State", "Since", "Actions")


async def build(visit: Visit) -> None:
    """Build the list of accounts."""
    page = UsersPage(visit)
    await page.load()


class UsersPage:
    """The accounts.

    Args:
        visit: who looks.
    """

    def __init__(self, visit: Visit) -> None:
        self._visit, self._people = visit, visit.site.queue.people
        with ui.element("div").classes("choices"):
            button("Add an account", self._add)
        self._list = ui.element("div")

    async def load(self) -> None:
        """Show the accounts as they are now."""
        found = await attempt(self._visit, self._people.list)
        if found is None or self._list.is_deleted:
            return
        self._list.clear()
        with self._list:
            if not found:
                text = "There are no accounts yet: whoever uses this machine may do everything."
                words(text, "quiet", tag="p")
                return
            with table("Accounts", COLUMNS):
                for account in found:
                    self._row(account)

    def _row(self, account: Account) -> None:
        trust = BY_ROLE if account.trust is None else account.trust.name.lower()
        state = "disabled" if account.disabled else "active"
        with row():
            cells(account.name, account.role, trust, account.kind, state, moment(account.made_at))
            with cell(), ui.element("div").classes("choices"):
                self._named("Change", account, partial(self._change, account))
                if account.kind is AccountKind.PERSON and not account.disabled:
                    self._named("Invite", account, partial(self._invite, account.name))
                turn = "Enable" if account.disabled else "Disable"
                self._named(turn, account, partial(self._turn, account))
                link("Tokens and sign-ins", self._visit.link(ACCOUNT, of=account.name))
                self._named("Log", account, partial(self._log, account.name))

    def _named(self, text: str, account: Account, do: Callable[[], object]) -> None:
        button(text, do).props["aria-label"] = f"{text}: {account.name}"

    async def _add(self) -> None:
        with sheet("Add an account") as dialog:
            name = ui.input("Name").props("outlined dense autofocus maxlength=64")
            role = ui.select(ROLES, label="Role", value=Role.EDITOR.value)
            role.props("outlined dense")
            service = ui.checkbox("For a program (service account)")
            form = SheetForm(
                self._visit,
                dialog,
                lambda actor: self._people.add(
                    actor, name.value.strip(), Role(role.value), service=bool(service.value)
                ),
            )
            with ui.element("div").classes("choices"):
                button("Add", form.send, main=True)
                button("Cancel", dialog.close)
        added = await answered(dialog)
        await self.load()
        if isinstance(added, Account) and added.kind is AccountKind.PERSON:
            await self._invite(added.name)

    async def _change(self, account: Account) -> None:
        tiers = [BY_ROLE, *(each.name.lower() for each in Tier)]
        known = BY_ROLE if account.trust is None else account.trust.name.lower()
        with sheet(f"Change {account.name}") as dialog:
            role = ui.select(ROLES, label="Role", value=account.role.value)
            trust = ui.select(tiers, label="Trust", value=known)
            for field in (role, trust):
                field.props("outlined dense")
            with ui.element("div").classes("choices"):
                button("Change", partial(dialog.submit, "change"), main=True)
                button("Cancel", dialog.close)
        if await answered(dialog) != "change":
            return
        tier = None if trust.value == BY_ROLE else Tier[trust.value.upper()]
        if role.value != account.role:
            chosen = Role(role.value)
            await attempt(
                self._visit, lambda actor: self._people.set_role(actor, account.name, chosen)
            )
        if tier != account.trust:
            await attempt(
                self._visit, lambda actor: self._people.set_trust(actor, account.name, tier)
            )
        await self.load()

    async def _invite(self, name: str) -> None:
        doorkeeper = self._visit.site.doorkeeper
        secret = await attempt(self._visit, lambda actor: doorkeeper.invite(actor, name))
        if secret is None:
            return
        root = str(self._visit.request.base_url).rstrip("/").removesuffix("/ui")
        with sheet(f"A link for {name}") as dialog:
            text = "It sets a password, once, within seven days. It is not shown again."
            words(text, tag="p")
            field = ui.input("Link", value=f"{root}/join/{secret}")
            field.props("outlined dense readonly autofocus")
            button("Close", dialog.close)
        await answered(dialog)

    async def _turn(self, account: Account) -> None:
        name = account.name
        if account.disabled:
            await attempt(self._visit, lambda actor: self._people.enable(actor, name))
        elif await confirmed(
            f"Disable {name}?", "Nothing is done in this name any more.", "Disable"
        ):
            await attempt(self._visit, lambda actor: self._people.disable(actor, name))
        await self.load()

    async def _log(self, name: str) -> None:
        steps = await attempt(self._visit, lambda actor: self._people.steps(actor, name))
        if steps is None:
            return
        with sheet(f"Changes of {name}") as dialog:
            with ui.element("div").classes("sheet-body"), table("Changes", ("When", "By", "What")):
                for each in steps:
                    with row():
                        values = " → ".join(filter(None, (each.before, each.after)))
                        cells(moment(each.created_at), each.actor, f"{each.action} {values}")
            button("Close", dialog.close)
        await answered(dialog)
