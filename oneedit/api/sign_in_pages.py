"""The pages on which people sign in and set a password: plain HTML, without a script.

They are no NiceGUI pages: a sign-in gets a secret of its own, in an answer that sets the cookie.
"""

from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from importlib.resources import files
from string import Template
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from kg_data.errors import ExpectedError
from oneedit.api.identity import COOKIE, let_in
from oneedit.errors import BadInvitation
from oneedit.people.sign_in import FEWEST, Doorkeeper
from oneedit.ui.page import FAVICON

HOME = "/ui/"
SIGN_IN, JOIN = "/sign-in", "/join"
ICON = f"data:image/svg+xml,{quote(FAVICON)}"
"""Address of the icon, which holds the picture itself: browsers ask nothing for it."""

Text = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True)
class SignInPages:
    """Answers the forms.

    Attributes:
        doorkeeper: lets people in.
        secure: whether browsers may send the cookie over HTTPS only; by default as they came.
    """

    doorkeeper: Doorkeeper
    secure: bool = False
    router: APIRouter = field(default_factory=lambda: APIRouter(include_in_schema=False))

    def __post_init__(self) -> None:
        add = self.router.add_api_route
        add(SIGN_IN, self.ask_to_sign_in, methods=["GET"], response_class=HTMLResponse)
        add(SIGN_IN, self.sign_in, methods=["POST"], response_model=None)
        add("/sign-out", self.sign_out, methods=["POST"], response_model=None)
        add(f"{JOIN}/{{secret}}", self.ask_for_password, methods=["GET"], response_model=None)
        add(f"{JOIN}/{{secret}}", self.set_password, methods=["POST"], response_model=None)

    def ask_to_sign_in(self, request: Request, to: str = HOME) -> HTMLResponse:
        """Show the form."""
        return _sign_in_form(request, to)

    def sign_in(self, request: Request, name: Text, password: Text, to: Text = HOME) -> Response:
        """Let somebody in, or show the form again with what is wrong."""
        try:
            secret = self._begun(request, name, password)
        except ExpectedError as error:
            return _sign_in_form(request, to, name, error)
        self.doorkeeper.sign_out(request.cookies.get(COOKIE, ""))
        return self._let_in(request, secret, to)

    async def sign_out(self, request: Request) -> Response:
        """End the sign-in of this browser at once."""
        secret = request.cookies.get(COOKIE, "")
        await run_in_threadpool(self.doorkeeper.sign_out, secret)
        response = RedirectResponse(_at(request, SIGN_IN), HTTPStatus.SEE_OTHER)
        response.delete_cookie(COOKIE, path=request.scope.get("root_path", "") or "/")
        return response

    def ask_for_password(self, request: Request, secret: str) -> HTMLResponse:
        """Show the form of a link, or that the link is over."""
        try:
            return _join_form(request, secret, self.doorkeeper.invited(secret))
        except BadInvitation as error:
            return _page("Link", _message(error), error.http_status)

    def set_password(self, request: Request, secret: str, password: Text, again: Text) -> Response:
        """Set the password of a link's account, and let its owner in."""
        try:
            name = self.doorkeeper.invited(secret)
            if password != again:
                return _join_form(request, secret, name, "The two passwords differ.")
            self.doorkeeper.accept(secret, password)
            begun = self._begun(request, name, password)
        except BadInvitation as error:
            return _page("Link", _message(error), error.http_status)
        except ExpectedError as error:
            return _join_form(request, secret, self.doorkeeper.invited(secret), str(error))
        return self._let_in(request, begun, HOME)

    def _begun(self, request: Request, name: str, password: str) -> str:
        """Sign somebody in, and return the secret for their browser."""
        address = "" if request.client is None else request.client.host
        agent = request.headers.get("user-agent", "")
        return self.doorkeeper.sign_in(name, password, address=address, agent=agent)

    def _let_in(self, request: Request, secret: str, to: str) -> Response:
        response = RedirectResponse(_at(request, _own(to)), HTTPStatus.SEE_OTHER)
        secure = self.secure or request.url.scheme == "https"
        let_in(response, secret, secure=secure, path=request.scope.get("root_path", ""))
        return response


def _own(to: str) -> str:
    """Return a path on this server; another address is nowhere to send people."""
    parts = urlsplit(to)
    mine = not parts.scheme and not parts.netloc and to.startswith("/") and "\\" not in to
    return to if mine and not to.startswith("//") and to.isprintable() else HOME


def _at(request: Request, path: str) -> str:
    return f"{request.scope.get('root_path', '')}{path}"


def _sign_in_form(
    request: Request, to: str, name: str = "", error: ExpectedError | None = None
) -> HTMLResponse:
    form = f"""
{"" if error is None else _message(error)}
<form method="post" action="{escape(_at(request, SIGN_IN))}">
<input type="hidden" name="to" value="{escape(_own(to))}">
<label>Name <input name="name" value="{escape(name)}" autocomplete="username" required
 autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password"
 required></label>
<button>Sign in</button>
</form>
<p>No password yet? Ask an administrator for a link: <code>oneedit users invite NAME</code></p>
"""
    status = HTTPStatus.OK if error is None else HTTPStatus(error.http_status)
    return _page("Sign in", form, status)


def _join_form(request: Request, secret: str, name: str, fault: str = "") -> HTMLResponse:
    form = f"""
{f'<p role="alert">{escape(_sentence(fault))}</p>' if fault else ""}
<form method="post" action="{escape(_at(request, f"{JOIN}/{secret}"))}">
<input type="hidden" name="username" value="{escape(name)}" autocomplete="username">
<label>Password <input name="password" type="password" autocomplete="new-password" required
 minlength="{FEWEST}" autofocus></label>
<label>Once more <input name="again" type="password" autocomplete="new-password" required></label>
<button>Set password</button>
</form>
<p>At least {FEWEST} characters. Everything you change carries your name.</p>
"""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK
    return _page(f"Welcome, {name}", form, status)


def _message(error: ExpectedError) -> str:
    return f'<p role="alert">{escape(_sentence(str(error)))}</p>'


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _page(title: str, body: str, status: int) -> HTMLResponse:
    template = Template(files("oneedit.api").joinpath("sign_in.html").read_text(encoding="utf-8"))
    page = template.substitute(title=escape(title), icon=ICON, body=body)
    return HTMLResponse(page, status_code=status)
