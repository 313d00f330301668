"""The tables of passwords, sign-ins, access tokens and invitations; of secrets only the hashes."""

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

_STRICT = {"sqlite_strict": True}


class PasswordRow(SQLModel, table=True):
    """The hash of an account's password, with its parameters."""

    __tablename__ = "password"
    __table_args__ = (_STRICT,)

    account: str = Field(primary_key=True, sa_type=Text, foreign_key="account.name")
    hash: str = Field(sa_type=Text)
    set_at: str = Field(sa_type=Text)


class SignInRow(SQLModel, table=True):
    """A browser in which somebody has signed in; the row goes when they sign out."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("sign_in_by_account", "account"), _STRICT)

    sha256: str = Field(primary_key=True, sa_type=Text)
    account: str = Field(sa_type=Text, foreign_key="account.name")
    created_at: str = Field(sa_type=Text)
    seen_at: str = Field(sa_type=Text)
    expires_at: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    agent: str = Field(sa_type=Text)


class AccessTokenRow(SQLModel, table=True):
    """A token by which a program acts for an account."""

    __tablename__ = "access_token"
    __table_args__ = (
        CheckConstraint(
            "scope IN ('read', 'propose', 'edit', 'review', 'admin')", name="access_token_scope"
        ),
        Index("access_token_by_account", "account"),
        _STRICT,
    )

    id: int | None = Field(default=None, primary_key=True)
    account: str = Field(sa_type=Text, foreign_key="account.name")
    name: str = Field(sa_type=Text)
    sha256: str = Field(sa_type=Text, unique=True)
    scope: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)
    expires_at: str = Field(sa_type=Text)
    used_at: str = Field(sa_type=Text)
    revoked_at: str = Field(sa_type=Text)


class InvitationRow(SQLModel, table=True):
    """A link with which somebody sets the password of an account, once."""

    __tablename__ = "invitation"
    __table_args__ = (Index("invitation_by_account", "account"), _STRICT)

    sha256: str = Field(primary_key=True, sa_type=Text)
    account: str = Field(sa_type=Text, foreign_key="account.name")
    made_by: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)
    expires_at: str = Field(sa_type=Text)
    used_at: str = Field(sa_type=Text)
