"""Conversations: who takes part, and what each may do with them.

It knows nothing of the queue, which asks it whether somebody may write in a conversation.
"""
