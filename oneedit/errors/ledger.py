"""Errors about the ledger and its database."""

from pathlib import Path

from oneedit.errors.base import OneEditError, short


class StaleHead(OneEditError):
    """The ledger's head is not the version that was planned for; plan again."""

    http_status = 409

    def __init__(self, *, planned: int, current: int) -> None:
        self.planned, self.current = planned, current
        super().__init__(f"planned for version {planned}, but the ledger is at {current}")


class FactRefused(OneEditError):
    """A fact to add violates a constraint, or a fact to remove is not active."""

    http_status = 409

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(f"the ledger refused a fact: {detail}")


class KeyReused(OneEditError):
    """An idempotency key was used again with another request."""

    http_status = 422

    def __init__(self, key: str, number: int, *, of: str = "version") -> None:
        self.key, self.number = key, number
        super().__init__(f"the idempotency key {key!r} belongs to another request, {of} {number}")


class KeyReserved(OneEditError):
    """An idempotency key begins as those that OneEdit uses itself."""

    exit_code = 2
    http_status = 422

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"choose another idempotency key than {key!r}: OneEdit uses such keys")


class LeaseLost(OneEditError):
    """Another process has taken over what this one was doing; nothing was changed."""

    http_status = 503

    def __init__(self, name: str) -> None:
        super().__init__(
            f"another process has become the {name} of this home; it goes on with what waits"
        )


class LedgerUnavailable(OneEditError):
    """The ledger's file or database cannot be read or written now."""

    http_status = 503

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(f"the ledger cannot be used: {detail}")


class LedgerBusy(LedgerUnavailable):
    """Another transaction was in the way; nothing was changed, and it may be tried again."""


class LedgerNewer(OneEditError):
    """The ledger's tables are those of a newer OneEdit."""

    exit_code = 2
    http_status = 503

    def __init__(self, found: str, newest: str) -> None:
        self.found, self.newest = found, newest
        super().__init__(
            f"the ledger was migrated by a newer OneEdit, to revision {found}; this one knows "
            f"revisions up to {newest}. Install the newer OneEdit, or restore a backup that was "
            "made before"
        )


class LedgerNotDurable(OneEditError):
    """The ledger's database may lose what it has committed, or cannot keep every text."""

    exit_code = 2

    def __init__(self, finding: str, remedy: str) -> None:
        self.finding, self.remedy = finding, remedy
        super().__init__(
            f"the ledger's database does not keep all it is given: {finding}. {remedy}"
        )


class BadDatabaseUrl(OneEditError):
    """The address of the ledger's database is no PostgreSQL address; it may hold a password."""

    exit_code = 2
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "ONEEDIT_DATABASE_URL must be the address of a PostgreSQL database, as in "
            "postgresql://USER:PASSWORD@HOST:5432/DATABASE (escape special characters of the "
            "password, as in %40 for @), or empty for a file in the home"
        )


class TextRefused(OneEditError):
    """A text has a NUL character or half of a character, which the ledger cannot keep."""

    exit_code = 2
    http_status = 422

    def __init__(self, text: str) -> None:
        self.text = text
        if "\x00" in text:
            advice = f"leave out the NUL character of this text: {short(text)}"
        else:
            advice = (
                f"a part of this text is no character in UTF-8: {short(text)}; send it as UTF-8 "
                "(in a terminal, with LC_ALL=C.UTF-8)"
            )
        super().__init__(advice)


class LedgerDamaged(OneEditError):
    """The ledger's rows differ from its hash chain."""

    def __init__(self, version: int, detail: str) -> None:
        self.version, self.detail = version, detail
        super().__init__(
            f"the ledger is damaged at version {version}: {detail}. "
            "What is wrong and what to do about it, says: oneedit doctor"
        )


class LedgerEmpty(OneEditError):
    """The home has no version yet."""

    exit_code = 2
    http_status = 422

    def __init__(self, home: Path) -> None:
        self.home = home
        super().__init__(f"{home} has no version yet; make version 0 first: oneedit status")


class LedgerMissing(OneEditError):
    """A home has patches, but no ledger that names them: it was lost or emptied."""

    exit_code = 2
    http_status = 503

    def __init__(self, path: Path, patches: int) -> None:
        self.path, self.patches = path, patches
        super().__init__(
            f"{path} is missing or empty, but {patches} {'file' if patches == 1 else 'files'} of "
            f"patches lie beside it. Restore a backup: oneedit restore FILE --force; or start "
            f"anew without the edits: mv {path.parent} {path.parent}.old"
        )


class NotASqliteLedger(OneEditError):
    """A command works on the file of a ledger, but a database server keeps it."""

    exit_code = 2
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "a PostgreSQL server keeps the ledger: save it with pg_dump, before the patches, and "
            "save those with: oneedit backup FILE --patches-only"
        )


class WouldPruneHead(OneEditError):
    """Pruning would leave no version to keep, or none to remove."""

    exit_code = 2
    http_status = 422

    def __init__(self, version: int, head: int) -> None:
        self.version, self.head = version, head
        super().__init__(f"--before {version} must name a version from 1 to {head}, the last one")


class BadCheckpoint(OneEditError):
    """A signed checkpoint cannot be read, or does not agree with the ledger."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")
