"""Every wording of the shipped book is read as the fact or the question it was made from."""

from collections.abc import Iterator
from itertools import product

import pytest

from interpreter.dialogue import Dialogue
from interpreter.intents import Ask, Intent, Tell
from interpreter.mentions.reader import MentionReader
from kg_data.entities import Entity
from kg_data.phrases import EDIT_SPLITS, Phrases
from kg_data.questions import Kind, Question
from kg_data.relations import Relation, RelationBook
from kg_data.triples import Triple
from tests.support.lexicon import FakeLexicon

BOOK = RelationBook.shipped()
PHRASES = Phrases(BOOK)
NAMES = {
    "person": ("Martin Luther King Jr.", "Ulysses S. Grant", "Shaquille O'Neal"),
    "city": ("Washington, D.C.", "Port of Spain", "Paris"),
    "country": ("Trinidad and Tobago", "United States", "France"),
    "state": ("Isle of Man", "California"),
    "work": ("Field of Dreams", "Who's Afraid of Virginia Woolf"),
    "university": ("University of California, Los Angeles", "King's College"),
}
LITERALS = {"date": ("1913-02-04",), "year": ("1636",), "text": (".fr", "+33", "FRA")}


def names(entity_class: str) -> tuple[str, ...]:
    return NAMES.get(entity_class) or (f"Old {entity_class.replace('_', ' ').title()}",)


def lexicon() -> FakeLexicon:
    return FakeLexicon(Entity(name, kind) for kind in BOOK.classes for name in names(kind))


READER = MentionReader.over(BOOK, lexicon())


def read(text: str) -> Intent:
    return READER.read(text, Dialogue())


def objects(relation: Relation) -> list[str]:
    return [
        name
        for one in relation.range
        for name in (LITERALS[one] if one in LITERALS else names(one))
    ]


def facts(relation: Relation) -> Iterator[Triple]:
    subjects = [name for one in relation.domain for name in names(one)]
    for subject, obj in product(subjects, objects(relation)):
        if subject != obj:
            yield Triple(subject, relation.name, obj)


@pytest.mark.parametrize("name", list(BOOK.names()))
def test_every_statement_wording_is_read_as_its_triple(name: str) -> None:
    relation = BOOK[name]
    wrong = []
    for wording, fact in product(relation.statements.for_edits(), facts(relation)):
        text = PHRASES.statement(fact, wording)
        intent = read(text)
        if intent != Tell((fact,)):
            wrong.append((text, intent))
    assert wrong == []


@pytest.mark.parametrize("name", list(BOOK.names()))
def test_every_question_wording_is_read_as_its_slot(name: str) -> None:
    relation = BOOK[name]
    subjects = [subject for one in relation.domain for subject in names(one)]
    texts = {
        wording.replace("{s}", subject): subject
        for wording, subject in product(relation.questions.for_edits(), subjects)
    }
    wrong = {text: read(text) for text, s in texts.items() if read(text) != Ask(text, s, (name,))}
    assert wrong == {}


def paths(length: int) -> list[tuple[str, ...]]:
    """Return the paths of a length along which the classes fit."""
    found: list[tuple[str, ...]] = [(name,) for name in BOOK.names()]
    for _ in range(length - 1):
        found = [
            (*path, name)
            for path in found
            for name in BOOK.names()
            if any(BOOK.accepts(BOOK[name].domain, one) for one in BOOK[path[-1]].range)
        ]
    return found


def chain(path: tuple[str, ...]) -> Question:
    subject = names(BOOK[path[0]].domain[0])[0]
    via = ("via",) * (len(path) - 1)
    return Question(subject, path, ("answer",), Kind.ONE_HOP, via)


def misread(path: tuple[str, ...]) -> list[tuple[str, Intent]]:
    question = chain(path)
    prompts = [
        *PHRASES.prompts(question, EDIT_SPLITS),
        *PHRASES.step_prompts(question, EDIT_SPLITS),
    ]
    texts = [prompt.text for prompt in prompts if prompt.chat]
    assert len(texts) == 9
    found = [(text, read(text)) for text in texts]
    return [one for one in found if one[1] not in readings(one[0], path)]


def readings(text: str, path: tuple[str, ...]) -> list[Intent]:
    """Return the accepted readings: the path, or one with a rule's head in place of its body."""
    subject = chain(path).subject
    found: list[Intent] = [Ask(text, subject, path)]
    for place, rule in product(range(len(path) - 1), BOOK.rules):
        if path[place : place + 2] == rule.body:
            found.append(Ask(text, subject, (*path[:place], rule.head, *path[place + 2 :])))
    return found


def test_every_chain_of_two_relations_is_read_in_every_chain_and_step_wording() -> None:
    wrong = [one for path in paths(2) for one in misread(path)]
    assert wrong == []


def test_chains_of_three_relations_are_read_in_every_chain_and_step_wording() -> None:
    wrong = [one for path in paths(3)[::37] for one in misread(path)]
    assert wrong == []
