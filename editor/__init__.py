"""Changes what a language model knows, and checks the change by asking the model.

The application sees ``editor.editor`` and the values it takes and returns; the package imports
``kg_data`` alone. The order of its rooms is a contract of import-linter in ``pyproject.toml``.
"""
