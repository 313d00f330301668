"""The tests of accounts run on both databases."""

from tests.unit.oneedit.ledger.conftest import location

__all__ = ["location"]
