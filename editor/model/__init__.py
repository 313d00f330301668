"""The model: loading, module layout, the thread that owns it, and hooks on its modules.

It may import ``editor.text`` and ``editor.errors``; it knows no patch and no editing method.
"""
