"""Scheduled work: KG-sync jobs take their place here."""
