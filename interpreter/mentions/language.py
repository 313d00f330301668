"""The words of a language, as templates: statements, questions, commands and what frames them."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import inflect

from interpreter.mentions.number_words import NumberWords
from interpreter.mentions.spelling import SHORTEST, SpellingIndex
from interpreter.mentions.stems import stem
from interpreter.mentions.templates import MOST_SKIPPED, Element, Templates, Text, compile_wording
from interpreter.mentions.tokens import Kind, tokenise
from interpreter.mentions.traits import Traits
from interpreter.mentions.wordings import NAMED, ClauseWording, Form, Wording
from kg_data.relations import Relation, RelationBook

DATA = Path(str(files("interpreter.mentions") / "data"))


@cache
def data_of(name: str) -> Mapping[str, Any]:
    """Return the content of a file in ``interpreter/mentions/data``."""
    content: Mapping[str, Any] = tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))
    return content


class Language:
    """The lexicon of one language for one relation book.

    Args:
        book: the relation book.
        data: the content of a file of ``interpreter/mentions/data``.
    """

    def __init__(self, book: RelationBook, data: Mapping[str, Any]) -> None:
        self._data = data
        self.book = book
        self.name: str = data["name"]
        self.reads_book = self.name == "English"  # the language of the book's wordings
        self.closed = frozenset(data["closed"].split())
        self.common = frozenset(data["common"].split())
        self.soft = frozenset(data["soft"].split())
        self.months = _months(data["months"])
        self.pronouns: Mapping[str, frozenset[str]] = {
            kind: frozenset(words) for kind, words in data["pronouns"].items()
        }
        everyone = set().union(*(self.pronouns[each] for each in ("person", "thing", "several")))
        self.pronouns = {**self.pronouns, "all": frozenset(everyone)}
        self._genders = {
            name: gender
            for gender, names in data.get("first_names", {}).items()
            for name in names.split()
        }
        self.owner = frozenset(data["owner"])
        self.of = frozenset(data["of"])
        self.determiners, self.adjectives = map(
            frozenset, (data["determiners"], data["adjectives"])
        )
        self.traits = Traits.of(data)
        self.example: str = data.get("example", "The capital of France is Paris.")
        self.nouns = self._nouns()
        self.classes = self._classes()
        self.phrases = {
            name: _group(wordings, name) for name, wordings in data.get("phrases", {}).items()
        }
        self.adverbs = _group(data["adverbs"], "plain")
        self.commands = _groups(data.get("commands", {}), most_skipped=2)
        self.asked_before = self._of_section("questions_opened")
        self.asked_behind = _group(data["questions_opened"]["closed"], "question")
        self.corrections = self._of_section("corrections")
        self.forgetting = _group(data["forget"]["openings"], "forget")
        self.openings, self.closings = self._frames()
        self.follow_ups = self._of_section("follow_ups")
        self.main = self._main()
        self.relative = self._relative()

    @classmethod
    def load(cls, name: str, book: RelationBook) -> "Language":
        """Return the language of a file in ``interpreter/mentions/data``."""
        return cls(book, data_of(name))

    @cached_property
    def times(self) -> Templates[str]:
        """Return the words for times, as :class:`interpreter.intents.Selection` has them."""
        return _groups(self._data["times"])

    @cached_property
    def number_words(self) -> NumberWords:
        """Return the words for numbers."""
        return NumberWords.of(self._data)

    @cached_property
    def words(self) -> frozenset[str]:
        """Return every word of the language that is known: no misspelling of a name."""
        found = set(self.closed | self.common | self.soft | set(self.months))
        texts = [
            text
            for group in ("statements", "questions", "nouns")
            for texts in self._data.get(group, {}).values()
            for text in texts
        ]
        texts += self._data["adverbs"]
        for relation in self.book.relations.values() if self.reads_book else ():
            texts += [*relation.nouns, *relation.statements.for_training()]
            texts += relation.questions.for_training()
        return frozenset(found) | _words_of_wordings(texts)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Return the words of all wordings, too, by which a message in the language is known."""
        groups = (value for key, value in self._data.items() if key not in _WITHOUT_WORDS)
        return self.words | _words_of_wordings(_texts(list(groups)))

    # ---------- nouns ----------

    def _nouns(self) -> Templates[str]:
        engine = inflect.engine()
        nouns: Templates[str] = Templates()
        for noun, relation in self.book.by_noun.items() if self.reads_book else ():
            nouns.add(noun, relation)
            nouns.add(engine.plural_noun(noun), relation)
        for relation, texts in self._data.get("nouns", {}).items():
            if relation in self.book:
                for text in texts:
                    nouns.add(text, relation)
        return nouns

    def _classes(self) -> Templates[str]:
        classes: Templates[str] = Templates()
        for name in self.book.classes if self.reads_book else ():
            classes.add(name.replace("_", " "), name)
        for name, texts in self._data.get("classes", {}).items():
            for text in texts:
                classes.add(text, name)
        return classes

    @property
    def well_known(self) -> Mapping[str, Sequence[str]]:
        """Return further names that the language has for entities, by their ids."""
        names: Mapping[str, Sequence[str]] = self._data.get("names", {})
        return names

    def corrected(self, word: str) -> Sequence[str]:
        """Return the words of the language that another may be a misspelling of.

        Letters of another alphabet are no typing error, though they may look like the right ones.

        Args:
            word: a key of a token, hence without accents.
        """
        if word in self.words or not word.isalpha() or not word.isascii():
            return ()
        typing_error: str = self._data.get("typing_errors", {}).get(word, "")
        return (typing_error,) if typing_error else self._spelling.nearest(word)[:_MOST_CORRECTED]

    @cached_property
    def _spelling(self) -> SpellingIndex:
        return SpellingIndex(word for word in self.words if len(word) >= SHORTEST)

    def gender(self, name: str) -> str:
        """Return "male" or "female" by the first name of somebody, "" if it does not tell."""
        gender: str = self._genders.get(name.split()[0].casefold(), "")
        return gender

    def noun_matches(self, text: Text, place: int) -> Iterator[tuple[int, str]]:
        """Yield the nouns of relations at a place of a text."""
        return ((match.end, match.payload) for match in self.nouns.matches(text, place))

    def relation_of(self, words: str) -> str | None:
        """Return the relation that a noun, and nothing else, names."""
        elements = compile_wording(words)
        return self.nouns.find(elements[0]) if elements else None

    def class_matches(self, text: Text, place: int) -> Iterator[tuple[int, str]]:
        """Yield the nouns of classes at a place of a text."""
        return ((match.end, match.payload) for match in self.classes.matches(text, place))

    def path_to_class(self, relation: str, entity_class: str) -> tuple[str, ...]:
        """Return a relation, and one more where its objects are not of a class but lie in such.

        "The country where X was born" is the country of the birthplace of X.
        """
        book = self.book
        allowed = book[relation].range
        if _fits(book, allowed, entity_class):
            return (relation,)
        for further in reversed(book.containers):
            leads = _fits(book, book[further].range, entity_class)
            if leads and any(_fits(book, book[further].domain, each) for each in allowed):
                return (relation, further)
        return ()

    def _of_section(self, section: str) -> Templates[str]:
        return _group(self._data.get(section, {}).get("wordings", ()), section)

    def _frames(self) -> tuple[Templates[str], Templates[str]]:
        """Return what stands before a fact, and what stands behind it, by kind."""
        openings: Templates[str] = Templates()
        closings: Templates[str] = Templates()
        for frame in self._data["frames"]:
            for wording in frame["wordings"]:
                if frame["at"] in {"start", "both"}:
                    openings.add(wording, frame["kind"])
                if frame["at"] in {"end", "both"}:
                    closings.add(wording, frame["kind"])
        return openings, closings

    @cached_property
    def of_relations(self) -> frozenset[str]:
        """Return the words between the noun of a relation and whom it belongs to."""
        return self.of | frozenset(self._data.get("of_relations", ()))

    @cached_property
    def _requests(self) -> Mapping[str, Templates[str]]:
        sections: Mapping[str, Sequence[str]] = self._data.get("requests", {})
        return {place: _group(wordings, place) for place, wordings in sections.items()}

    def requests(self, sentence: Text) -> bool:
        """Tell whether a question asks for a change, by its first words or its last ones."""
        size = len(sentence.weights)
        opened = self._requests and any(m.end for m in self._requests["openings"].matches(sentence))
        return bool(opened) or any(
            match.end == size
            for start in range(max(0, size - _LONGEST_REQUEST), size if self._requests else 0)
            for match in self._requests["closings"].matches(sentence, start)
        )

    @property
    def date_openers(self) -> Sequence[str]:
        """Return the words that a date may begin with besides months: "year" of "the year 1867"."""
        openers: Sequence[str] = self._data["dates"]["openers"]
        return openers

    @cached_property
    def before_era(self) -> Sequence[tuple[str, ...]]:
        """Return the words by which a year lies before the year 1."""
        return [tuple(each.split()) for each in self._data["dates"]["before_era"]]

    # ---------- clauses ----------

    def statements(self) -> Sequence[tuple[tuple[Element, ...], Relation, bool]]:
        """Return the plain wordings of statements with their relation, and whether in the book."""
        return self._statements

    @cached_property
    def _statements(self) -> Sequence[tuple[tuple[Element, ...], Relation, bool]]:
        return tuple(self._plain_statements())

    def _plain_statements(self) -> Iterator[tuple[tuple[Element, ...], Relation, bool]]:
        for relation in self.book.relations.values():
            if self.reads_book:
                in_book = relation.statements.for_edits()
                for wording in relation.statements.for_training():
                    for elements in self._compiled(wording, relation):
                        yield elements, relation, wording in in_book
            for wording in self._data["statements"].get(relation.name, ()):
                for elements in self._compiled(wording, relation):
                    yield elements, relation, False

    def _compiled(self, wording: str, relation: Relation) -> Iterator[tuple[Element, ...]]:
        """Yield the plain wordings of one, those about a day for a month or a year as well."""
        for elements in compile_wording(wording):
            yield elements
            periods: Mapping[str, str] = self._data["dates"]["periods"]
            for day, period in periods.items() if relation.dated else ():
                there = ((stem(day), False), ("o", True))
                for place in range(len(elements) - 1):
                    if elements[place : place + 2] == there:
                        yield (*elements[:place], (stem(period), False), *elements[place + 1 :])

    def value_questions(self) -> Iterator[tuple[tuple[Element, ...], str]]:
        """Yield the plain wordings of questions for a value that name their relation."""
        for wording, payload in self._questions():
            if payload.form is Form.VALUE:
                for elements in compile_wording(wording):
                    yield elements, payload.relation
        for elements, relation, _ in self.statements():
            clause = self._clause_of(elements)
            for question, form in clause.questions() if clause is not None else ():
                if form is Form.VALUE:
                    yield question, relation.name

    def _clause_of(self, elements: tuple[Element, ...]) -> ClauseWording | None:
        """Return a wording as a clause that questions are made from; None if it is none."""
        return ClauseWording.of(elements, self.traits.prepositions) if self.reads_book else None

    @property
    def hears(self) -> bool:
        """Tell whether sentences that no wording fits may be read by their cues."""
        return "turning" in self._data

    @cached_property
    def taking_back(self) -> frozenset[str]:
        """Return the words that take back what stands before them."""
        return frozenset(self._data.get("taking_back", ()))

    @cached_property
    def questioning(self) -> frozenset[str]:
        """Return the words with which a sentence asks."""
        return frozenset(self._data.get("questioning", ()))

    def noun_elements(self) -> Iterator[tuple[tuple[Element, ...], str]]:
        """Yield the nouns of relations as words, with their relation."""
        named = list(self.book.by_noun.items()) if self.reads_book else []
        for relation, texts in self._data.get("nouns", {}).items():
            named += [(text, relation) for text in texts if relation in self.book]
        for noun, relation in named:
            for elements in compile_wording(noun):
                yield elements, relation

    @cached_property
    def turning(self) -> frozenset[str]:
        """Return the stems of words that may turn the sense of a sentence wherever they stand."""
        frames = [each for each in self._data["frames"] if each["kind"] not in _KEEPING_FRAMES]
        texts = [text for each in frames for text in each["wordings"]]
        texts += self._data["forget"]["openings"]
        words = _words_of_wordings(texts) - self.closed - self.soft
        words |= set(self._data.get("turning", "").split())
        return frozenset(map(stem, words))

    def _main(self) -> Templates[Wording]:
        main: Templates[Wording] = Templates(MOST_SKIPPED)
        for elements, relation, exact in self.statements():
            stated = Wording(Form.STATEMENT, relation.name, exact)
            main.add_elements(_for_objects(elements, relation), stated)
            clause = self._clause_of(elements)
            if clause is not None:
                for question, form in clause.questions():
                    asked = Wording(form, relation.name)
                    main.add_elements(_for_objects(question, relation), asked)
        for wording, payload in (*self._questions(), *self._without_relation(), *self._pairs()):
            main.add(wording, payload)
        return main

    @cached_property
    def retracting(self) -> Templates[Wording]:
        """Return the wordings that take a fact away."""
        retracting: Templates[Wording] = Templates(MOST_SKIPPED)
        for wording, payload in self._retractions():
            retracting.add(wording, payload)
        return retracting

    def _questions(self) -> Iterator[tuple[str, Wording]]:
        """Yield the questions of the relation book, and those of the language."""
        if self.reads_book:
            for relation in self.book.relations.values():
                for wording in relation.questions.for_training():
                    yield wording, Wording(Form.VALUE, relation.name, exact=True)
        for name, wording in self._by_relation("questions"):
            yield wording, Wording(Form.VALUE, name)
        for name, wording in self._by_relation("yes_no"):
            yield wording, Wording(Form.YES_NO, name)

    def _without_relation(self) -> Iterator[tuple[str, Wording]]:
        """Yield wordings in which a noun names the relation."""
        for form, group in _NOUN_FORMS.items():
            for wording in self._data.get(group, ()):
                yield wording, Wording(form, "")

    def _pairs(self) -> Iterator[tuple[str, Wording]]:
        for pair in self._data.get("pairs", ()):
            first, second = pair["relations"]
            if first in self.book and second in self.book:
                for wording in pair["wordings"]:
                    yield wording, Wording(Form.STATEMENT, first, second=second)

    def _retractions(self) -> Iterator[tuple[str, Wording]]:
        for wording in (*self._data["forget"]["slots"], *self._data["forget"]["facts"]):
            yield wording, Wording(Form.RETRACTION, "")
        for name, wording in self._by_relation("retractions"):
            yield wording, Wording(Form.RETRACTION, name)

    def _by_relation(self, group: str) -> Iterator[tuple[str, str]]:
        for name, wordings in self._data.get(group, {}).items():
            if name in self.book:
                for wording in wordings:
                    yield name, wording

    def _relative(self) -> Templates[Wording]:
        relative: Templates[Wording] = Templates(MOST_SKIPPED)
        for elements, relation, _ in self.statements():
            clause = self._clause_of(elements)
            if clause is not None:
                for form in clause.relative_clauses():
                    relative.add_elements(form, Wording(Form.RELATIVE, relation.name))
        for name, texts in self._data.get("relative_clauses", {}).items():
            for text in texts if name in self.book else ():
                relative.add(text, Wording(Form.RELATIVE, name))
        return relative


def _for_objects(elements: Iterable[Element], relation: Relation) -> Iterator[Element]:
    """Yield a wording whose object is a name, unless the relation takes a literal.

    Any words at all may be meant as a literal, so that each wording would fit in many ways.
    """
    for text, is_slot in elements:
        named = is_slot and text == "o" and not relation.literal
        yield (NAMED if named else text), is_slot


_LONGEST_REQUEST = 12  # tokens of a request behind a fact
_MOST_CORRECTED = 4  # words that are equally near to a misspelt one
_NOUN_FORMS = {
    Form.STATEMENT: "noun_statements",
    Form.FRAGMENT: "noun_fragments",
    Form.VALUE: "noun_questions",
    Form.YES_NO: "noun_yes_no",
    Form.LIST: "noun_lists",
}
_KEEPING_FRAMES = frozenset({"plain", "since", "until", "period"})
_WITHOUT_WORDS = frozenset({"name", "example", "names", "first_names", "pronouns"})
_SIGNS = re.compile(r"[\[\]()|]|\{\w+\}")


def _group(wordings: Iterable[str], kind: str) -> Templates[str]:
    """Return templates that all have one payload."""
    return _groups({kind: wordings})


def _groups(wordings_by_kind: Mapping[str, Iterable[str]], most_skipped: int = 0) -> Templates[str]:
    """Return templates with their kind as payload."""
    templates: Templates[str] = Templates(most_skipped)
    for kind, wordings in wordings_by_kind.items():
        for wording in wordings:
            templates.add(wording, kind)
    return templates


def _fits(book: RelationBook, allowed: Sequence[str], entity_class: str) -> bool:
    """Tell whether a class lies below one of the allowed ones, or one of them below it."""
    return any(book.is_a(entity_class, each) or book.is_a(each, entity_class) for each in allowed)


def _months(names: Sequence[str]) -> Mapping[str, int]:
    return {
        name[:length]: number
        for number, name in enumerate(names, 1)
        for length in (3, 4, len(name))
    }


def _texts(value: object) -> Iterator[str]:
    """Yield all strings of a value of a TOML file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _words_of_wordings(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of wordings, without their slots and signs."""
    tokens = (token for text in texts for token in tokenise(_SIGNS.sub(" ", text)))
    return frozenset(token.key for token in tokens if token.kind is Kind.WORD)
