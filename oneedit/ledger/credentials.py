"""Passwords, sign-ins, access tokens and invitations in the ledger's database.

Secrets are found by their SHA-256: they are random and long, so that a faster hash than that of
passwords is enough. What is changed of an account is a row of its steps, too.
"""

import hashlib
from dataclasses import dataclass

from sqlmodel import Session, col, delete, select

from oneedit.ledger.account import AccountAction
from oneedit.ledger.credential import AccessToken, Scope, SignIn
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.sign_in_tables import (
    AccessTokenRow,
    InvitationRow,
    PasswordRow,
    SignInRow,
)
from oneedit.ledger.tables import AccountStepRow

SHOWN = 12
"""Characters of a hash that name a sign-in."""


def hash_of(secret: str) -> str:
    """Return the hash by which a secret is found."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What proves who somebody is; every method is one transaction.

    Attributes:
        ledger: whose database holds it.
    """

    ledger: Ledger

    # ---------- passwords and invitations ----------

    def anybody(self) -> bool:
        """Tell whether there is an account that people sign in to."""
        with self.ledger.reading() as session:
            return session.exec(select(PasswordRow).limit(1)).first() is not None

    def anybody_invited(self) -> bool:
        """Tell whether somebody has a password, or a link with which they set one."""
        open_link = col(InvitationRow.used_at) == ""
        query = select(InvitationRow).where(
            open_link, col(InvitationRow.expires_at) > self.ledger.now()
        )
        with self.ledger.reading() as session:
            return self.anybody() or session.exec(query.limit(1)).first() is not None

    def password(self, account: str) -> str | None:
        """Return the hash of an account's password; None if it has none."""
        with self.ledger.reading() as session:
            row = session.get(PasswordRow, account)
            return None if row is None else row.hash

    def rehash(self, account: str, hashed: str) -> None:
        """Record a stronger hash of the same password."""
        with self.ledger.writing() as session:
            row = session.get_one(PasswordRow, account)
            row.hash = hashed

    def set_password(self, account: str, hashed: str, *, keep: str = "") -> None:
        """Record an account's new password; all its sign-ins end but one.

        Args:
            account: whose.
            hashed: its hash.
            keep: secret of the sign-in in which it was changed, or "".
        """
        with self.ledger.writing() as session:
            self._set_password(session, account, hashed, keep)

    def invite(self, account: str, secret: str, *, by: str, until: str) -> None:
        """Record an invitation to set the password of an account; earlier ones end."""
        with self.ledger.writing() as session:
            session.exec(delete(InvitationRow).where(col(InvitationRow.account) == account))
            row = InvitationRow(
                sha256=hash_of(secret),
                account=account,
                made_by=by,
                created_at=self.ledger.now(),
                expires_at=until,
                used_at="",
            )
            session.add(row)
            self._note(session, account, AccountAction.INVITE, by=by, after=f"until {until}")

    def invited(self, secret: str) -> str | None:
        """Return the account of an invitation; None if it is used, over or unknown."""
        with self.ledger.reading() as session:
            row = self._invitation(session, secret)
            return None if row is None else row.account

    def accept(self, secret: str, hashed: str) -> str | None:
        """Use an invitation for a password; return its account, or None as :meth:`invited`."""
        with self.ledger.writing() as session:
            row = self._invitation(session, secret)
            if row is None:
                return None
            row.used_at = self.ledger.now()
            self._set_password(session, row.account, hashed, "")
            return row.account

    # ---------- sign-ins ----------

    def begin(self, sign_in: SignIn, secret: str) -> None:
        """Record that somebody has signed in."""
        with self.ledger.writing() as session:
            session.exec(delete(SignInRow).where(col(SignInRow.expires_at) <= self.ledger.now()))
            row = SignInRow(
                sha256=hash_of(secret),
                account=sign_in.account,
                created_at=sign_in.created_at,
                seen_at=sign_in.seen_at,
                expires_at=sign_in.expires_at,
                address=sign_in.address,
                agent=sign_in.agent,
            )
            session.add(row)

    def sign_in(self, secret: str) -> SignIn | None:
        """Return the sign-in of a secret; None if it has ended or is unknown."""
        with self.ledger.reading() as session:
            row = session.get(SignInRow, hash_of(secret))
            if row is None or row.expires_at <= self.ledger.now():
                return None
            return _to_sign_in(row)

    def prolong(self, secret: str, until: str) -> None:
        """Record that a sign-in is in use, and until when it can be."""
        with self.ledger.writing() as session:
            row = session.get(SignInRow, hash_of(secret))
            if row is not None:
                row.seen_at, row.expires_at = self.ledger.now(), until

    def end(self, secret: str) -> None:
        """End a sign-in."""
        with self.ledger.writing() as session:
            session.exec(delete(SignInRow).where(col(SignInRow.sha256) == hash_of(secret)))

    def end_all(self, account: str, *, by: str, name: str = "") -> int:
        """End the sign-ins of an account, or the one that an id names; return how many."""
        query = delete(SignInRow).where(col(SignInRow.account) == account)
        if name:
            query = query.where(col(SignInRow.sha256).startswith(name, autoescape=True))
        with self.ledger.writing() as session:
            ended = session.exec(query).rowcount
            if ended:
                self._note(session, account, AccountAction.SIGN_OUT, by=by, after=f"{ended} ended")
            return ended

    def sign_ins(self, account: str) -> list[SignIn]:
        """Return where somebody is signed in, the last first."""
        query = select(SignInRow).where(
            SignInRow.account == account, SignInRow.expires_at > self.ledger.now()
        )
        with self.ledger.reading() as session:
            found = session.exec(query.order_by(col(SignInRow.seen_at).desc()))
            return list(map(_to_sign_in, found))

    # ---------- tokens ----------

    def add_token(self, token: AccessToken, secret: str, *, by: str) -> AccessToken:
        """Record a new token, and return it with its number."""
        with self.ledger.writing() as session:
            row = AccessTokenRow(
                account=token.account,
                name=token.name,
                sha256=hash_of(secret),
                scope=token.scope,
                created_at=self.ledger.now(),
                expires_at=token.expires_at,
                used_at="",
                revoked_at="",
            )
            session.add(row)
            session.flush()
            self._note(session, token.account, AccountAction.TOKEN, by=by, after=_described(row))
            return _to_token(row)

    def token(self, secret: str) -> AccessToken | None:
        """Return the token of a secret; None if it was revoked, is over or unknown."""
        query = select(AccessTokenRow).where(AccessTokenRow.sha256 == hash_of(secret))
        with self.ledger.reading() as session:
            row = session.exec(query).first()
            if row is None or row.revoked_at:
                return None
            if row.expires_at and row.expires_at <= self.ledger.now():
                return None
            return _to_token(row)

    def use_token(self, number: int) -> None:
        """Record that a token is in use."""
        with self.ledger.writing() as session:
            session.get_one(AccessTokenRow, number).used_at = self.ledger.now()

    def revoke(self, number: int, *, by: str) -> None:
        """Record that a token may not be used any more."""
        with self.ledger.writing() as session:
            row = session.get_one(AccessTokenRow, number)
            if not row.revoked_at:
                row.revoked_at = self.ledger.now()
                self._note(
                    session, row.account, AccountAction.REVOKE, by=by, before=_described(row)
                )

    def tokens(self, account: str) -> list[AccessToken]:
        """Return the tokens of an account, those that were revoked included."""
        query = select(AccessTokenRow).where(AccessTokenRow.account == account)
        with self.ledger.reading() as session:
            return list(map(_to_token, session.exec(query.order_by(col(AccessTokenRow.id)))))

    # ---------- parts ----------

    def _invitation(self, session: Session, secret: str) -> InvitationRow | None:
        row = session.get(InvitationRow, hash_of(secret))
        if row is None or row.used_at or row.expires_at <= self.ledger.now():
            return None
        return row

    def _set_password(self, session: Session, account: str, hashed: str, keep: str) -> None:
        now = self.ledger.now()
        row = session.get(PasswordRow, account)
        if row is None:
            session.add(PasswordRow(account=account, hash=hashed, set_at=now))
        else:
            row.hash, row.set_at = hashed, now
        others = col(SignInRow.sha256) != hash_of(keep)
        session.exec(delete(SignInRow).where(col(SignInRow.account) == account, others))
        self._note(session, account, AccountAction.PASSWORD, by=account, after="set")

    def _note(
        self,
        session: Session,
        account: str,
        action: AccountAction,
        *,
        by: str,
        before: str = "",
        after: str = "",
    ) -> None:
        session.add(
            AccountStepRow(
                account=account,
                actor=by,
                action=action,
                before=before,
                after=after,
                created_at=self.ledger.now(),
            )
        )


def _described(row: AccessTokenRow) -> str:
    return f"{row.name} ({row.scope})"


def _to_sign_in(row: SignInRow) -> SignIn:
    return SignIn(
        id=row.sha256[:SHOWN],
        account=row.account,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        address=row.address,
        agent=row.agent,
    )


def _to_token(row: AccessTokenRow) -> AccessToken:
    return AccessToken(
        id=row.id or 0,
        account=row.account,
        name=row.name,
        scope=Scope(row.scope),
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
