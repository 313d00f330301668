"""The port to the knowledge graph, its stores, and views over them."""
