"""The model itself: loading, the layout of its modules, its thread, and hooks on its modules.

It may import ``editor.text`` and ``editor.errors``; it knows no patch and no editing method.
"""
