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
