"""Text as token ids: the chat template, the user's words without control tokens, encoded examples.

It imports ``kg_data`` and ``editor.errors`` alone.
"""
