"""What is left of a sentence without what frames it."""

from dataclasses import dataclass, field

TIMES = frozenset({"since", "until", "period"})
PLAIN = "plain"


@dataclass(slots=True)
class Framed:
    """A sentence without its frames.

    Attributes:
        places: the tokens that are left.
        kinds: the kinds of the frames that were taken off.
        since, until: dates of the times among them.
    """

    places: list[int]
    kinds: set[str] = field(default_factory=set)
    since: str | None = None
    until: str | None = None

    @property
    def obstacles(self) -> set[str]:
        """Return the kinds that say that nothing is to be changed."""
        return self.kinds - TIMES - {PLAIN}
