"""The reader that marks mentions first: known names, dates, new names; then frames and clauses.

A wording is found by templates over tokens, whose slots only mentions fill, so that a name is never
what is left over; every word that is left over must be explained, or nothing is changed.
"""
