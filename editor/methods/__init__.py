"""Editing methods with their settings, and what they share.

They may import every room of the editor but not ``editor.editor``; ``locate`` and ``anchored`` know
nothing of each other.
"""
