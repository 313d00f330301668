"""The text the demonstration model learns from, written from the shipped facts.

A document is a list of pieces with weights: answers carry the full loss, the rest a small one,
so that the model spends its few parameters on what is asked.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from kg_data.invented_names import invent_person, invent_place, invent_thing
from kg_data.phrases import Phrases, end_sentence, fill_chain, step_by_step
from kg_data.questions import UNKNOWN, Question
from kg_data.relations import Relation, RelationBook
from kg_data.triples import Slot
from oneedit.demo.curriculum import Curriculum
from oneedit.demo.tokenizer import ASSISTANT, BOS, END, EOS, USER

MIXED = "{Who} is the {mixed}?"
"""How people word a chain most often; the relation book keeps it for nothing else."""

CONTEXT, ANSWER = 0.1, 1.0  # weights in the loss


class Piece(NamedTuple):
    """A stretch of text, and its weight in the loss."""

    text: str
    weight: float


Document = list[Piece]
Card = TypeVar("Card")


@dataclass(frozen=True)
class Mixture:
    """Share of each kind of document; they need not sum to one."""

    passage: float = 0.26
    dialogue: float = 0.24
    chain: float = 0.24
    steps: float = 0.20
    invented: float = 0.12
    empty: float = 0.08


class Author:
    """Writes an endless stream of documents; equal seeds give equal streams."""

    def __init__(
        self, curriculum: Curriculum, book: RelationBook, *, seed: int, mixture: Mixture = Mixture()
    ) -> None:
        self._curriculum, self._book, self._phrases = curriculum, book, Phrases(book)
        self._rng = random.Random(seed)
        kinds = {
            self._passage: mixture.passage,
            self._dialogue: mixture.dialogue,
            self._chain: mixture.chain,
            self._steps: mixture.steps,
            self._invented: mixture.invented,
            self._empty: mixture.empty,
        }
        self._kinds, self._weights = list(kinds), list(kinds.values())
        self._facts_of: Mapping[str, list[Question]] = _by_subject(curriculum.facts)
        self._facts = _Deck(curriculum.facts, self._rng)
        self._chains = _Deck(curriculum.chains, self._rng)
        self._stepped = _Deck(curriculum.stepped, self._rng)
        self._gaps = _Deck(curriculum.empty, self._rng)

    def documents(self) -> Iterator[Document]:
        """Yield documents without end."""
        while True:
            (write,) = self._rng.choices(self._kinds, self._weights)
            yield [Piece(BOS, 0.0), *write(), Piece(EOS, CONTEXT)]

    def _passage(self) -> Document:
        """Describe one subject in several statements, in any order, wording and name."""
        first = self._facts.draw()
        others = [fact for fact in self._facts_of[first.subject] if fact is not first]
        facts = [first, *self._rng.sample(others, min(len(others), self._rng.randint(1, 5)))]
        self._rng.shuffle(facts)
        return [piece for fact in facts for piece in self._statement(fact)]

    def _statement(self, fact: Question) -> Document:
        wording = self._rng.choice(self._book[fact.path[0]].statements.all())
        return _stated(wording.replace("{s}", self._name(fact.subject)), fact.answer)

    def _dialogue(self) -> Document:
        """Ask one to three questions about facts."""
        turns = [self._facts.draw() for _ in range(self._rng.randint(1, 3))]
        return [piece for fact in turns for piece in _turn(self._ask_fact(fact.slot), fact.answer)]

    def _ask_fact(self, slot: Slot) -> str:
        relation = self._book[slot.relation]
        wordings = relation.questions.all()
        if self._rng.random() < 0.25:
            return self._generic_question(slot.subject, [relation])
        return self._rng.choice(wordings).replace("{s}", self._name(slot.subject))

    def _chain(self) -> Document:
        """State or ask a chain directly."""
        chain = self._chains.draw()
        relations = [self._book[name] for name in chain.path]
        forms = self._book.chains
        if self._rng.random() < 0.5:
            wording = self._rng.choice(forms.statements.all())
            return _stated(self._fill(wording, chain.subject, relations), chain.answer)
        return _turn(self._generic_question(chain.subject, relations), chain.answer)

    def _generic_question(self, subject: str, relations: Sequence[Relation]) -> str:
        wording = self._rng.choice((*self._book.chains.questions.all(), MIXED))
        return self._fill(wording, subject, relations)

    def _steps(self) -> Document:
        """Ask for the hops of a chain, after some other text half of the time."""
        before = (
            self._rng.choice([self._passage, self._dialogue])() if self._rng.random() < 0.4 else []
        )
        chain = self._stepped.draw()
        relations = [self._book[name] for name in chain.path]
        if self._rng.random() < 0.4:
            direct = self._generic_question(chain.subject, relations)
            question = step_by_step(direct)
        else:
            wording = self._rng.choice(self._book.steps.questions.all())
            question = self._fill(wording, chain.subject, relations)
        return [*before, *_turn(question, self._phrases.steps(chain))]

    def _empty(self) -> Document:
        """Ask about a slot the graph lacks, or about nobody."""
        slot = self._gaps.draw()
        if self._rng.random() < 0.2:
            slot = Slot(invent_person(self._rng), slot.relation)
        return _turn(self._ask_fact(slot), UNKNOWN)

    def _invented(self) -> Document:
        """Describe somebody who does not exist, then ask about what was said."""
        person = invent_person(self._rng)
        people = [r for r in self._book.relations.values() if "person" in r.domain and r.functional]
        chosen = self._rng.sample(people, self._rng.randint(1, 3))
        objects = [self._invent(relation) for relation in chosen]
        pieces: Document = []
        for relation, obj in zip(chosen, objects, strict=True):
            wording = self._rng.choice(relation.statements.all())
            pieces += _stated(wording.replace("{s}", person), obj)
        asked = self._rng.randrange(len(chosen))
        question = self._rng.choice(chosen[asked].questions.all()).replace("{s}", person)
        return pieces + _turn(question, objects[asked])

    def _invent(self, relation: Relation) -> str:
        if relation.literal:
            return f"{self._rng.randint(1500, 2020)}"
        if self._book.accepts(("person",), relation.range[0]):
            return invent_person(self._rng)
        if self._book.accepts(("place",), relation.range[0]):
            return invent_place(self._rng)
        return invent_thing(self._rng)

    def _name(self, subject: str) -> str:
        aliases = self._curriculum.aliases.get(subject)
        return self._rng.choice(aliases) if aliases and self._rng.random() < 0.2 else subject

    def _fill(self, form: str, subject: str, relations: Sequence[Relation]) -> str:
        """Fill a chain form, with a synonym for a noun now and then."""
        nouns = [
            self._rng.choice(relation.nouns) if self._rng.random() < 0.25 else relation.noun
            for relation in relations
        ]
        return fill_chain(form, self._name(subject), nouns, relations[-1].who)


class _Deck(Generic[Card]):
    """Deals every card once before any comes again."""

    def __init__(self, cards: Sequence[Card], rng: random.Random) -> None:
        self._cards, self._rng, self._left = cards, rng, list[Card]()

    def draw(self) -> Card:
        if not self._left:
            self._left = list(self._cards)
            self._rng.shuffle(self._left)
        return self._left.pop()


def _by_subject(facts: Sequence[Question]) -> Mapping[str, list[Question]]:
    found: dict[str, list[Question]] = defaultdict(list)
    for fact in facts:
        found[fact.subject].append(fact)
    return found


def _stated(sentence: str, answer: str) -> Document:
    """Split a statement wording at its object and close it with "." and a newline."""
    begin = sentence.rpartition("{o}")[0].rstrip()
    return [Piece(begin, CONTEXT), Piece(f" {end_sentence(answer)}\n", ANSWER)]


def _turn(question: str, answer: str) -> Document:
    return [Piece(f"{USER}{question}{END}{ASSISTANT}", CONTEXT), Piece(f"{answer}{END}", ANSWER)]
