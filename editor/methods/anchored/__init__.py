"""Our method: a change fitted to what the graph says must change, and anchored to the rest.

It may import the rest of ``editor.methods`` but not ``editor.methods.locate``.
"""
