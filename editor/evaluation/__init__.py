"""Checks by real generation, and the gate that judges them.

It may import ``editor.generation`` and ``editor.text``; ``gate`` and ``report`` load no torch.
"""
