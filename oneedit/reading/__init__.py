"""The chat model that reads what rules cannot: loading, an adapter for local models, training data.

Loaded only where ``ONEEDIT_READER_MODEL`` or ``oneedit reader`` asks for it; only here, in
``interpreter.chat_model`` and in the guard is langchain-core imported.
"""
