"""Turns a message into an intent: statements, questions, retractions, commands.

It imports ``kg_data`` alone; the entities come through the port ``kg_data.entities.Lexicon``.
"""
