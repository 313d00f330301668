"""Editing methods, each with its ``Config``."""
