"""Plans of edits: conflicts, consequences, screening and permissions. Nothing here writes.

The package imports only ``kg_data``, and neither torch nor a database; it reads graphs through
the port ``controller.graph.store.GraphStore``.
"""
