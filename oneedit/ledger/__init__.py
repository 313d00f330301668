"""The ledger: events in a hash chain, and the facts and patches they leave."""
