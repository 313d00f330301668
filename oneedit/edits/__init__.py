"""What an edit goes through after its plan: decision, trial, undo, roll back, consolidation.

It may import the rest of ``oneedit`` below the service; only the service and jobs call it.
"""
