"""Readers of files with facts, and the program that writes the geography files."""
