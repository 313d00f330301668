"""Upkeep of a home: checks, backup, pruning."""
