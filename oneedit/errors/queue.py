"""Errors about tickets, and the server that carries them out."""

from pathlib import Path

from oneedit.errors.base import OneEditError


class UnknownTicket(OneEditError):
    """There is no ticket of this number."""

    exit_code = 2
    http_status = 404

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no ticket {number} in this home")


class TicketEnded(OneEditError):
    """A ticket was cancelled, or has failed, while somebody waited for it."""

    def __init__(self, number: int, state: str, note: str) -> None:
        self.number, self.state, self.note = number, state, note
        again = f"; try again: oneedit tickets agree {number}" if state == "failed" else ""
        reason = f" ({note.rstrip('.')})" if note else ""
        super().__init__(f"ticket {number} is {state}{reason}; nothing was changed{again}")


class ServerSilent(OneEditError):
    """The server that owns a home does not answer, or not as it should."""

    http_status = 503

    def __init__(self, home: Path, reason: str) -> None:
        self.home = home
        super().__init__(
            f"the server that owns {home} cannot be used: {reason}. End it, and start it again"
        )


class ServerEnded(OneEditError):
    """The server ended while somebody waited for it; ``number`` is the ticket, if there is one."""

    http_status = 503

    def __init__(self, number: int | None = None) -> None:
        self.number = number
        kept = "look whether it has taken what you asked for: oneedit tickets list --all"
        if number is not None:
            kept = f"ticket {number} is kept, and goes on with: oneedit tickets follow {number}"
        super().__init__(f"the server has ended meanwhile; {kept}")


class ServerRefused(OneEditError):
    """The server has refused what was asked of it; message and exit code are its own."""

    def __init__(self, message: str, *, exit_code: int, http_status: int) -> None:
        self.exit_code, self.http_status = exit_code, http_status
        super().__init__(message)


class TicketChanged(OneEditError):
    """A ticket has another state than the one that an action needs."""

    exit_code = 2
    http_status = 409

    def __init__(self, number: int, state: str, action: str) -> None:
        self.number, self.state = number, state
        words = state.replace("_", " ")
        super().__init__(f"ticket {number} is {words} by now, so that you cannot {action} it")


class AddressTaken(OneEditError):
    """The server cannot listen on an address."""

    def __init__(self, host: str, port: int, detail: str) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"cannot listen on {host}:{port} ({detail}); choose another with ONEEDIT_PORT"
        )
