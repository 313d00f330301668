"""Tickets: edits that wait for their turn, and the worker that carries them out."""
