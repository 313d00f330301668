"""Known names in a message, as the gazetteer finds them."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice

from interpreter.chat_model.message import MessageText
from interpreter.chat_model.ports import Candidate
from interpreter.mentions.gazetteer import Gazetteer, NameSpan
from interpreter.mentions.language import data_of
from interpreter.mentions.languages import UNDERSTOOD
from interpreter.mentions.tokens import Token, tokenise


class GazetteerCandidates:
    """Finds known names with a gazetteer; implements :class:`CandidateFinder`.

    Args:
        names: the known names.
    """

    def __init__(self, names: Gazetteer) -> None:
        self._names = names

    def find(self, text: str, limit: int) -> Sequence[Candidate]:
        """Return known names, no part of a longer one, and no word of grammar."""
        return list(islice(self._known(MessageText(text).text), limit))

    def _known(self, text: str) -> Iterator[Candidate]:
        tokens = tokenise(text)
        named = 0  # where the last known name ends
        for start, spans in self._names.spans(tokens).items():
            longest = spans[0]
            if start >= named and not _is_grammar(tokens, longest):
                named = longest.end
                written = text[tokens[start].start : tokens[longest.end - 1].end]
                yield Candidate(written, longest.entities)


def _is_grammar(tokens: Sequence[Token], span: NameSpan) -> bool:
    """Tell whether a name is one word of grammar: "It" is the name of a novel, too."""
    return span.end == span.start + 1 and tokens[span.start].key in _closed_words()


@cache
def _closed_words() -> frozenset[str]:
    words = (word for name in UNDERSTOOD for word in data_of(name)["closed"].split())
    return frozenset(words)
