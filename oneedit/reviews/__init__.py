"""The review of proposals: edits that somebody other than their author has to agree to.

It may import ``oneedit.edits`` and what is below; the service carries out what is approved.
"""
