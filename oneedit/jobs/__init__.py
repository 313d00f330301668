"""Background jobs of the server.

They call ``oneedit.edits`` and may import what is below the service.
"""
