"""The demonstration model: its weights, its training program, and ``oneedit demo``."""
