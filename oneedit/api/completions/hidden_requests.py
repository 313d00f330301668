"""Requests that chat clients send by themselves: for titles, tags, follow-up questions, searches.

They quote the conversation, so that facts that somebody only talked about stand in them. None may
be read as a message. Open WebUI marks its own with a header if its administrator has set that up;
the others are known by their wording, or by the conversation that they quote.
"""

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

MARK = "X-OpenWebUI-Task"
"""The header by which Open WebUI marks its own requests."""

UNMARKED = frozenset({"none", "null", "{{task}}"})
"""What the header holds of a request that a person has written, if the client does not leave it
out; releases that do not know the template send it as it is."""

TITLE_WORDS = 6
UNTITLED = "Conversation"
NOT_READ = (
    "This looks like a request that a chat client sends by itself, and was not read. "
    "Ask or tell one thing in your own words."
)


class HiddenTask(StrEnum):
    """What a client wants for itself."""

    TITLE = "title"
    TAGS = "tags"
    FOLLOW_UPS = "follow_up"
    QUERIES = "query"
    OTHER = "other"


_WORDINGS: Mapping[HiddenTask, tuple[str, ...]] = {
    HiddenTask.TITLE: (
        r"(generate|create) a concise,? 3-5 word (title|phrase)",
        r"5-word-or-less title",
        r"an extremely concise title for this conversation",
        r"concise title in the detected language",
        r"concise title \(max 40 characters\) for a conversation",
    ),
    HiddenTask.TAGS: (r"broad tags categori[sz]ing",),
    HiddenTask.FOLLOW_UPS: (r"relevant follow-up questions or prompts",),
    HiddenTask.QUERIES: (
        r"necessity of generating search queries",
        r"determine whether a search is necessary",
    ),
    HiddenTask.OTHER: (
        r"you are an autocompletion system",
        r"facial expression through a fitting emoji",
        r"set of responses from various models",
        r"detailed prompt for an? image generation task",
        r"your task is to choose and return the correct tool",
        r"summarize the conversation by integrating new lines",
        r"write a (concise )?summary of the (following )?conversation",
    ),
}
_SHAPES = re.compile(r"\A\s*###? task:|<chat_history>", re.IGNORECASE)
"""How such requests are built, whatever they want."""

_KNOWN = {
    task: re.compile("|".join(patterns), re.IGNORECASE) for task, patterns in _WORDINGS.items()
}
_FLAGS = re.IGNORECASE | re.MULTILINE
_LABEL = r"^[\s>|*\[-]*"
_QUOTED_USER = re.compile(rf"{_LABEL}(?:user|human)\W{{0,3}}:\s*(.*(?:\n\s*\".*)?)$", _FLAGS)
_QUOTED_MODEL = re.compile(
    rf"{_LABEL}(?:assistant|ai|bot|model|response|chatgpt|oneedit)\W{{0,3}}:", _FLAGS
)


def hidden_task(text: str, instructions: Sequence[str] = (), mark: str = "") -> HiddenTask | None:
    r"""Return what a client wants for itself; None if a person has written a message.

    Args:
        text: the last turn of the user, or "" if there is none.
        instructions: the words of the system; people write their own, so that only a known wording
            counts there, and everything only if no user says anything.
        mark: the header by which the request is marked, or "".

    >>> hidden_task("Where was Joe Biden born?")
    >>> hidden_task("Where was Joe Biden born?", mark="tags_generation").name
    'TAGS'
    >>> hidden_task("Where was Joe Biden born?", mark="{{TASK}}")
    >>> hidden_task("USER: Where was Joe Biden born?\nASSISTANT: Scranton").name
    'OTHER'
    """
    if mark and mark.lower() not in UNMARKED:
        return next((each for each in HiddenTask if mark.startswith(each)), HiddenTask.OTHER)
    flat = " ".join((*instructions, text)).split()
    for task, pattern in _KNOWN.items():
        if pattern.search(" ".join(flat)):
            return task
    said = text or "\n".join(instructions)
    quotes = _QUOTED_USER.search(said) and _QUOTED_MODEL.search(said)
    return HiddenTask.OTHER if quotes or _SHAPES.search(said) else None


def hidden_answer(task: HiddenTask, text: str) -> str:
    """Return a short answer in the form that the client asks for.

    >>> hidden_answer(HiddenTask.FOLLOW_UPS, "")
    '{"follow_ups": []}'
    """
    match task:
        case HiddenTask.TITLE:
            title = _title(text)
            return json.dumps({"title": title}, ensure_ascii=False) if '"title":' in text else title
        case HiddenTask.TAGS:
            return json.dumps({"tags": ["General"]})
        case HiddenTask.FOLLOW_UPS:
            return json.dumps({"follow_ups": []})
        case HiddenTask.QUERIES:
            return json.dumps({"queries": []})
        case HiddenTask.OTHER:
            return NOT_READ


def _title(text: str) -> str:
    """Return the beginning of what the user is quoted with."""
    quoted = _QUOTED_USER.search(text)
    words = quoted[1].strip(' "').split() if quoted else []
    return " ".join(words[:TITLE_WORDS]) or UNTITLED
