"""The questions of a plan: those that an edit changes, and those that it must not change.

They are computed from two views of the graph; imports are ``controller.graph`` and ``kg_data``.
"""
