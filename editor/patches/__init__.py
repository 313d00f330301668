"""Patches: reversible changes of weights, their files, and the model they are applied to.

It may import ``editor.model`` and ``editor.request``.
"""
