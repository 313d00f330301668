"""Web pages. User text becomes text nodes, never markup.

They call the service alone, and say results through ``oneedit.wording``.
"""
