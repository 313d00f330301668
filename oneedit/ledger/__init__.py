"""The ledger: events in a hash chain, and tables of the facts and patches of each version."""
