"""Plans edits: conflicts, consequences, and who may do what. It reads and never writes.

It imports ``kg_data`` alone, and loads neither torch nor a database; graphs come through the port
``controller.graph.store.GraphStore``.
"""
