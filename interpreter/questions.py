"""Reader of questions: their subjects and paths of relations."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from interpreter import colloquial
from interpreter.grammar import LONGEST_CHAIN, Form, NounPhrase, NounPhraseParser, compile_form
from interpreter.linking import Link, Linker
from interpreter.normalization import message_variants
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
_CHAINED_SUBJECT_RANK = 100
"""Added to the rank of a chain inside a wording that has its own relation."""


@dataclass(frozen=True, slots=True)
class QuestionReading:
    """One way to read a question.

    Attributes:
        subject: the linked subject.
        path: the relations, first hop first.
        fits: whether the classes fit along the path.
        exact: whether the wording is in the relation book and its slot holds a name.
        steps: whether the question asks for an answer step by step.
        rank: position among the parses of its noun phrase.
    """

    subject: Link
    path: tuple[str, ...]
    fits: bool
    exact: bool
    steps: bool
    rank: int

    @property
    def score(self) -> tuple[int, ...]:
        """Return the key by which readings are compared; the greatest wins."""
        hops = len(self.path) if self.steps else 0
        return (self.fits, hops, self.exact, -self.rank, len(self.subject.name))


def is_question(text: str) -> bool:
    """Tell whether a message is a question or a request to answer one."""
    return text.endswith("?") or bool(_STARTS.match(text) or _STARTS.match(_without_courtesy(text)))


class QuestionReader:
    """Reads questions.

    Args:
        book: the relation book, whose wordings are compiled here once.
        parser: parses noun phrases.
        linker: links names.
    """

    def __init__(self, book: RelationBook, parser: NounPhraseParser, linker: Linker) -> None:
        self._book, self._parser, self._linker = book, parser, linker
        self._forms = (*_question_forms(book), *_phrase_forms(book))
        self._steps = tuple(_step_patterns(book))

    def best_readings(self, text: str, last_subject: str | None = None) -> list[QuestionReading]:
        """Return the best reading, or several if equally good ones differ in meaning."""
        core, steps = self._without_steps(text.rstrip("?! "))
        readings = [
            reading
            for _, variant in message_variants(core, last_subject)
            for reading in self._readings(_without_courtesy(variant), steps=steps)
        ]
        if not readings:
            return []
        top = max(reading.score for reading in readings)
        best = [reading for reading in readings if reading.score == top]
        return list({(reading.subject.id, reading.path): reading for reading in best}.values())

    def read_follow_up(self, text: str, relation: str) -> QuestionReading | None:
        """Read "What about X?" as the last question with X as its subject."""
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

    def _readings(self, text: str, *, steps: bool) -> Iterator[QuestionReading]:
        for form in self._forms:
            for match in form.matches(text):
                (words,) = match.values()
                for rank, phrase in enumerate(self._parser.parse(words)):
                    reading = self._reading(form, phrase, rank, steps=steps)
                    if reading is not None:
                        yield reading

    def _reading(
        self, form: Form, phrase: NounPhrase, rank: int, *, steps: bool
    ) -> QuestionReading | None:
        path = (*phrase.path, form.relation) if form.relation else phrase.path
        if not 0 < len(path) <= LONGEST_CHAIN:
            return None
        link = self._linker.subject(phrase.name, self._book[path[0]], phrase.entity_class)
        if not link.known:
            return None
        return QuestionReading(
            subject=link,
            path=path,
            fits=link.fits and self._classes_fit(path),
            exact=form.exact and not phrase.path,
            steps=steps,
            # "Who is {s}'s wife?" reads "Who is the father of X's wife?" as (father of X)'s wife
            rank=rank + _CHAINED_SUBJECT_RANK if form.relation and phrase.path else rank,
        )

    def _classes_fit(self, path: tuple[str, ...]) -> bool:
        for first, second in pairwise(path):
            objects, subjects = self._book[first].range, self._book[second].domain
            if not any(
                self._book.is_a(obj, subject) or self._book.is_a(subject, obj)
                for obj in objects
                for subject in subjects
            ):
                return False
        return True


def _without_courtesy(text: str) -> str:
    for _ in range(_MOST_COURTESIES):
        text = _POLITE.sub("", text)
    return text


def _question_forms(book: RelationBook) -> Iterator[Form]:
    for relation in book.relations.values():
        for wording in relation.questions.for_edits():
            yield compile_form(wording, relation.name, exact=True)
            yield from _indirect_forms(wording, relation.name)
    for name, wordings in colloquial.QUESTIONS.items():
        if name in book:
            for wording in wordings:
                yield compile_form(wording, name)
                yield from _indirect_forms(wording, name)


def _indirect_forms(wording: str, relation: str) -> Iterator[Form]:
    """Yield the indirect questions of a wording: "where {s} was born" for "Where was {s} born?"."""
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
    chains = (_SLOT.sub("{np}", form) for form in book.chains.questions.for_edits())
    for wording in dict.fromkeys((*chains, *colloquial.PHRASE_QUESTIONS)):
        yield compile_form(wording)


def _step_patterns(book: RelationBook) -> Iterator[re.Pattern[str]]:
    """Yield patterns for the words that step wordings add to a question."""
    for form in book.steps.questions.for_edits():
        before, _, after = _STEP_SLOT.sub("\0", form.rstrip("?")).partition("\0")
        words = before.strip() or after.strip()
        if words:
            pattern = re.escape(words.rstrip(",").lstrip(", ")) + ",?"
            anchored = rf"^{pattern} " if before.strip() else rf",? {pattern}$"
            yield re.compile(anchored, re.IGNORECASE)
