"""The relation book's wordings, compiled once into forms that find the names in a sentence.

A form has one or two slots: ``s`` and ``o`` hold names, ``np`` holds a noun phrase such as
"the capital of France", which :class:`NounPhraseParser` takes apart.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kg_data.relations import RelationBook

LONGEST_NAME = 120
LONGEST_CHAIN = 3

_SLOT = re.compile(r"\{(s|o|np)\}")
_TOKEN = re.compile(r"[^\W_]+(?:-[^\W_]+)*|'s\b|\s+|.", re.UNICODE)
_ARTICLE = re.compile(r"^(?:the|a|an|one of the|some|any) ", re.IGNORECASE)
_ADJECTIVE = re.compile(r"^(?:current|present|own|new|official) ", re.IGNORECASE)
_POSSESSIVE = re.compile(r"'s |(?<=[sS])' ")
_TENSES = (("is", "was", "are", "were"), ("has", "have", "had"), ("does", "did", "do"))
_TOKENS = {word: f"(?:{'|'.join(words)})" for words in _TENSES for word in words}
_TOKENS |= {"'s": "(?:'s|(?<=s)')", ",": ",?", "{who}": "(?:who|what)"}
_IRREGULAR = {"child": "children", "wife": "wives", "alma mater": "alma maters"}


@dataclass(frozen=True, slots=True)
class Form:
    """A compiled wording.

    Attributes:
        relation: the relation it words, or "" if a slot holds a noun phrase.
        slots: names of the slots in the order of the sentence, one or two.
        head, middle, tail: the words around the slots; ``middle`` is None with one slot.
        exact: whether the wording is the relation book's own.
        length: letters of the words around the slots: the longer, the more specific.
    """

    relation: str
    slots: tuple[str, ...]
    head: re.Pattern[str]
    middle: re.Pattern[str] | None
    tail: re.Pattern[str]
    exact: bool
    length: int

    def fills(self, text: str) -> Iterator[dict[str, str]]:
        """Yield every way to fill the slots with plausible names so that the text results."""
        head = self.head.match(text)
        tail = self.tail.search(text, head.end()) if head else None
        if head is None or tail is None:
            return
        if self.middle is None:
            yield from self._named(text[head.end() : tail.start()])
            return
        for hit in self.middle.finditer(text, head.end(), tail.start()):
            first, second = text[head.end() : hit.start()], text[hit.end() : tail.start()]
            yield from self._named(first, second)

    def _named(self, *names: str) -> Iterator[dict[str, str]]:
        bare = [name.strip(" ,") for name in names]
        if all(0 < len(name) <= LONGEST_NAME for name in bare):
            yield dict(zip(self.slots, bare, strict=True))


def compile_form(wording: str, relation: str = "", *, exact: bool = False) -> Form:
    """Compile a wording with the slots {s}, {o} and {np}; final "." or "?" is optional."""
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
    """A noun phrase taken apart.

    Attributes:
        name: what the phrase starts from.
        path: the relations that lead on from it, first hop first.
        kind: class that the phrase gives the name: "state" in "the state of Georgia".
    """

    name: str
    path: tuple[str, ...]
    kind: str = ""


class NounPhraseParser:
    """Takes noun phrases apart with the nouns of a relation book."""

    def __init__(self, book: RelationBook) -> None:
        self._relations = dict(book.by_noun)
        for noun, relation in book.by_noun.items():
            self._relations.setdefault(_plural(noun), relation)
        self._classes = {name.replace("_", " "): name for name in book.classes}

    def relation(self, words: str) -> str | None:
        """Return the relation that words name, article and final stop aside."""
        bare = _ARTICLE.sub("", words.rstrip(".").casefold())
        return self._relations.get(bare) or self._relations.get(_ADJECTIVE.sub("", bare))

    def all(self) -> Iterable[str]:
        """Return every noun, folded, with the plurals; the longest first."""
        return sorted(self._relations, key=len, reverse=True)

    def parses(self, phrase: str, limit: int = LONGEST_CHAIN) -> Iterator[NounPhrase]:
        """Yield the ways to take a phrase apart, the likeliest first.

        "of" reaches further than "'s": the capital of X's country is that of the country of X.
        """
        if limit:
            yield from self._of(phrase, limit)
            for hit in _POSSESSIVE.finditer(phrase):
                relation = self.relation(phrase[hit.end() :])
                if relation is not None:
                    for parse in self.parses(phrase[: hit.start()], limit - 1):
                        yield replace(parse, path=(*parse.path, relation))
        if 0 < len(phrase) <= LONGEST_NAME:
            yield NounPhrase(phrase, ())

    def _of(self, phrase: str, limit: int) -> Iterator[NounPhrase]:
        for hit in re.finditer(" of ", phrase[:LONGEST_NAME]):
            head, rest = phrase[: hit.start()], phrase[hit.end() :]
            relation = self.relation(head)
            if relation is not None:
                for parse in self.parses(rest, limit - 1):
                    yield replace(parse, path=(*parse.path, relation))
            kind = self._classes.get(_ARTICLE.sub("", head.casefold()))
            if kind is not None:
                yield NounPhrase(rest, (), kind)


def _plural(noun: str) -> str:
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch")) else f"{noun}s"
