"""Errors of the ``kg_data`` package, and the base of every error that is raised on purpose.

ExpectedError
├── KgDataError
│   ├── BadFile       a file of facts, entities or relations cannot be read
│   ├── BadRelation   a relation is unknown or its entry contradicts itself
│   ├── BadMapping    a mapping of columns or properties cannot be read
│   └── BadEndpoint   a server of facts may not be asked, or does not answer as it should
├── InterpreterError  see ``interpreter.errors``
├── ControllerError   see ``controller.errors``
├── EditorError       see ``editor.errors``
└── OneEditError      see ``oneedit.errors``
"""


class ExpectedError(Exception):
    """An error raised on purpose; its message tells the user what to do.

    Attributes:
        exit_code: exit code of the command line: 2 if another request, model, device or file can
            avoid the error; otherwise 1.
        http_status: status code of the web server.
    """

    exit_code = 1
    http_status = 500

    def __reduce__(self) -> tuple[object, ...]:
        """Let pickle carry it to another process without calling ``__init__`` again."""
        return _unpickled, (type(self), self.args), self.__dict__


def _unpickled(kind: type[ExpectedError], args: tuple[object, ...]) -> ExpectedError:
    return kind.__new__(kind, *args)


class KgDataError(ExpectedError):
    """Base of the errors of this package."""


class BadFile(KgDataError):
    """A file cannot be read; the message names the file, the line and the fault."""

    exit_code = 2
    http_status = 422

    def __init__(self, path: object, line: int | None, reason: str) -> None:
        self.path, self.line, self.reason = path, line, reason
        where = f"{path}" if line is None else f"{path}, line {line}"
        super().__init__(f"{where}: {reason}")


class BadRelation(KgDataError):
    """A relation is unknown or contradicts itself."""

    exit_code = 2
    http_status = 422

    def __init__(self, relation: str, reason: str) -> None:
        self.relation, self.reason = relation, reason
        super().__init__(f"relation {relation!r}: {reason}")


class BadMapping(KgDataError):
    """A mapping of columns or properties cannot be read."""

    exit_code = 2
    http_status = 422

    def __init__(self, text: str, reason: str) -> None:
        self.text, self.reason = text, reason
        super().__init__(f"the mapping {text!r}: {reason}")


class BadEndpoint(KgDataError):
    """A server of facts may not be asked, cannot be reached, or gives no such answer."""

    http_status = 502

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(f"{url}: {reason}")
