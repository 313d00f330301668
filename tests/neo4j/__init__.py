"""A real Neo4j server for the tests: its jars come by Maven, nothing is installed."""
