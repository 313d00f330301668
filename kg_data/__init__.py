"""Entities, triples, relations, wordings, questions, and the facts that come with OneEdit."""
