"""Turns a message into what it asks for."""
