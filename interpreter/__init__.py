"""Reading of messages: statements, questions, retractions and commands become intents.

The package imports only ``kg_data``; it finds entities through ``kg_data.entities.Lexicon``.
"""
