"""Entities, triples, relations, wordings, questions, and the facts that come with OneEdit.

Every other package imports it, and it imports none of them.
"""
