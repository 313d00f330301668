"""Accounts, invitations, access tokens, sign-ins, and who asks."""

from http import HTTPStatus
from typing import Self, cast

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, model_validator

from controller.actor import Role, Tier
from oneedit.api.identity import COOKIE
from oneedit.api.unique_keys import UniqueKeysRoute
from oneedit.api.v1.parts import Asker, TheDoorkeeper, ThePeople
from oneedit.api.v1.schemas import MOST_OF_FIELD, Body
from oneedit.ledger.account import Account, AccountStep
from oneedit.ledger.credential import SignIn
from oneedit.people.permissions import Operation, may


class Me(BaseModel):
    """Who asks, and what they may do."""

    name: str
    role: Role
    service: bool
    may: list[str]


class AccountBody(Body):
    """A new account."""

    name: str = Field(max_length=MOST_OF_FIELD, examples=["ada"])
    role: Role = Field(examples=[Role.EDITOR])
    service: bool = False
    trust: Tier | None = None


class AccountPatch(Body):
    """Changes of an account; what is left out stays."""

    role: Role | None = None
    trust: Tier | None = None
    disabled: bool | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.role is None and self.disabled is None and "trust" not in self.model_fields_set:
            raise ValueError("name what is to change: role, trust or disabled")
        return self


class Invitation(BaseModel):
    """A link with which somebody sets their password, once."""

    name: str
    path: str = Field(description="The path of the link; it is not shown again.")


class PasswordBody(Body):
    """Another password."""

    old: str = Field(max_length=MOST_OF_FIELD)
    new: str = Field(max_length=MOST_OF_FIELD)


router = APIRouter(route_class=UniqueKeysRoute, tags=["people"])


@router.get("/me")
def show_me(actor: Asker) -> Me:
    """Return who you are, and what you may do."""
    operations = [each.value for each in Operation if may(actor, each)]
    return Me(name=actor.name, role=actor.role, service=actor.service, may=operations)


@router.post("/me/password", status_code=HTTPStatus.NO_CONTENT)
def change_password(
    body: PasswordBody, request: Request, actor: Asker, doorkeeper: TheDoorkeeper
) -> None:
    """Set another password; your other sign-ins end."""
    kept = request.cookies.get(COOKIE, "")
    doorkeeper.change_password(actor, body.old, body.new, secret=kept)


@router.get("/me/sign-ins")
def list_my_sign_ins(actor: Asker, doorkeeper: TheDoorkeeper) -> list[SignIn]:
    """List where you are signed in."""
    return doorkeeper.sign_ins(actor)


@router.delete("/me/sign-ins")
def sign_out_everywhere(actor: Asker, doorkeeper: TheDoorkeeper) -> dict[str, int]:
    """Sign out everywhere."""
    return {"ended": doorkeeper.end_sign_ins(actor)}


@router.delete("/me/sign-ins/{sign_in}")
def end_my_sign_in(sign_in: str, actor: Asker, doorkeeper: TheDoorkeeper) -> dict[str, int]:
    """Sign out of one browser."""
    return {"ended": doorkeeper.end_sign_ins(actor, sign_in=sign_in)}


@router.get("/users")
def list_users(actor: Asker, people: ThePeople) -> list[Account]:
    """List the accounts, by name."""
    return people.list(actor)


@router.post("/users", status_code=HTTPStatus.CREATED)
def add_user(body: AccountBody, actor: Asker, people: ThePeople) -> Account:
    """Make an account."""
    return people.add(actor, body.name, body.role, service=body.service, trust=body.trust)


@router.patch("/users/{name}")
def change_user(name: str, body: AccountPatch, actor: Asker, people: ThePeople) -> Account:
    """Change what somebody may do; a trust that is null means as far as the role says."""
    account: Account | None = None
    if body.role is not None:
        account = people.set_role(actor, name, body.role)
    if "trust" in body.model_fields_set:
        account = people.set_trust(actor, name, body.trust)
    if body.disabled is not None:
        account = (people.disable if body.disabled else people.enable)(actor, name)
    return cast("Account", account)  # something is to change


@router.get("/users/{name}/steps")
def list_user_steps(name: str, actor: Asker, people: ThePeople) -> list[AccountStep]:
    """Show who changed what of an account."""
    return list(people.steps(actor, name))


@router.post("/users/{name}/invitation", status_code=HTTPStatus.CREATED)
def invite_user(name: str, actor: Asker, doorkeeper: TheDoorkeeper) -> Invitation:
    """Make a link with which somebody sets their password, once; earlier links end."""
    return Invitation(name=name, path=f"/join/{doorkeeper.invite(actor, name)}")


@router.delete("/users/{name}/sign-ins")
def sign_user_out(name: str, actor: Asker, doorkeeper: TheDoorkeeper) -> dict[str, int]:
    """End all sign-ins of somebody."""
    return {"ended": doorkeeper.end_sign_ins(actor, name)}
