"""Statements: every reading of a sentence, and the best of them."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from interpreter import colloquial
from interpreter.grammar import LONGEST_NAME, Form, NounPhraseParser, compile_form
from interpreter.linking import Link, Linker
from interpreter.normalization import variants
from kg_data.relations import RelationBook
from kg_data.triples import Triple

_JOINT = re.compile(r",? and |; |, |\. (?=[^\W\d_])")
_MOST_JOINTS = 6
_MOST_FACTS = 4
_LONGEST_FACT = 2 * LONGEST_NAME + 200  # letters: two names, and the longest wording between them
_FORM_SLOT = re.compile(r"\{(?:of|poss|mixed)\}")


@dataclass(frozen=True, slots=True)
class StatementReading:
    """One way to read a sentence.

    Attributes:
        subject, object: what the names stand for.
        path: the relation; several where the sentence speaks of a chain.
        object_path: relations in the object, which should be a name.
        exact: whether the wording is the relation book's own.
        plain: whether adverbs were removed and pronouns resolved.
        length: letters of the wording.
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
        """Return 3 if both names are known, 2 for the subject, 1 for the object, else 0."""
        return 2 * self.subject.known + self.object.known

    @property
    def score(self) -> tuple[int, ...]:
        """Return what decides between readings; the greater wins."""
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
        """Tell whether the sentence speaks of something it does not name."""
        return len(self.path) > 1 or bool(self.object_path)

    @property
    def fact(self) -> Triple:
        """Return the triple as worded; of a chain, with the last relation."""
        return Triple(self.subject.id, self.path[-1], self.object.id)


class StatementReader:
    """Finds the readings of statements.

    Args:
        book: whose wordings are compiled here, once.
        nouns: takes noun phrases apart.
        linker: links the names.
    """

    def __init__(self, book: RelationBook, nouns: NounPhraseParser, linker: Linker) -> None:
        self._book, self._nouns, self._linker = book, nouns, linker
        self._forms = (*_statement_forms(book), *_everyday_forms(book), *_phrase_forms(book))
        alternatives = "|".join(re.escape(noun) for noun in nouns.all())
        self._has = re.compile(
            rf"^(?P<s>.+?) (?:has|have|had) (?:as )?(?:an? |the |as )?(?P<noun>{alternatives})"
            r"(?: named| called|:)? (?P<o>.+)$",
            re.IGNORECASE,
        )

    def best(self, text: str, last_subject: str | None = None) -> list[StatementReading]:
        """Return the best reading, or the best ones if equally good ones mean different facts."""
        if len(text) > _LONGEST_FACT:
            return []
        readings = [
            replace(reading, plain=plain)
            for plain, variant in variants(text, last_subject)
            for reading in self._readings(variant)
        ]
        if not readings:
            return []
        top = max(reading.score for reading in readings)
        best = [reading for reading in readings if reading.score == top]
        return list({(reading.fact, reading.chain): reading for reading in best}.values())

    def sentences(self, text: str, last_subject: str | None = None) -> list[list[StatementReading]]:
        """Return the best readings of each fact in a text, several facts where it joins them.

        The text is read as one fact where all its names are known that way; an alias may be any
        text, and so it does not count as known here.
        """
        whole = self.best(text, last_subject)
        if whole and whole[0].level == 3 and not whole[0].object.value:
            return [whole]
        best = cache(self.best)  # joints are tried in many ways, and each piece is read once
        parts = _Joined(best).parts(text, last_subject, _MOST_FACTS)
        return parts or self._listed(whole) or ([whole] if whole else [])

    def _listed(self, whole: Sequence[StatementReading]) -> list[list[StatementReading]]:
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
            for fill in form.fills(text):
                if form.relation:
                    yield from self._read(fill["s"], form.relation, fill["o"], form)
                else:
                    yield from self._phrase(fill["np"], fill["o"], form)
        has = self._has.match(text)
        if has and len(has["s"]) <= LONGEST_NAME and len(has["o"]) <= LONGEST_NAME:
            relation = self._nouns.relation(has["noun"])
            if relation is not None:
                yield from self._read(has["s"], relation, has["o"], None)

    def _phrase(self, phrase: str, name: str, form: Form) -> Iterator[StatementReading]:
        for parse in self._nouns.parses(phrase):
            if parse.path:
                yield self._reading(parse.name, parse.path, name, form)

    def _read(
        self, subject: str, relation: str, name: str, form: Form | None
    ) -> Iterator[StatementReading]:
        if self._linker.known(subject):
            yield self._reading(subject, (relation,), name, form)
            return
        *parses, plain = self._nouns.parses(subject)
        for parse in parses:
            yield self._reading(parse.name, (*parse.path, relation), name, form)
        if not any(parse.path for parse in parses):
            yield self._reading(plain.name, (relation,), name, form)

    def _reading(
        self, subject: str, path: tuple[str, ...], name: str, form: Form | None
    ) -> StatementReading:
        relation = self._book[path[-1]]
        target = self._linker.object(name, relation)
        object_path: tuple[str, ...] = ()
        if not target.known and not relation.literal and not target.quoted:
            for parse in self._nouns.parses(name):
                if parse.path and self._linker.known(parse.name):
                    object_path = parse.path
        return StatementReading(
            subject=self._linker.subject(subject, self._book[path[0]]),
            path=path,
            object=target,
            object_path=object_path,
            exact=form is not None and form.exact,
            length=form.length if form else 0,
        )


class _Joined:
    """Takes a text apart where it joins facts.

    Args:
        best: returns the best readings of one sentence; it is asked for the same ones again.
    """

    def __init__(self, best: Callable[[str, str | None], list[StatementReading]]) -> None:
        self._best = best

    def parts(
        self, text: str, last_subject: str | None, limit: int
    ) -> list[list[StatementReading]]:
        for hit in list(_JOINT.finditer(text))[:_MOST_JOINTS]:
            left = self._best(text[: hit.start()], last_subject)
            if not left or left[0].chain or not _complete(left[0]):
                continue
            rest = self._rest(text[hit.end() :], left[0].subject.id, limit - 1)
            if rest:
                return [left, *rest]
        return []

    def _rest(self, text: str, subject: str, limit: int) -> list[list[StatementReading]]:
        """Read what follows "and": a sentence, or one whose subject is said before."""
        for sentence in (text, f"{subject} {text}", f"{subject}'s {text}"):
            more = self.parts(sentence, subject, limit) if limit else []
            if more:
                return more
            whole = self._best(sentence, subject)
            if whole and whole[0].subject.known and _complete(whole[0]):
                return [whole]
            if whole and sentence is not text and whole[0].subject.id == subject:
                return [whole]
        return []


def _complete(reading: StatementReading) -> bool:
    return reading.object.known or (reading.subject.known and reading.object.plausible)


def _statement_forms(book: RelationBook) -> Iterator[Form]:
    for relation in book.relations.values():
        for wording in relation.statements.all():
            yield compile_form(wording, relation.name, exact=True)


def _everyday_forms(book: RelationBook) -> Iterator[Form]:
    for name, wordings in colloquial.STATEMENTS.items():
        if name in book:
            for wording in wordings:
                yield compile_form(wording, name)


def _phrase_forms(book: RelationBook) -> Iterator[Form]:
    wordings = dict.fromkeys(
        _FORM_SLOT.sub("{np}", form).rstrip(".") for form in book.chains.statements.all()
    )
    for wording in (*wordings, *colloquial.PHRASE_STATEMENTS):
        yield compile_form(wording)
