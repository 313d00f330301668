"""Triggers that keep rows of a table as they were inserted, on both databases."""

from alembic import op

_REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""


def create_function() -> None:
    """Create what the triggers call; before the first :func:`keep_rows`."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_REFUSE)


def drop_function() -> None:
    """Drop what the triggers call; after the last table with triggers is gone."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def keep_rows(table: str) -> None:
    """Let the database refuse to change or delete rows of a table; they go with the table."""
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    for action in ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def let_change(table: str) -> None:
    """Drop what :func:`keep_rows` created, for a migration that fills a new column."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    actions = ("UPDATE", "DELETE", "TRUNCATE") if postgresql else ("UPDATE", "DELETE")
    for action in actions:
        on = f" ON {table}" if postgresql else ""
        op.execute(f"DROP TRIGGER {table}_no_{action.lower()}{on}")
