"""Errors of the ``kg_data`` package.

KgDataError
├── BadFile       a file of facts, entities or relations cannot be read
└── BadRelation   a relation is unknown or its entry contradicts itself
"""


class KgDataError(Exception):
    """Anything this package raises on purpose."""


class BadFile(KgDataError):
    """A file cannot be read; names the file, the line and what to mend."""

    def __init__(self, path: object, line: int | None, reason: str) -> None:
        self.path, self.line, self.reason = path, line, reason
        where = f"{path}" if line is None else f"{path}, line {line}"
        super().__init__(f"{where}: {reason}")


class BadRelation(KgDataError):
    """A relation is unknown or contradicts itself."""

    def __init__(self, relation: str, reason: str) -> None:
        self.relation, self.reason = relation, reason
        super().__init__(f"relation {relation!r}: {reason}")
