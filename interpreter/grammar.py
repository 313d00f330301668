"""Patterns compiled from the wordings of the relation book, and a parser of noun phrases.

A form has one or two slots: ``s`` and ``o`` for names, ``np`` for a noun phrase such as
"the capital of France", which :class:`NounPhraseParser` parses.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import inflect

from kg_data.relations import RelationBook

LONGEST_NAME = 120  # characters
LONGEST_CHAIN = 3  # relations

_SLOT = re.compile(r"\{(s|o|np)\}")
_TOKEN = re.compile(r"[^\W_]+(?:-[^\W_]+)*|'s\b|\s+|.", re.UNICODE)
_ARTICLE = re.compile(r"^(?:the|a|an|one of the|some|any) ", re.IGNORECASE)
_ADJECTIVE = re.compile(r"^(?:current|present|own|new|official) ", re.IGNORECASE)
_POSSESSIVE = re.compile(r"'s |(?<=[sS])' ")
_TENSES = (("is", "was", "are", "were"), ("has", "have", "had"), ("does", "did", "do"))
_TOKENS = {word: f"(?:{'|'.join(words)})" for words in _TENSES for word in words}
_TOKENS |= {"'s": "(?:'s|(?<=s)')", ",": ",?", "{who}": "(?:who|what)"}


@dataclass(frozen=True, slots=True)
class Form:
    """A compiled wording.

    Attributes:
        relation: the relation of the wording, or "" if a slot holds a noun phrase.
        slots: names of the slots in the order of the sentence, one or two.
        head, middle, tail: the words around the slots; ``middle`` is None with one slot.
        exact: whether the wording is in the relation book.
        length: characters around the slots: the more, the more specific is the wording.
    """

    relation: str
    slots: tuple[str, ...]
    head: re.Pattern[str]
    middle: re.Pattern[str] | None
    tail: re.Pattern[str]
    exact: bool
    length: int

    def matches(self, text: str) -> Iterator[dict[str, str]]:
        """Yield every division of a text that fits the form, as texts by slot."""
        head = self.head.match(text)
        tail = self.tail.search(text, head.end()) if head else None
        if head is None or tail is None:
            return
        if self.middle is None:
            yield from self._filled(text[head.end() : tail.start()])
            return
        for hit in self.middle.finditer(text, head.end(), tail.start()):
            first, second = text[head.end() : hit.start()], text[hit.end() : tail.start()]
            yield from self._filled(first, second)

    def _filled(self, *texts: str) -> Iterator[dict[str, str]]:
        stripped = [text.strip(" ,") for text in texts]
        if all(0 < len(text) <= LONGEST_NAME for text in stripped):
            yield dict(zip(self.slots, stripped, strict=True))


def compile_form(wording: str, relation: str = "", *, exact: bool = False) -> Form:
    """Compile a wording with the slots {s}, {o} and {np}; a final "." or "?" is optional."""
    pieces = _SLOT.split(wording.rstrip(".?"))
    words, slots = pieces[::2], tuple(pieces[1::2])
    flags = re.IGNORECASE
    middle = re.compile(_pattern(words[1]), flags) if len(slots) == 2 else None
    head = _pattern(words[0])
    if words[0].startswith(("The ", "the ")):
        head = f"(?:the )?{_pattern(words[0][4:])}"
    tail = rf"{_pattern(words[-1])}[.!]?$" if words[-1] else "$"
    return Form(
        relation=relation,
        slots=slots,
        head=re.compile(head, flags),
        middle=middle,
        tail=re.compile(tail, flags),
        exact=exact,
        length=sum(len(word) for word in words),
    )


def _pattern(words: str) -> str:
    tokens = re.findall(r"\{who\}|" + _TOKEN.pattern, words.replace("{Who}", "{who}"))
    return "".join(_TOKENS.get(token.casefold(), re.escape(token)) for token in tokens)


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A parsed noun phrase.

    Attributes:
        name: the name at which the path starts.
        path: the relations, first hop first; empty if the phrase is a name.
        entity_class: class that the phrase states: "state" in "the state of Georgia".
    """

    name: str
    path: tuple[str, ...]
    entity_class: str = ""


class NounPhraseParser:
    """Parses noun phrases with the nouns of a relation book."""

    def __init__(self, book: RelationBook) -> None:
        engine = inflect.engine()
        self._relations = dict(book.by_noun)
        for noun, relation in book.by_noun.items():
            self._relations.setdefault(engine.plural_noun(noun), relation)
        self._classes = {name.replace("_", " "): name for name in book.classes}

    def relation(self, words: str) -> str | None:
        """Return the relation that a noun names, with or without article and full stop."""
        noun = _ARTICLE.sub("", words.rstrip(".").casefold())
        return self._relations.get(noun) or self._relations.get(_ADJECTIVE.sub("", noun))

    def nouns(self) -> Iterable[str]:
        """Return every casefolded noun and plural, the longest first."""
        return sorted(self._relations, key=len, reverse=True)

    def parse(self, text: str, limit: int = LONGEST_CHAIN) -> Iterator[NounPhrase]:
        """Yield the parses with at most ``limit`` relations, the likeliest first.

        "of" binds less tightly than "'s": "the capital of X's country" is the capital of the
        country of X.
        """
        if limit:
            yield from self._parse_of(text, limit)
            for hit in _POSSESSIVE.finditer(text):
                relation = self.relation(text[hit.end() :])
                if relation is not None:
                    for phrase in self.parse(text[: hit.start()], limit - 1):
                        yield replace(phrase, path=(*phrase.path, relation))
        if 0 < len(text) <= LONGEST_NAME:
            yield NounPhrase(text, ())

    def _parse_of(self, text: str, limit: int) -> Iterator[NounPhrase]:
        for hit in re.finditer(" of ", text[:LONGEST_NAME]):
            head, rest = text[: hit.start()], text[hit.end() :]
            relation = self.relation(head)
            if relation is not None:
                for phrase in self.parse(rest, limit - 1):
                    yield replace(phrase, path=(*phrase.path, relation))
            entity_class = self._classes.get(_ARTICLE.sub("", head.casefold()))
            if entity_class is not None:
                yield NounPhrase(rest, (), entity_class)
