"""People and service accounts: who may do what."""
