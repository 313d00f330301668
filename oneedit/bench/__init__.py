"""Benchmarks: what edits do to the model, measured by real generation."""
