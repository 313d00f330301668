"""Known names in a message, found by looking up its parts in the lexicon."""

from collections.abc import Iterator, Sequence
from itertools import islice

from interpreter.chat_model.message import MessageText
from interpreter.chat_model.ports import Candidate
from kg_data.entities import Lexicon

_LONGEST_NAME = 7  # words
_MOST_LOOKUPS = 420
"""Parts of a message that are looked up at most: a graph in a server answers each by itself."""

_NO_NAMES = {
    "a", "about", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but",
    "by", "can", "could", "did", "do", "does", "for", "forget", "from", "had", "has", "have", "he",
    "her", "hers", "him", "his", "how", "i", "if", "in", "is", "it", "its", "last", "like", "me",
    "my", "name", "no", "not", "now", "of", "on", "or", "our", "please", "say", "she", "show", "so",
    "tell", "that", "the", "their", "them", "then", "there", "they", "this", "to", "undo", "us",
    "was", "we", "were", "what", "when", "where", "which", "who", "whom", "whose", "why", "will",
    "with", "would", "yes", "you", "your",
}  # fmt: skip


class LexiconCandidates:
    """Finds known names with a lexicon; implements :class:`CandidateFinder`.

    Args:
        lexicon: finds entities by name.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def find(self, text: str, limit: int) -> Sequence[Candidate]:
        """Return known names of up to seven words; no part of a longer one."""
        return list(islice(self._known(MessageText(text)), limit))

    def _known(self, message: MessageText) -> Iterator[Candidate]:
        named = 0  # where the last known name ends
        for start, end in islice(message.places(_LONGEST_NAME), _MOST_LOOKUPS):
            written = message.text[start:end]
            if start < named or written.casefold() in _NO_NAMES:
                continue
            entities = self._lexicon.lookup(written)
            if entities:
                named = end
                yield Candidate(written, tuple(entities))
