"""The HTTP interface for programs, under ``/api/v1``: one module for each kind of resource.

Every route asks the service in the name of who asks; no rule is here.
"""
