"""Change what a language model knows, and prove it by asking."""
