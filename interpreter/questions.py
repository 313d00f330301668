"""Questions: what they ask, in the graph's terms."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from interpreter import colloquial
from interpreter.grammar import LONGEST_CHAIN, Form, NounPhrase, NounPhraseParser, compile_form
from interpreter.linking import Link, Linker
from interpreter.normalization import variants
from kg_data.relations import RelationBook

_STARTS = re.compile(
    r"(?:(?:in|on|at|of|for|from|to|since|by|with|under|beside) (?:which|what|whom|whose)"
    r"|who|who's|what|what's|where|when|which|whose|whom|how|why|is|are|was|were|did|does|do"
    r"|(?:can|could|would) you|tell me|give me|show me|name (?:the|a|an|one)|name \S+'s"
    r"|step by step|i (?:want|would like|'d like) to know|i wonder)\b",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^(?:please|so|and|ok|okay|well|then|now|hi|hello|hey|(?:can|could|would|will) you(?: please)?"
    r"|tell me|say|do you know|do you remember|i (?:want|would like|'d like|need) to know|i wonder"
    r"|remind me|in your opinion|according to you)[,:]? ",
    re.IGNORECASE,
)
_MOST_COURTESIES = 4
_NEXT = re.compile(r"^(?:and |but )?(?:what about|how about|and|what of) (?P<s>.+)$", re.IGNORECASE)
_DIRECT = re.compile(r"^(?P<wh>.+) (?P<verb>is|was|are|were|does|did|has) \{s\}(?P<rest>.*)\?$")
_SLOT = re.compile(r"\{(?:of|poss|mixed)\}")
_STEP_SLOT = re.compile(r"(?:\{who\}|\{Who\}) is (?:the )?\{\w+\}|\{who\} the \{\w+\} is")
_LATE = 100
"""Rank of noun phrases in wordings with their own relation, behind plain noun phrases."""


@dataclass(frozen=True, slots=True)
class QuestionReading:
    """One way to read a question.

    Attributes:
        subject: what the name stands for.
        path: the relations, first hop first.
        fits: whether classes fit along the path.
        exact: whether the wording is the relation book's own, filled with a name.
        steps: whether the answer is wanted step by step.
        rank: position among the ways to take its noun phrase apart.
    """

    subject: Link
    path: tuple[str, ...]
    fits: bool
    exact: bool
    steps: bool
    rank: int

    @property
    def score(self) -> tuple[int, ...]:
        """Return what decides between readings; the greater wins."""
        hops = len(self.path) if self.steps else 0
        return (self.fits, hops, self.exact, -self.rank, len(self.subject.name))


def is_question(text: str) -> bool:
    """Tell whether a message is worded as a question or as an order to answer one."""
    return text.endswith("?") or bool(_STARTS.match(text) or _STARTS.match(_without_courtesy(text)))


class QuestionReader:
    """Finds what questions ask.

    Args:
        book: whose wordings are compiled here, once.
        nouns: takes noun phrases apart.
        linker: links the names.
    """

    def __init__(self, book: RelationBook, nouns: NounPhraseParser, linker: Linker) -> None:
        self._book, self._nouns, self._linker = book, nouns, linker
        self._forms = (*_question_forms(book), *_phrase_forms(book))
        self._steps = tuple(_step_words(book))

    def best(self, text: str, last_subject: str | None = None) -> list[QuestionReading]:
        """Return the best reading, or several that mean different things; none without a name."""
        core, steps = self._without_steps(text.rstrip("?! "))
        found = [
            asked
            for _, variant in variants(core, last_subject)
            for asked in self._read(_without_courtesy(variant), steps=steps)
        ]
        if not found:
            return []
        top = max(asked.score for asked in found)
        best = [asked for asked in found if asked.score == top]
        return list({(asked.subject.id, asked.path): asked for asked in best}.values())

    def next_one(self, text: str, relation: str) -> QuestionReading | None:
        """Read "What about X?" as the last question, asked of X."""
        found = _NEXT.match(text.rstrip("?!. "))
        if found is None or relation not in self._book:
            return None
        link = self._linker.subject(found["s"], self._book[relation])
        if not link.known or not link.fits:
            return None
        return QuestionReading(link, (relation,), fits=True, exact=False, steps=False, rank=0)

    def _without_steps(self, text: str) -> tuple[str, bool]:
        for words in self._steps:
            core = words.sub("", text)
            if core != text:
                return core.strip(" ,"), True
        return text, False

    def _read(self, text: str, *, steps: bool) -> Iterator[QuestionReading]:
        for form in self._forms:
            for fill in form.fills(text):
                (phrase,) = fill.values()
                for rank, parse in enumerate(self._nouns.parses(phrase)):
                    asked = self._asked(form, parse, rank, steps=steps)
                    if asked is not None:
                        yield asked

    def _asked(
        self, form: Form, parse: NounPhrase, rank: int, *, steps: bool
    ) -> QuestionReading | None:
        path = (*parse.path, form.relation) if form.relation else parse.path
        if not 0 < len(path) <= LONGEST_CHAIN:
            return None
        link = self._linker.subject(parse.name, self._book[path[0]], parse.kind)
        if not link.known:
            return None
        return QuestionReading(
            subject=link,
            path=path,
            fits=link.fits and self._leads_on(path),
            exact=form.exact and not parse.path,
            steps=steps,
            # "Who is {s}'s wife?" must not take "the father of X's wife" apart before "'s".
            rank=rank + _LATE if form.relation and parse.path else rank,
        )

    def _leads_on(self, path: tuple[str, ...]) -> bool:
        for first, second in pairwise(path):
            reached, wanted = self._book[first].range, self._book[second].domain
            if not any(
                self._book.is_a(one, other) or self._book.is_a(other, one)
                for one in reached
                for other in wanted
            ):
                return False
        return True


def _without_courtesy(text: str) -> str:
    for _ in range(_MOST_COURTESIES):
        text = _POLITE.sub("", text)
    return text


def _question_forms(book: RelationBook) -> Iterator[Form]:
    for relation in book.relations.values():
        for wording in relation.questions.all():
            yield compile_form(wording, relation.name, exact=True)
            yield from _indirect(wording, relation.name)
    for name, wordings in colloquial.QUESTIONS.items():
        if name in book:
            for wording in wordings:
                yield compile_form(wording, name)
                yield from _indirect(wording, name)


def _indirect(wording: str, relation: str) -> Iterator[Form]:
    """Yield "where {s} was born" for "Where was {s} born?", "where {s} died" for "... die?"."""
    found = _DIRECT.match(wording)
    if found is None:
        return
    if found["verb"] in {"does", "did"}:
        verb, _, rest = found["rest"].strip().partition(" ")
        rest = f" {rest}" if rest else ""
        for ending in ("s", "es", "d", "ed"):
            yield compile_form(f"{found['wh']} {{s}} {verb}{ending}{rest}", relation)
    else:
        yield compile_form(f"{found['wh']} {{s}} {found['verb']}{found['rest']}", relation)


def _phrase_forms(book: RelationBook) -> Iterator[Form]:
    chains = (_SLOT.sub("{np}", form) for form in book.chains.questions.all())
    for wording in dict.fromkeys((*chains, *colloquial.PHRASE_QUESTIONS)):
        yield compile_form(wording)


def _step_words(book: RelationBook) -> Iterator[re.Pattern[str]]:
    """Yield what step forms put before or after an ordinary question."""
    for form in book.steps.questions.all():
        before, _, after = _STEP_SLOT.sub("\0", form.rstrip("?")).partition("\0")
        words = before.strip() or after.strip()
        if words:
            pattern = re.escape(words.rstrip(",").lstrip(", ")) + ",?"
            anchored = rf"^{pattern} " if before.strip() else rf",? {pattern}$"
            yield re.compile(anchored, re.IGNORECASE)
