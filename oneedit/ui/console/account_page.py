"""One's own account: access tokens of one's programs, where one is signed in, the password."""

from functools import partial

from nicegui import ui

from controller.actor import Actor
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
    """Build the page of one's own account."""
    page = AccountPage(visit)
    await page.load()


class AccountPage:
    """The visitor's own account.

    Args:
        visit: who looks.
    """

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        actor = visit.actor
        words(f"{actor.name}, {actor.role}", tag="p")
        with section("Access tokens of your programs"):
            button("Make a token", self._make)
            self._tokens = ui.element("div")
        with section("Where you are signed in"):
            self._sign_ins = ui.element("div")

    async def load(self) -> None:
        """Show tokens and sign-ins as they are now."""
        found = await attempt(self._visit, self._read)
        if found is None or self._tokens.is_deleted:
            return
        tokens, sign_ins = found
        self._tokens.clear()
        self._sign_ins.clear()
        with self._tokens:
            self._show_tokens([each for each in tokens if not each.revoked_at])
        with self._sign_ins:
            self._show_sign_ins(sign_ins)

    def _read(self, actor: Actor) -> tuple[list[AccessToken], list[SignIn]]:
        site = self._visit.site
        return site.tokens.list(actor), site.doorkeeper.sign_ins(actor)

    def _show_tokens(self, tokens: list[AccessToken]) -> None:
        if not tokens:
            words("You have none.", "quiet", tag="p")
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
            words("Nobody has to sign in on this machine.", "quiet", tag="p")
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
                    actor, name.value.strip(), Scope(scope.value), days=int(days.value or 0)
                ),
            )
            with ui.element("div").classes("choices"):
                button("Make it", form.send, main=True)
                button("Cancel", dialog.close)
        made = await answered(dialog)
        await self.load()
        if isinstance(made, tuple):
            with sheet("Your token") as shown:
                words("It is not shown again.", tag="p")
                ui.input("Token", value=made[1]).props("outlined dense readonly autofocus")
                button("Close", shown.close)
            await answered(shown)

    async def _revoke(self, token: AccessToken) -> None:
        if await confirmed(f"Revoke {token.name}?", "Programs cannot use it any more.", "Revoke"):
            tokens = self._visit.site.tokens
            await attempt(self._visit, lambda actor: tokens.revoke(actor, token.id))
            await self.load()

    async def _end(self, name: str) -> None:
        doorkeeper = self._visit.site.doorkeeper
        ended = await attempt(
            self._visit, lambda actor: doorkeeper.end_sign_ins(actor, sign_in=name)
        )
        if ended is not None:
            tell("That browser has to sign in again", "positive")
        await self.load()
