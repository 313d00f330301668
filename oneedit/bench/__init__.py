"""Benchmarks: answers of the edited model, generated greedily, and the speed of edits.

They may import every package, but of the application only what is below the service.
"""
