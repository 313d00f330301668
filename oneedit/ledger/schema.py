"""The revision of a ledger's tables, compared with those that this OneEdit knows."""

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from oneedit.errors import LedgerNewer, LedgerUnavailable


def newest_revision(config: Config) -> str:
    """Return the newest revision that this OneEdit knows."""
    return ScriptDirectory.from_config(config).get_current_head() or ""


def found_revision(connection: Connection) -> str | None:
    """Return the revision of the tables; None if there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def check_revision(connection: Connection, config: Config) -> None:
    """Check that the tables can be migrated to the newest revision that is known here.

    Raises:
        LedgerNewer: a newer OneEdit has changed them.
        LedgerUnavailable: there are tables, but their revision is not recorded.
    """
    script = ScriptDirectory.from_config(config)
    known = {each.revision for each in script.walk_revisions()}
    found = found_revision(connection)
    if found is None and "event" in inspect(connection).get_table_names():
        raise LedgerUnavailable(
            "its tables have no revision (the table alembic_version is empty or missing); "
            "restore a backup: oneedit restore FILE --force"
        )
    if found is not None and found not in known:
        raise LedgerNewer(found, script.get_current_head() or "")
