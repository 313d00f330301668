"""Errors of the ``interpreter`` package.

InterpreterError
├── ReadingRefused   what a chat model says about a message cannot be used
└── ModelSilent      a chat model does not answer, or not in time
"""

from kg_data.errors import ExpectedError


class InterpreterError(ExpectedError):
    """Base class of the errors that this package raises on purpose."""


class ReadingRefused(InterpreterError):
    """A reading says what the message does not say; the text tells the model what is wrong."""


class ModelSilent(InterpreterError):
    """No answer of a chat model came."""

    http_status = 503
