"""The accounts of a ledger; every change of one is an appended row, too."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from controller.actor import Role, Tier
from controller.graph.lexicon import fold
from oneedit.errors import AccountExists, LastAdmin, UnknownAccount
from oneedit.ledger.account import Account, AccountAction, AccountKind, AccountStep
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.tables import AccountRow, AccountStepRow


@dataclass(frozen=True, slots=True)
class Accounts:
    """Accounts and the changes of each; every method is one transaction.

    Attributes:
        ledger: whose database holds them.
    """

    ledger: Ledger

    # ---------- reading ----------

    def get(self, name: str) -> Account:
        """Return the account of a name, which may be written in another case.

        Raises:
            UnknownAccount: there is none.
        """
        found = self.find(name)
        if found is None:
            raise UnknownAccount(name)
        return found

    def find(self, name: str) -> Account | None:
        """Return the account of a name, which may be written in another case; None if none is."""
        query = select(AccountRow).where(AccountRow.folded == fold(name))
        with self.ledger.reading() as session:
            row = session.exec(query).first()
            return None if row is None else _to_account(row)

    def all(self) -> list[Account]:
        """Return all accounts, by name."""
        with self.ledger.reading() as session:
            found = session.exec(select(AccountRow).order_by(col(AccountRow.name)))
            return list(map(_to_account, found))

    def steps(self, name: str) -> list[AccountStep]:
        """Return the changes of an account, in order."""
        query = select(AccountStepRow).where(AccountStepRow.account == name)
        with self.ledger.reading() as session:
            found = session.exec(query.order_by(col(AccountStepRow.id)))
            return list(map(_to_step, found))

    # ---------- writing ----------

    def add(self, account: Account, *, by: str) -> Account:
        """Record a new account.

        Raises:
            AccountExists: there is one of this name, or of one that differs only in its writing.
        """
        with self.ledger.writing() as session:
            known = session.exec(
                select(AccountRow).where(AccountRow.folded == fold(account.name))
            ).first()
            if known is not None:
                raise AccountExists(account.name, known.name)
            made = replace(account, made_at=self.ledger.now())
            session.add(_to_row(made))
            session.flush()
            self._note(session, made, AccountAction.ADD, by=by, after=_described(made))
        return made

    def set_role(self, name: str, role: Role, *, by: str) -> Account:
        """Record another role.

        Raises:
            UnknownAccount: there is no such account.
            LastAdmin: nobody would be left who manages people.
        """
        return self._change(name, AccountAction.ROLE, lambda each: replace(each, role=role), by=by)

    def set_trust(self, name: str, trust: Tier | None, *, by: str) -> Account:
        """Record another trust; None for that of the role.

        Raises:
            UnknownAccount: there is no such account.
        """
        return self._change(
            name, AccountAction.TRUST, lambda each: replace(each, trust=trust), by=by
        )

    def set_disabled(self, name: str, *, disabled: bool, by: str) -> Account:
        """Record that an account is disabled, or enabled again.

        Raises:
            UnknownAccount: there is no such account.
            LastAdmin: nobody would be left who manages people.
        """
        action = AccountAction.DISABLE if disabled else AccountAction.ENABLE
        return self._change(name, action, lambda each: replace(each, disabled=disabled), by=by)

    def _change(
        self, name: str, action: AccountAction, changed: Callable[[Account], Account], *, by: str
    ) -> Account:
        """Record a change with its step; nothing if the account is so already."""
        with self.ledger.writing() as session:
            query = select(AccountRow).where(AccountRow.folded == fold(name))
            row = session.exec(query).first()
            if row is None:
                raise UnknownAccount(name)
            before = _to_account(row)
            after = changed(before)
            if after == before:
                return before
            if before.manages and not after.manages and _managers(session) == 1:
                raise LastAdmin(before.name)
            for column, value in _to_row(after).model_dump(exclude={"name"}).items():
                setattr(row, column, value)
            self._note(
                session,
                after,
                action,
                by=by,
                before=_described(before),
                after=_described(after),
            )
        return after

    def _note(
        self,
        session: Session,
        account: Account,
        action: AccountAction,
        *,
        by: str,
        before: str = "",
        after: str,
    ) -> None:
        session.add(
            AccountStepRow(
                account=account.name,
                actor=by,
                action=action,
                before=before,
                after=after,
                created_at=self.ledger.now(),
            )
        )


def _managers(session: Session) -> int:
    rows = session.exec(select(AccountRow).where(AccountRow.role == Role.ADMIN))
    return sum(_to_account(row).manages for row in rows)


def _described(account: Account) -> str:
    """Return what may change of an account, in words."""
    words = [account.kind.value, account.role.value]
    if account.trust is not None:
        words.append(f"trusted as {account.trust.name.lower()}")
    if account.disabled:
        words.append("disabled")
    return ", ".join(words)


def _to_row(account: Account) -> AccountRow:
    return AccountRow(
        name=account.name,
        folded=fold(account.name),
        role=account.role,
        kind=account.kind,
        trust=None if account.trust is None else int(account.trust),
        disabled=int(account.disabled),
        made_at=account.made_at,
    )


def _to_account(row: AccountRow) -> Account:
    return Account(
        name=row.name,
        role=Role(row.role),
        kind=AccountKind(row.kind),
        trust=None if row.trust is None else Tier(row.trust),
        disabled=bool(row.disabled),
        made_at=row.made_at,
    )


def _to_step(row: AccountStepRow) -> AccountStep:
    return AccountStep(
        account=row.account,
        actor=row.actor,
        action=AccountAction(row.action),
        before=row.before,
        after=row.after,
        created_at=row.created_at,
    )
