"""A ledger's database as somebody sees it who works around the ledger."""

from sqlalchemy import text

from oneedit.ledger import engine as engines
from oneedit.ledger.location import Location


def execute(location: Location, *statements: str) -> None:
    """Run statements in one transaction."""
    engine = engines.open_write(location)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def fetch(location: Location, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query."""
    engine = engines.open_read(location)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


def drop_trigger(location: Location, name: str, table: str) -> str:
    """Return the statement that drops a trigger."""
    return f"DROP TRIGGER {name}" + ("" if location.in_file else f" ON {table}")
