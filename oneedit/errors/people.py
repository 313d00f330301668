"""Errors about who may do what."""

from oneedit.errors.base import OneEditError, short, spaced


class NotPermitted(OneEditError):
    """An actor may not take an action, on a proposal by default; ``reason`` says why."""

    exit_code = 2
    http_status = 403

    def __init__(self, actor: str, action: str, reason: str, *, of: str = "this proposal") -> None:
        self.actor, self.action, self.reason = actor, action, reason
        what = f"{spaced(action)} {of}".rstrip()
        super().__init__(f"{actor} may not {what}: {reason}")


class UnknownAccount(OneEditError):
    """Nobody has an account of this name."""

    exit_code = 2
    http_status = 404

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no account {name!r}; list them: oneedit users list")


class AccountDisabled(OneEditError):
    """An account was disabled; nothing is done in its name."""

    exit_code = 2
    http_status = 403

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"the account {name} is disabled; an administrator can enable it: "
            f"oneedit users enable {name}"
        )


class AccountExists(OneEditError):
    """An account of this name is there, or of one that differs only in how it is written."""

    exit_code = 2
    http_status = 409

    def __init__(self, name: str, known: str) -> None:
        self.name, self.known = name, known
        super().__init__(
            f"there is an account {known!r} already; choose another name than {name!r}, or change "
            f"that one: oneedit users role {known} ROLE"
        )


class BadAccount(OneEditError):
    """A name cannot be that of an account."""

    exit_code = 2
    http_status = 422

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"{short(name)} cannot be the name of an account: {reason}")


class LastAdmin(OneEditError):
    """Nobody would be left who manages people."""

    exit_code = 2
    http_status = 409

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name} is the last administrator; make somebody else one first: "
            "oneedit users role NAME admin"
        )


class BadSignIn(OneEditError):
    """A name and a password do not belong together, or there is no such account."""

    exit_code = 2
    http_status = 401

    def __init__(self) -> None:
        super().__init__("the name or the password is wrong; an administrator can send a new link")


class NotSignedIn(OneEditError):
    """A request needs an account, and names none that can be used."""

    exit_code = 2
    http_status = 401

    def __init__(self, reason: str = "sign in, or send an access token") -> None:
        super().__init__(f"this needs an account: {reason}")


class TooManyTries(OneEditError):
    """Somebody has tried something too often.

    Attributes:
        seconds: until it may be tried again.
    """

    exit_code = 1
    http_status = 429

    def __init__(self, what: str, seconds: float) -> None:
        self.seconds = max(1, round(seconds))
        super().__init__(f"too many {what}; try again in {self.seconds} seconds")


class BadPassword(OneEditError):
    """A password cannot be used."""

    exit_code = 2
    http_status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(f"choose another password: {reason}")


class BadInvitation(OneEditError):
    """A link to set a password was used, is over, or never was one."""

    exit_code = 2
    http_status = 410

    def __init__(self) -> None:
        super().__init__(
            "this link was used or is over; an administrator can make another: "
            "oneedit users invite NAME"
        )


class NoAccounts(OneEditError):
    """Others can reach a server, itself or through a proxy, and all of them could edit."""

    exit_code = 2
    http_status = 503

    def __init__(self, address: str) -> None:
        super().__init__(
            f"others can reach {address}, and nobody has a password yet. Make an account and "
            "open its link once the server runs: oneedit users add NAME --role admin, then "
            "oneedit users invite NAME; or listen on 127.0.0.1, without a proxy or other names"
        )


class UnknownToken(OneEditError):
    """Somebody has no access token of this number."""

    exit_code = 2
    http_status = 404

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"there is no access token {number} of yours")


class BadToken(OneEditError):
    """An access token cannot be made as asked."""

    exit_code = 2
    http_status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(f"this access token cannot be made: {reason}")
