"""Readers of files with facts, and the program that draws the geography."""
