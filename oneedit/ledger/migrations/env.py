"""Run the migrations on the connection that ``engine.migrate`` passes in."""

from alembic import context

from oneedit.ledger.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,  # works on SQLite: the engine emits BEGIN, not the driver
)
with context.begin_transaction():
    context.run_migrations()
