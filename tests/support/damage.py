"""Damage to a ledger's file, as somebody with a database tool and bad intentions would do it."""

import sqlite3
from contextlib import closing
from pathlib import Path

FAULTS = {
    "a fact is altered": "UPDATE fact SET o = 'Karen Pence' WHERE o = 'Mike Pence' AND added = 1",
    "a fact of version 0 is altered": "UPDATE fact SET o = 'Munich' WHERE o = 'Berlin'",
    "a fact is inserted": "INSERT INTO fact SELECT NULL, 'Lyon', p, o, valid_from, valid_to, 0, 0, "
    "added, removed, cause FROM fact WHERE s = 'France' AND p = 'capital'",
    "a fact is deleted": "DELETE FROM fact WHERE added = 1",
    "a removed fact holds again": "UPDATE fact SET removed = NULL, functional = 0, "
    "inv_functional = 0 WHERE removed = 1",
    "an actor is altered": "UPDATE event SET actor = 'somebody' WHERE version = 1",
    "a payload is altered": "UPDATE event SET payload = replace(payload, 'Pence', 'Pense') "
    "WHERE version = 1",
    "a reason is altered": "UPDATE event SET reason = '' WHERE version = 1",
    "an event is deleted": "DELETE FROM event WHERE version = 1",
    "the events are deleted": "DELETE FROM event",
    "the head is set back": "UPDATE head SET version = 0, hash = "
    "(SELECT hash FROM event WHERE version = 0)",
    "the head is deleted": "DELETE FROM head",
    "the head's hash is altered": "UPDATE head SET hash = 'no hash'",
    "a list of patches is altered": "UPDATE artifact SET patch_sha256 = 'another' "
    "WHERE version = 1",
    "a list of patches is deleted": "DELETE FROM artifact",
    "everything is deleted": "DELETE FROM fact; DELETE FROM artifact; DELETE FROM entity; "
    "DELETE FROM head; DELETE FROM event",
    "the revision is deleted": "DELETE FROM alembic_version",
    "the revision is a newer one": "UPDATE alembic_version SET version_num = '9999'",
}
"""By what is done, the statements that do it to a ledger with the edit about Mike Pence."""

TRIGGERS = ("event_no_update", "event_no_delete")


def damage(path: Path, statements: str) -> None:
    """Run statements on a ledger's file, its protection removed."""
    with closing(sqlite3.connect(path)) as database:
        for trigger in TRIGGERS:
            database.execute(f"DROP TRIGGER {trigger}")
        database.executescript(statements)
        database.commit()
