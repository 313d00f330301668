"""OneEdit, the application: its service, ledger, web pages, command line and benchmarks.

It imports all other packages, and none imports it. The order of its rooms is a contract of
import-linter in ``pyproject.toml``.
"""
