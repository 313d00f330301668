"""Second moments of a base model's keys, and the text they are computed from.

It may import ``editor.model``, ``editor.text`` and ``editor.patches.files``.
"""
