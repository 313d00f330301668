"""Ordinary text as anchors: the distribution of its next tokens must stay as before."""

import re
from collections.abc import Generator, Iterable

from editor.methods.examples import Anchor
from editor.request import EditRequest
from editor.text.encoding import Encoder, Example
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split

MIN_TOKENS = 8
"""Length of the shortest text that is used."""

NO_PROMPT = Prompt("", "", Split.TEACH, "")
"""Prompt of an example that is text alone."""


def text_anchors(
    request: EditRequest, workbench: Workbench, *, limit: int
) -> Generator[float, None, list[Anchor]]:
    """Yield between passes, and return texts as anchors at every position.

    A text is cut after the first name of a subject that the request edits, because what follows
    may have to change.

    Args:
        request: its targets name the edited subjects.
        workbench: the model; no patch may be applied while the generator runs.
        limit: texts at most.
    """
    texts = yield from workbench.statistics.texts(limit)
    facts = [question for question in request.targets if not question.chained]
    names = sorted({question.called or question.subject for question in facts})
    cut = (_until_first_name(ids, names, workbench.encoder) for ids in texts.tolist())
    return [
        Anchor(Example(tuple(ids), 1, NO_PROMPT), own=False)
        for ids in cut
        if len(ids) >= MIN_TOKENS
    ]


def _until_first_name(ids: list[int], names: Iterable[str], encoder: Encoder) -> list[int]:
    """Return the token ids up to the end of the first name; all if there is none."""
    text = encoder.decode(ids)
    found = [name for name in names if _contains(text, name)]
    low, high = 0, len(ids)  # the first ``low`` ids contain no name
    while found and high - low > 1:
        middle = (low + high) // 2
        part = encoder.decode(ids[:middle])
        named = any(_contains(part, name) for name in found)
        low, high = (low, middle) if named else (middle, high)
    return ids[:high]


def _contains(text: str, name: str) -> bool:
    """Tell whether a name occurs in a text as whole words."""
    return name in text and bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))
