"""Messages about the system itself: undo, history, small talk."""

import re

from interpreter.intents import Talk, Unclear, Undo

_VERSION = r"(?:(?:version|edit|change|number|no\.?|v\.?|#)\s*)*#?(?P<version>\d+)"
_LAST = "(?:last|latest|previous)"
_UNDO = re.compile(
    r"(?:please )?(?:(?:undo|revert|rollback|roll back|take back)"
    rf"(?: (?:that|it|this|(?:the |my )?{_LAST}(?: (?:one|edit|change|fact))?|{_VERSION}))?"
    r"|take (?:that|it|this) back)(?: (?:again|please))?",
    re.IGNORECASE,
)
_UNDO_START = re.compile(r"(?:please )?(?:undo|revert|rollback|roll back)\b", re.IGNORECASE)
_LONGEST_VERSION = 12
_HISTORY = re.compile(
    r"(?:please )?(?:(?:show|list|see|view|display)(?: me)? )?(?:the |all |my |recent )*"
    r"(?:history|edits|changes|edit history|change log|changelog)"
    r"(?: (?:of|for|about|to|on) (?P<entity>.+))?"
    r"|what(?:'s| has| was| is|)(?: been)? changed(?: (?:about|for|with|in|of|on) (?P<about>.+))?",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"(?:hi|hello|hey|good (?:morning|afternoon|evening|day|night)|greetings|howdy"
    r"|thanks|thank you|thx|many thanks|cheers|great|nice|cool|ok|okay|bye|goodbye|see you"
    r"|yes|no|sorry|never mind|help|help me|how are you|how do you do|who are you|what are you"
    r"|what can (?:you do|i (?:do|say|ask)(?: here)?)|how does (?:this|it) work)"
    r"(?:,? (?:there|oneedit|everyone|all|again|so much|very much|a lot|please|today|you))*",
    re.IGNORECASE,
)
_END = " .!?"


def undo(text: str) -> Undo | Unclear | None:
    """Read an undo; "undo the second one" asks back, since a guess would take back too much."""
    bare = text.rstrip(_END)
    found = _UNDO.fullmatch(bare)
    if found and found["version"] is None:
        return Undo()
    if found and len(found["version"]) <= _LONGEST_VERSION:
        return Undo(int(found["version"]))
    if _UNDO_START.match(bare) and not text.endswith("?"):
        reason = 'Say "undo" for the last edit or, for example, "undo 42" for version 42.'
        return Unclear("not_understood", reason)
    return None


def history(text: str) -> str | None:
    """Return the name whose history is asked for, "" for all, or None if none is."""
    found = _HISTORY.fullmatch(text.rstrip(_END))
    if found is None:
        return None
    return found["entity"] or found["about"] or ""


def talk(text: str) -> Talk | None:
    """Read a greeting, thanks or a call for help."""
    return Talk(text) if _TALK.fullmatch(text.rstrip(_END)) else None
