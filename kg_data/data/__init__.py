"""The relation book, and the shipped facts with their entities."""
