"""What people ask and look up; nothing here changes anything.

It may import ``oneedit.state`` and ``oneedit.ledger``.
"""
