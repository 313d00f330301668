"""The graph: its port, a store in memory, views, names and paths.

It imports ``kg_data`` and ``controller.errors``; only ``*_store.py`` import a graph library.
"""
