"""Benchmarks: answers of the edited model, generated greedily, and the speed of edits."""
