"""People and service accounts: who there is, what they may do, and who changed that.

An installation without accounts has one user: whoever uses the machine itself. That local user
stays, and may do everything, because the files of the home are theirs anyway.
"""

import re
from dataclasses import dataclass

from controller.actor import Actor, Role, Tier
from oneedit.errors import AccountDisabled, BadAccount
from oneedit.ledger.account import Account, AccountKind, AccountStep
from oneedit.ledger.accounts import Accounts
from oneedit.people.permissions import Operation, require

MOST_OF_NAME = 64
"""Characters of a name, at most."""

RESERVED = frozenset({"oneedit", "local"})
"""Names that the ledger records for what nobody asked for, and for a user without a name."""

GRANTED = (Role.VIEWER, Role.EDITOR, Role.REVIEWER, Role.ADMIN)
"""Roles that an account can have; that of the local user cannot be given away."""

_NAME = re.compile(r"\w(?:[\w .:@+-]*\w)?")


@dataclass(frozen=True, slots=True)
class People:
    """What administrators may do with accounts.

    Every method that changes an account raises ``NotPermitted``, and ``UnknownAccount`` if there
    is none of this name; an account that is so already is returned as it is.

    Attributes:
        accounts: the accounts of the ledger.
    """

    accounts: Accounts

    # ---------- who acts ----------

    def actor(self, name: str) -> Actor:
        """Return who acts under a name, for whoever has made sure that it is them.

        Raises:
            UnknownAccount: there is none of this name.
            AccountDisabled: it may not be used.
        """
        account = self.accounts.get(name)
        if account.disabled:
            raise AccountDisabled(account.name)
        return account.actor

    def current(self, actor: Actor) -> Actor:
        """Return an actor as it is judged now: never as more than it was, or than it is.

        The local user, and jobs without an account of their own, stay as they are.

        Raises:
            AccountDisabled: its account was disabled meanwhile.
        """
        if actor.role is Role.LOCAL:
            return actor
        account = self.accounts.find(actor.name)
        if account is None:
            return actor
        if account.disabled:
            raise AccountDisabled(account.name)
        return actor.at_most(account.actor)

    # ---------- looking ----------

    def list(self, actor: Actor) -> list[Account]:
        """Return all accounts, by name.

        Raises:
            NotPermitted: the actor may not manage people.
        """
        require(actor, Operation.MANAGE_PEOPLE)
        return self.accounts.all()

    def steps(self, actor: Actor, name: str) -> tuple[AccountStep, ...]:
        """Return who changed what of an account, in order."""
        require(actor, Operation.MANAGE_PEOPLE)
        return tuple(self.accounts.steps(self.accounts.get(name).name))

    # ---------- changing ----------

    def add(
        self,
        actor: Actor,
        name: str,
        role: Role,
        *,
        service: bool = False,
        trust: Tier | None = None,
    ) -> Account:
        """Make an account.

        Args:
            actor: who makes it.
            name: of the person or service.
            role: what they may do.
            service: whether it is that of a program; it is then trusted as a new one by default.
            trust: how far they are trusted, if that is not as far as their role.

        Raises:
            NotPermitted: the actor may not manage people.
            BadAccount: the name or the role cannot be that of an account.
            AccountExists: there is one of this name, or of one that differs only in its writing.
        """
        require(actor, Operation.MANAGE_PEOPLE)
        _check(name, role)
        kind = AccountKind.SERVICE if service else AccountKind.PERSON
        if service and trust is None:
            trust = Tier.NEW
        account = Account(name=name, role=role, kind=kind, trust=trust)
        return self.accounts.add(account, by=actor.name)

    def set_role(self, actor: Actor, name: str, role: Role) -> Account:
        """Give somebody another role; what they asked for before is judged by it, too.

        Raises:
            BadAccount: no account can have this role.
            LastAdmin: nobody would be left who manages people.
        """
        require(actor, Operation.MANAGE_PEOPLE)
        _check(name, role)
        return self.accounts.set_role(name, role, by=actor.name)

    def set_trust(self, actor: Actor, name: str, trust: Tier | None) -> Account:
        """Trust somebody more or less than their role says; None for as their role says."""
        require(actor, Operation.MANAGE_PEOPLE)
        return self.accounts.set_trust(name, trust, by=actor.name)

    def disable(self, actor: Actor, name: str) -> Account:
        """Let nothing be done in somebody's name; what they asked for and still waits fails.

        Raises:
            LastAdmin: nobody would be left who manages people.
        """
        require(actor, Operation.MANAGE_PEOPLE)
        return self.accounts.set_disabled(name, disabled=True, by=actor.name)

    def enable(self, actor: Actor, name: str) -> Account:
        """Let an account be used again."""
        require(actor, Operation.MANAGE_PEOPLE)
        return self.accounts.set_disabled(name, disabled=False, by=actor.name)


def _check(name: str, role: Role) -> None:
    """Check the name and the role of an account.

    Raises:
        BadAccount: says what is wrong with them.
    """
    reason = ""
    if len(name) > MOST_OF_NAME:
        reason = f"it has more than {MOST_OF_NAME} characters"
    elif not _NAME.fullmatch(name):
        reason = "use letters, digits and . : @ + - _ with single spaces, a letter or digit first"
    elif name.casefold() in RESERVED:
        reason = "OneEdit uses it itself"
    elif role not in GRANTED:
        reason = f"the role {role} is that of the machine's own user; give another"
    if reason:
        raise BadAccount(name, reason)
