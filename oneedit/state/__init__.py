"""The state of a home: its lock, and the projector that brings graph and model to a version.

It may import ``oneedit.ledger`` and ``oneedit.ports``.
"""
