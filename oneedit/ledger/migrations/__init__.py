"""The ledger's schema, revision by revision; run by ``oneedit.ledger.engine.migrate``."""
