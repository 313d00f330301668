"""Checks of a new fact: one pure function per class of conflict.

Each check reads a :class:`controller.conflicts.check.CheckContext` and returns the conflicts it
finds; :mod:`controller.policy` decides what a conflict means for the edit. If a conflict involves
no stored fact, as with a bad literal, ``old`` is the new fact itself.
"""
