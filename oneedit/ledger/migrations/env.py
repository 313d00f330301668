"""Run the migrations on the connection that ``engine.migrate`` passes in."""

from alembic import context
from sqlalchemy import Connection, bindparam, text

from oneedit.ledger.metadata import METADATA

# Texts sort by code points, as in SQLite and Python, whatever the database's own order is.
_OTHER_ORDER = text("""
SELECT format('ALTER TABLE %I ALTER COLUMN %I TYPE text COLLATE "C"', table_name, column_name)
FROM information_schema.columns
WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
    AND table_name IN :tables
ORDER BY table_name, ordinal_position
""").bindparams(bindparam("tables", expanding=True))


def sort_by_code_points(connection: Connection) -> None:
    """Give every text column of the ledger's tables the collation "C", on PostgreSQL."""
    found = connection.execute(_OTHER_ORDER, {"tables": list(METADATA.tables)})
    for statement in found.scalars().all():
        connection.exec_driver_sql(statement)


bind: Connection = context.config.attributes["connection"]
context.configure(
    connection=bind,
    target_metadata=METADATA,
    transactional_ddl=True,  # works on SQLite: the engine emits BEGIN, not the driver
)
with context.begin_transaction():
    context.run_migrations()
    if bind.dialect.name == "postgresql":
        sort_by_code_points(bind)
