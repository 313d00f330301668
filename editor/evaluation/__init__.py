"""Checks of a model's answers, generated greedily, and the gate that judges them.

It may import ``editor.generation`` and ``editor.text``; ``gate`` and ``report`` load no torch.
"""
