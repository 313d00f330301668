"""The questions of a plan: what an edit changes, and what it must leave as it is.

They are computed from two views of the graph and import ``controller.graph`` and ``kg_data``.
"""
