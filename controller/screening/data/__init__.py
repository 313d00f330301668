"""Word lists and relation lists of the screens."""
