"""Ordinary text as anchors: its next tokens must stay as likely as before."""

import re
from collections.abc import Generator, Iterable

from editor.methods.anchored.sampling import Anchor
from editor.request import EditRequest
from editor.text.encoding import Encoder, Example
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split

SHORTEST = 8
"""Tokens of a text at least, or it is left out."""

NOTHING_ASKED = Prompt("", "", Split.TEACH, "")


def text_anchors(
    request: EditRequest, workbench: Workbench, *, most: int
) -> Generator[float, None, list[Anchor]]:
    """Yield between passes, and return texts in which every next token must stay as likely.

    A text is cut behind the first name of a subject that the request edits: what follows may have
    to change.

    Args:
        request: its targets.
        workbench: the model; no patch may be applied while this is advanced.
        most: texts at most.
    """
    texts = yield from workbench.statistics.texts(most)
    facts = [question for question in request.targets if not question.chained]
    names = sorted({question.called or question.subject for question in facts})
    cut = (_until_a_name(ids, names, workbench.encoder) for ids in texts.tolist())
    return [
        Anchor(Example(tuple(ids), 1, NOTHING_ASKED), own=False)
        for ids in cut
        if len(ids) >= SHORTEST
    ]


def _until_a_name(ids: list[int], names: Iterable[str], encoder: Encoder) -> list[int]:
    """Return token ids up to the first name, which is in it; all if there is none."""
    whole = encoder.text(ids)
    found = [name for name in names if _names(whole, name)]
    low, high = 0, len(ids)  # the ids of ``low`` have no name in them
    while found and high - low > 1:
        middle = (low + high) // 2
        text = encoder.text(ids[:middle])
        low, high = (low, middle) if any(_names(text, name) for name in found) else (middle, high)
    return ids[:high]


def _names(text: str, name: str) -> bool:
    """Tell whether a name stands in a text as a word, or as several."""
    return name in text and bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))
