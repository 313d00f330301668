"""All tables of the ledger's database, for the migrations."""

from sqlmodel import SQLModel

from oneedit.ledger import conversation_tables, sign_in_tables, tables

PARTS = (tables, sign_in_tables, conversation_tables)
"""The modules that declare tables."""

METADATA = SQLModel.metadata
