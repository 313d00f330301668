"""Screening of edits: names, words, claims about people, and the behaviour of actors.

Nothing here decides: a screen returns signals, and the policy has a verdict for each code and
trust tier (``codes`` proposes them). Screens of one text implement :class:`signals.Screen`, those
of a whole edit :class:`request.TripleScreen`. ``screens`` puts them together.
"""
