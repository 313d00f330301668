"""Greedy generation with a natural stop, for one prompt or for many at once.

It may import ``editor.model`` and ``editor.text``.
"""
