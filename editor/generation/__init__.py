"""Greedy generation with a natural stop, for one prompt or for many that wait together.

It may import ``editor.model`` and ``editor.text``.
"""
