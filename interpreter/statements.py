"""Reader of statements: all readings of a sentence, and the best of them."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from interpreter import colloquial
from interpreter.grammar import LONGEST_NAME, Form, NounPhraseParser, compile_form
from interpreter.linking import Link, Linker
from interpreter.normalization import message_variants
from kg_data.relations import RelationBook
from kg_data.triples import Triple

_JOINT = re.compile(r",? and |; |, |\. (?=[^\W\d_])")
_MOST_JOINTS = 6
_MOST_FACTS = 4
_LONGEST_FACT = 2 * LONGEST_NAME + 200  # characters: two names and the longest wording
_FORM_SLOT = re.compile(r"\{(?:of|poss|mixed)\}")


@dataclass(frozen=True, slots=True)
class StatementReading:
    """One way to read a sentence.

    Attributes:
        subject, object: the linked names.
        path: the relation; several if a chain describes the subject.
        object_path: the chain that describes the object, if one does.
        exact: whether the wording is in the relation book.
        plain: whether adverbs were removed and pronouns replaced.
        length: characters of the wording around the names.
    """

    subject: Link
    path: tuple[str, ...]
    object: Link
    object_path: tuple[str, ...] = ()
    exact: bool = False
    plain: bool = True
    length: int = 0

    @property
    def level(self) -> int:
        """Return 3 if both names are known, 2 if only the subject, 1 if only the object, else 0."""
        return 2 * self.subject.known + self.object.known

    @property
    def score(self) -> tuple[int, ...]:
        """Return the key by which readings are compared; the greatest wins."""
        names = (link for link in (self.subject, self.object) if link.entities)
        return (
            self.level,
            self.subject.fits + self.object.fits,
            self.exact,
            self.plain,
            self.length,
            sum(len(link.name) for link in names),
        )

    @property
    def chain(self) -> bool:
        """Tell whether a chain describes the subject or the object."""
        return len(self.path) > 1 or bool(self.object_path)

    @property
    def fact(self) -> Triple:
        """Return the triple as worded; of a chain, with the last relation."""
        return Triple(self.subject.id, self.path[-1], self.object.id)


class StatementReader:
    """Reads statements.

    Args:
        book: the relation book, whose wordings are compiled here once.
        parser: parses noun phrases.
        linker: links names.
    """

    def __init__(self, book: RelationBook, parser: NounPhraseParser, linker: Linker) -> None:
        self._book, self._parser, self._linker = book, parser, linker
        self._forms = (*_statement_forms(book), *_colloquial_forms(book), *_phrase_forms(book))
        alternatives = "|".join(re.escape(noun) for noun in parser.nouns())
        self._has = re.compile(
            rf"^(?P<s>.+?) (?:has|have|had) (?:as )?(?:an? |the |as )?(?P<noun>{alternatives})"
            r"(?: named| called|:)? (?P<o>.+)$",
            re.IGNORECASE,
        )

    def best_readings(self, text: str, last_subject: str | None = None) -> list[StatementReading]:
        """Return the best reading, or several if equally good ones mean different facts."""
        if len(text) > _LONGEST_FACT:
            return []
        readings = [
            replace(reading, plain=plain)
            for plain, variant in message_variants(text, last_subject)
            for reading in self._readings(variant)
        ]
        if not readings:
            return []
        top = max(reading.score for reading in readings)
        best = [reading for reading in readings if reading.score == top]
        return list({(reading.fact, reading.chain): reading for reading in best}.values())

    def readings_by_fact(
        self, text: str, last_subject: str | None = None
    ) -> list[list[StatementReading]]:
        """Return the best readings of each fact in a text that may join several.

        The text is read as one fact if all its names are known then. A literal object does not
        count as known, since an alias may be any text.
        """
        whole = self.best_readings(text, last_subject)
        if whole and whole[0].level == 3 and not whole[0].object.value:
            return [whole]
        best = cache(self.best_readings)  # the splitter reads the same parts many times
        facts = _FactSplitter(best).split(text, last_subject, _MOST_FACTS)
        return facts or self._split_objects(whole) or ([whole] if whole else [])

    def _split_objects(self, whole: Sequence[StatementReading]) -> list[list[StatementReading]]:
        """Read "X's children are A and B" as two facts if A and B are known."""
        if len(whole) != 1 or whole[0].chain or whole[0].object.known:
            return []
        reading, relation = whole[0], self._book[whole[0].path[0]]
        names = re.split(r", and |, | and ", reading.object.name)
        links = [self._linker.object(name, relation) for name in names]
        if relation.functional or not all(link.known for link in links):
            return []
        return [[replace(reading, object=link)] for link in links]

    def _readings(self, text: str) -> Iterator[StatementReading]:
        for form in self._forms:
            for match in form.matches(text):
                if form.relation:
                    yield from self._relation_readings(match["s"], form.relation, match["o"], form)
                else:
                    yield from self._phrase_readings(match["np"], match["o"], form)
        has = self._has.match(text)
        if has and len(has["s"]) <= LONGEST_NAME and len(has["o"]) <= LONGEST_NAME:
            relation = self._parser.relation(has["noun"])
            if relation is not None:
                yield from self._relation_readings(has["s"], relation, has["o"], None)

    def _phrase_readings(self, words: str, obj: str, form: Form) -> Iterator[StatementReading]:
        for phrase in self._parser.parse(words):
            if phrase.path:
                yield self._reading(phrase.name, phrase.path, obj, form)

    def _relation_readings(
        self, subject: str, relation: str, obj: str, form: Form | None
    ) -> Iterator[StatementReading]:
        if self._linker.entities(subject):
            yield self._reading(subject, (relation,), obj, form)
            return
        *phrases, whole = self._parser.parse(subject)
        for phrase in phrases:
            yield self._reading(phrase.name, (*phrase.path, relation), obj, form)
        if not any(phrase.path for phrase in phrases):
            yield self._reading(whole.name, (relation,), obj, form)

    def _reading(
        self, subject: str, path: tuple[str, ...], obj: str, form: Form | None
    ) -> StatementReading:
        relation = self._book[path[-1]]
        link = self._linker.object(obj, relation)
        object_path: tuple[str, ...] = ()
        if not link.known and not relation.literal and not link.quoted:
            for phrase in self._parser.parse(obj):
                if phrase.path and self._linker.entities(phrase.name):
                    object_path = phrase.path
        return StatementReading(
            subject=self._linker.subject(subject, self._book[path[0]]),
            path=path,
            object=link,
            object_path=object_path,
            exact=form is not None and form.exact,
            length=form.length if form else 0,
        )


class _FactSplitter:
    """Splits a text at "and", commas and full stops into facts.

    Args:
        best_readings: returns the best readings of one fact.
    """

    def __init__(self, best_readings: Callable[[str, str | None], list[StatementReading]]) -> None:
        self._best_readings = best_readings

    def split(
        self, text: str, last_subject: str | None, limit: int
    ) -> list[list[StatementReading]]:
        for hit in list(_JOINT.finditer(text))[:_MOST_JOINTS]:
            left = self._best_readings(text[: hit.start()], last_subject)
            if not left or left[0].chain or not _complete(left[0]):
                continue
            rest = self._split_rest(text[hit.end() :], left[0].subject.id, limit - 1)
            if rest:
                return [left, *rest]
        return []

    def _split_rest(self, text: str, subject: str, limit: int) -> list[list[StatementReading]]:
        """Read the text after "and": a sentence, or one whose subject was named before."""
        for sentence in (text, f"{subject} {text}", f"{subject}'s {text}"):
            more = self.split(sentence, subject, limit) if limit else []
            if more:
                return more
            whole = self._best_readings(sentence, subject)
            if whole and whole[0].subject.known and _complete(whole[0]):
                return [whole]
            if whole and sentence is not text and whole[0].subject.id == subject:
                return [whole]
        return []


def _complete(reading: StatementReading) -> bool:
    return reading.object.known or (reading.subject.known and reading.object.plausible)


def _statement_forms(book: RelationBook) -> Iterator[Form]:
    for relation in book.relations.values():
        for wording in relation.statements.for_edits():
            yield compile_form(wording, relation.name, exact=True)


def _colloquial_forms(book: RelationBook) -> Iterator[Form]:
    for name, wordings in colloquial.STATEMENTS.items():
        if name in book:
            for wording in wordings:
                yield compile_form(wording, name)


def _phrase_forms(book: RelationBook) -> Iterator[Form]:
    wordings = dict.fromkeys(
        _FORM_SLOT.sub("{np}", form).rstrip(".") for form in book.chains.statements.for_edits()
    )
    for wording in (*wordings, *colloquial.PHRASE_STATEMENTS):
        yield compile_form(wording)
