"""Change what a language model knows, and check it by asking the model."""
