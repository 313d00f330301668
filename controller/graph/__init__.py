"""The graph: its port, a store in memory, views, names and paths."""
