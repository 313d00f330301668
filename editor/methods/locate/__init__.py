"""Methods that locate a fact at the subject's last token: ROME, MEMIT and AlphaEdit.

They may import the rest of ``editor.methods`` but not ``editor.methods.anchored.method``.
"""
