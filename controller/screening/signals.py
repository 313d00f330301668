"""Signals: what screens find, for the policy to judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Signal:
    """A possible harm that a screen found.

    Attributes:
        code: its kind, a key of ``[verdicts]`` in ``controller/policy.toml``.
        score: confidence, 0 to 1.
        text: a sentence for the user.
        numbers: the figures behind it, for example ``{"facts": 800, "limit": 50}``.
        about: the name, fact or actor that it is about; an allowance names it again.
        span: start and end, as of a slice, in the screened text; (0, 0) if none applies.
    """

    code: str
    score: float
    text: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    about: str = ""
    span: tuple[int, int] = (0, 0)


class Screen(Protocol):
    """Finds one kind of harm in a text."""

    def scan(self, text: str) -> Sequence[Signal]:
        """Return the signals; none for a harmless text."""
        ...
