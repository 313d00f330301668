"""Replicas of the model: other processes that follow the ledger by version and answer questions.

``replica.py`` knows nothing of Ray, and ``ray_pool.py`` nothing of models. It may import
``oneedit.ledger``, ``oneedit.state.sharing`` and ``oneedit.ports``.
"""
