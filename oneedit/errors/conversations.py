"""Errors about conversations."""

from oneedit.errors.base import OneEditError


class UnknownConversation(OneEditError):
    """There is no conversation of this id in which the actor takes part."""

    exit_code = 2
    http_status = 404

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no conversation {name!r} in which you take part")


class BadConversation(OneEditError):
    """A conversation cannot be as asked."""

    exit_code = 2
    http_status = 422

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the conversation stays as it is: {reason}")


class LinkEnded(OneEditError):
    """A link to a conversation was revoked, or never was one."""

    exit_code = 2
    http_status = 410

    def __init__(self) -> None:
        super().__init__("this link was revoked; ask who gave it to you for another")
