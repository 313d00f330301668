"""Access tokens of programs."""

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, Field

from oneedit.api.unique_keys import UniqueKeysRoute
from oneedit.api.v1.parts import Asker, TheTokens
from oneedit.api.v1.schemas import MOST_OF_FIELD, Body, Number
from oneedit.ledger.credential import AccessToken, Scope


class TokenBody(Body):
    """A new access token."""

    name: str = Field(max_length=MOST_OF_FIELD, examples=["nightly import"])
    scope: Scope
    days: int = Field(default=0, ge=0, description="How long it can be used; 0 for ever.")
    account: str = Field(default="", description="Whose, by default yours.")


class NewToken(BaseModel):
    """A new access token with its secret."""

    token: AccessToken
    secret: str = Field(description="It is not shown again.")


router = APIRouter(route_class=UniqueKeysRoute, tags=["people"])


@router.get("/tokens")
def list_tokens(actor: Asker, tokens: TheTokens, account: str = "") -> list[AccessToken]:
    """List your access tokens, or those of whom an administrator names."""
    return tokens.list(actor, account)


@router.post("/tokens", status_code=HTTPStatus.CREATED)
def make_token(body: TokenBody, actor: Asker, tokens: TheTokens) -> NewToken:
    """Make an access token."""
    made, secret = tokens.make(actor, body.name, body.scope, days=body.days, of=body.account)
    return NewToken(token=made, secret=secret)


@router.delete("/tokens/{number}", status_code=HTTPStatus.NO_CONTENT)
def revoke_token(number: Number, actor: Asker, tokens: TheTokens, account: str = "") -> None:
    """Let an access token not be used any more."""
    tokens.revoke(actor, number, of=account)
