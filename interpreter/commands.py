"""Readers of undo and roll back commands, history requests and small talk."""

import re

from interpreter.intents import RollBack, Talk, Unclear, Undo

_VERSION = r"(?:(?:version|edit|change|number|no\.?|v\.?|#)\s*)*#?(?P<version>\d+)"
_LAST = "(?:last|latest|previous)"
_UNDO = re.compile(
    r"(?:please )?(?:(?:undo|revert|rollback|roll back|take back)"
    rf"(?: (?:that|it|this|(?:the |my )?{_LAST}(?: (?:one|edit|change|fact))?|{_VERSION}))?"
    r"|take (?:that|it|this) back)(?: (?:again|please))?",
    re.IGNORECASE,
)
_ROLL_BACK = re.compile(
    rf"(?:please )?(?:rollback|roll back|go back|return|roll forward) (?:to )?{_VERSION}"
    r"(?: (?:again|please))?",
    re.IGNORECASE,
)
_UNDO_START = re.compile(r"(?:please )?(?:undo|revert|rollback|roll back)\b", re.IGNORECASE)
_LONGEST_VERSION = 12  # digits
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
_FINAL_MARKS = " .!?"


def read_undo(text: str) -> Undo | Unclear | None:
    """Return the undo that a message asks for, or None; ``Unclear`` if it names no version."""
    command = text.rstrip(_FINAL_MARKS)
    found = _UNDO.fullmatch(command)
    if found and found["version"] is None:
        return Undo()
    if found and len(found["version"]) <= _LONGEST_VERSION:
        return Undo(int(found["version"]))
    if _UNDO_START.match(command) and not text.endswith("?"):
        reason = (
            'Say "undo" for the last edit, "undo 42" for version 42 alone, or "roll back to 42" '
            "for everything as it was at version 42."
        )
        return Unclear("not_understood", reason)
    return None


def read_roll_back(text: str) -> RollBack | None:
    """Return the roll back that a message asks for, or None."""
    found = _ROLL_BACK.fullmatch(text.rstrip(_FINAL_MARKS))
    if found is None or len(found["version"]) > _LONGEST_VERSION:
        return None
    return RollBack(int(found["version"]))


def read_history(text: str) -> str | None:
    """Return the name whose history is requested, "" for all edits, or None."""
    found = _HISTORY.fullmatch(text.rstrip(_FINAL_MARKS))
    if found is None:
        return None
    return found["entity"] or found["about"] or ""


def read_small_talk(text: str) -> Talk | None:
    """Return a greeting, thanks or a call for help, or None."""
    return Talk(text) if _TALK.fullmatch(text.rstrip(_FINAL_MARKS)) else None
