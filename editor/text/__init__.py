"""Text as token ids: the chat template, user text without control tokens, encoded examples.

It imports ``kg_data`` and ``editor.errors`` alone.
"""
