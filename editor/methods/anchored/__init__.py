"""Our method: a change fitted to what the graph requires, with anchors for what must stay.

It may import the rest of ``editor.methods`` but not ``editor.methods.locate``.
"""
