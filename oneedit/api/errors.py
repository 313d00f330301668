"""Errors of the web server.

OneEditError
└── AddressTaken    the server cannot listen where the settings say
"""

from oneedit.errors import OneEditError


class AddressTaken(OneEditError):
    """The address cannot be listened on."""

    def __init__(self, host: str, port: int, detail: str) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"cannot listen on {host}:{port} ({detail}); choose another with ONEEDIT_PORT"
        )
