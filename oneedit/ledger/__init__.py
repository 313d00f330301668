"""The ledger: events in a hash chain, and tables of the facts and patches of each version.

It is the only room that imports SQL libraries; it may import ``oneedit.ports``.
"""
