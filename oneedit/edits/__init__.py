"""What an edit goes through after its plan: decision, trial, undo, consolidation.

It may import the rest of ``oneedit`` below the service; only the service and jobs call it.
"""
