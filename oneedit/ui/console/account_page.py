"""An account: access tokens of its programs, where its owner is signed in, their password.

Everybody has a page for their own; administrators have one for each account, by ``?of=NAME``.
"""

from functools import partial

from nicegui import ui

from controller.actor import Actor, Role
from oneedit.errors import BadPassword
from oneedit.ledger.credential import AccessToken, Scope, SignIn
from oneedit.ui.console.widgets import (
    SheetForm,
    answered,
    attempt,
    button,
    cell,
    cells,
    confirmed,
    moment,
    read,
    row,
    sheet,
    table,
    tell,
)
from oneedit.ui.parts import section, words
from oneedit.ui.site import Visit

TOKENS = ("For", "Scope", "Made", "Expires", "Last used", "Actions")
SIGN_INS = ("Since", "Last seen", "Address", "Browser", "Actions")


async def build(visit: Visit) -> None:
    """Build the page of one's own account, or of the one that the address names."""
    page = AccountPage(visit)
    page.show(*await read(visit, page.read))


class AccountPage:
    """The visitor's own account, or another one.

    Args:
        visit: who looks.
    """

    def __init__(self, visit: Visit) -> None:
        self._visit, self._of = visit, visit.query("of")
        actor = visit.actor
        words(self._of or f"{actor.name}, {actor.role}", tag="p")
        if not self._of and actor.role is not Role.LOCAL:
            with ui.element("div").classes("choices"):
                button("Change the password", self._change_password)
        with section("Access tokens of programs"):
            button("Make a token", self._make)
            self._tokens = ui.element("div")
        with section("Signed in"):
            self._sign_ins = ui.element("div")

    async def load(self) -> None:
        """Show tokens and sign-ins as they are now."""
        found = await attempt(self._visit, self.read)
        if found is not None and not self._tokens.is_deleted:
            self.show(*found)

    def show(self, tokens: list[AccessToken], sign_ins: list[SignIn]) -> None:
        """Show tokens and sign-ins."""
        self._tokens.clear()
        self._sign_ins.clear()
        with self._tokens:
            self._show_tokens([each for each in tokens if not each.revoked_at])
        with self._sign_ins:
            self._show_sign_ins(sign_ins)

    def read(self, actor: Actor) -> tuple[list[AccessToken], list[SignIn]]:
        """Return tokens and sign-ins of the account that is shown.

        Raises:
            NotPermitted, UnknownAccount: it is not the visitor's to see, or there is none.
        """
        site = self._visit.site
        return site.tokens.list(actor, self._of), site.doorkeeper.sign_ins(actor, self._of)

    def _show_tokens(self, tokens: list[AccessToken]) -> None:
        if not tokens:
            words("There are none.", "quiet", tag="p")
            return
        with table("Access tokens", TOKENS):
            for each in tokens:
                with row():
                    cells(each.name, each.scope, moment(each.created_at))
                    cells(moment(each.expires_at) or "never", moment(each.used_at) or "never")
                    with cell():
                        revoke = button("Revoke", partial(self._revoke, each))
                        revoke.props["aria-label"] = f"Revoke {each.name}"

    def _show_sign_ins(self, sign_ins: list[SignIn]) -> None:
        if not sign_ins:
            words("Nowhere.", "quiet", tag="p")
            return
        with table("Sign-ins", SIGN_INS):
            for each in sign_ins:
                with row():
                    cells(moment(each.created_at), moment(each.seen_at), each.address, each.agent)
                    with cell():
                        end = button("End", partial(self._end, each.id))
                        end.props["aria-label"] = f"End the sign-in of {moment(each.created_at)}"

    async def _make(self) -> None:
        with sheet("Make a token") as dialog:
            name = ui.input("What it is for").props("outlined dense autofocus maxlength=64")
            scope = ui.select([each.value for each in Scope], label="Scope", value="read")
            days = ui.number("Days that it can be used; 0 for ever", value=90, min=0, precision=0)
            for field in (scope, days):
                field.props("outlined dense")
            tokens = self._visit.site.tokens
            form = SheetForm(
                self._visit,
                dialog,
                lambda actor: tokens.make(
                    actor,
                    name.value.strip(),
                    Scope(scope.value),
                    days=int(days.value or 0),
                    of=self._of,
                ),
            )
            with ui.element("div").classes("choices"):
                button("Make it", form.send, main=True)
                button("Cancel", dialog.close)
        made = await answered(dialog)
        await self.load()
        if isinstance(made, tuple):
            with sheet("The token") as shown:
                words("It is not shown again.", tag="p")
                ui.input("Token", value=made[1]).props("outlined dense readonly autofocus")
                button("Close", shown.close)
            await answered(shown)

    async def _change_password(self) -> None:
        with sheet("Change the password") as dialog:
            old, new, again = (
                ui.input(label, password=True).props("outlined dense")
                for label in ("Password until now", "New password", "New password once more")
            )
            words("You are signed out everywhere else.", "quiet", tag="p")
            form = SheetForm(
                self._visit,
                dialog,
                lambda actor: self._changed(actor, old.value, new.value, again.value),
            )
            with ui.element("div").classes("choices"):
                button("Change it", form.send, main=True)
                button("Cancel", dialog.close)
        if await answered(dialog):
            tell("The password is changed", "positive")
            await self.load()

    def _changed(self, actor: Actor, old: str, new: str, again: str) -> bool:
        """Set a new password that was typed twice.

        Raises:
            BadPassword: the two differ, or it cannot be used.
        """
        if new != again:
            raise BadPassword("the two new ones differ")
        self._visit.site.doorkeeper.change_password(actor, old, new, secret=self._visit.secret)
        return True

    async def _revoke(self, token: AccessToken) -> None:
        if await confirmed(f"Revoke {token.name}?", "Programs cannot use it any more.", "Revoke"):
            tokens = self._visit.site.tokens
            await attempt(self._visit, lambda actor: tokens.revoke(actor, token.id, of=self._of))
            await self.load()

    async def _end(self, name: str) -> None:
        doorkeeper = self._visit.site.doorkeeper
        ended = await attempt(
            self._visit, lambda actor: doorkeeper.end_sign_ins(actor, self._of, sign_in=name)
        )
        if ended is not None:
            tell("That browser has to sign in again", "positive")
        await self.load()
