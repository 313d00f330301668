"""The small demonstration model: its weights, and the program that trained them."""
