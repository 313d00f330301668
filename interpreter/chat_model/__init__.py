"""Reads messages with any chat model of langchain-core.

The model is shown a slice of the relation book and the entities that a message may mean. What it
answers is data: ``conversion`` accepts only relations of the slice and names that stand in the
message. Only ``reader`` and ``calls`` import langchain-core.
"""
