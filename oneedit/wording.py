"""What the page says, worked out without a page."""

import re
from collections.abc import Mapping

GROUPS = {
    "taught": "taught wordings",
    "gate": "other wordings",
    "kept": "neighbouring facts kept",
    "consequences": "consequences",
}
STAGES = {
    "look": "Looking",
    "read": "Reading and planning",
    "plan": "Planning",
    "solve": "Solving",
    "check": "Checking",
    "commit": "Committing",
    "advance": "Following",
}

_QUOTED = re.compile(r"""["'](.+?)["'](?= can be | is the name |\. Did|\. Check)""")


def relation_name(relation: str) -> str:
    """Return a relation's name for people.

    >>> relation_name("place_of_birth")
    'place of birth'
    """
    return relation.replace("_", " ")


def chosen(message: str, reason: str, option: str) -> str | None:
    """Return the message with the option put where the unclear name stood.

    An option that is a whole sentence stands for the message.

    >>> chosen("Pari is nice.", 'Nothing is called "Pari". Did you mean "Paris"?', "Paris")
    'Paris is nice.'

    Args:
        message: what was unclear.
        reason: why, with the name in quotes.
        option: what was chosen.

    Returns:
        None if the name does not stand in the message as it was quoted.
    """
    if option.endswith((".", "?")) and " " in option:
        return option
    found = _QUOTED.search(reason)
    if found is None:
        return None
    name = rf"(?<!\w){re.escape(found[1])}(?!\w)"
    replaced, count = re.subn(name, lambda _: option, message, count=1, flags=re.IGNORECASE)
    return replaced if count else None


def progress_words(stage: str, share: float) -> str:
    """Return a stage in words.

    >>> progress_words("solve", 0.42)
    'Solving: 42 %'
    >>> progress_words("check", 0.0)
    'Checking'
    """
    name = STAGES.get(stage, stage.capitalize())
    return f"{name}: {share:.0%}".replace("%", " %") if 0.0 < share < 1.0 else name


def seconds(timings: Mapping[str, float]) -> str:
    """Return how long an edit took, and its longest stages.

    >>> seconds({"plan": 0.01, "solve": 1.32, "check": 0.4})
    '1.7 s: solving 1.3, checking 0.4'
    >>> seconds({"plan": 0.01})
    'less than 0.1 s'
    """
    total = sum(timings.values())
    if total < 0.05:
        return "less than 0.1 s"
    stages = [
        f"{STAGES.get(name, name).lower()} {spent:.1f}"
        for name, spent in timings.items()
        if spent >= 0.05  # less would read 0.0
    ]
    return f"{total:.1f} s" + (f": {', '.join(stages)}" if stages else "")


def listed(names: tuple[str, ...], *, most: int = 6) -> str:
    """Return names in a row; many are cut short.

    >>> listed(("Paris", "Lyon", "Nice"), most=2)
    'Paris, Lyon and 1 more'
    """
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
