"""Plans edits: conflicts, consequences, and who may do what. It reads; it never writes."""
