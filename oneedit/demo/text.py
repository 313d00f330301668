"""The demonstration model's training text, written from its curriculum.

A document is a list of pieces of text with loss weights: 1 for answers and 0.1 for the rest, so
that the model spends its few parameters on the answers.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from kg_data.invented_names import invent_person, invent_place, invent_thing
from kg_data.phrases import Phrases, end_sentence, fill_chain, step_by_step
from kg_data.questions import UNKNOWN, Question
from kg_data.relations import Relation, RelationBook, Wordings
from kg_data.triples import Slot
from oneedit.demo.curriculum import Curriculum
from oneedit.demo.tokenizer import ASSISTANT, BOS, END, EOS, USER
from oneedit.demo.variation import QuestionVariation

CONTEXT, ANSWER = 0.1, 1.0  # weights in the loss
EDIT_WORDINGS = 0.35  # share of the questions that are worded as edits word them
SUBJECT = "{s}"


class Piece(NamedTuple):
    """A piece of text, and the weight of its tokens in the loss."""

    text: str
    weight: float


Document = list[Piece]
Drawn = TypeVar("Drawn")


@dataclass(frozen=True)
class Mixture:
    """Share of each kind of document; they need not sum to one."""

    passage: float = 0.18
    dialogue: float = 0.34
    chain: float = 0.22
    steps: float = 0.20
    invented: float = 0.08
    empty: float = 0.14


class DocumentWriter:
    """Writes an endless stream of documents; equal seeds give equal streams."""

    def __init__(
        self, curriculum: Curriculum, book: RelationBook, *, seed: int, mixture: Mixture = Mixture()
    ) -> None:
        self._curriculum, self._book, self._phrases = curriculum, book, Phrases(book)
        self._rng = random.Random(seed)
        self._variation = QuestionVariation(self._rng)
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
        self._facts = _EpochSampler(curriculum.facts, self._rng)
        self._chains = _EpochSampler(curriculum.chains, self._rng)
        self._stepped = _EpochSampler(curriculum.stepped_chains, self._rng)
        self._empty_slots = _EpochSampler(curriculum.empty_slots, self._rng)

    def documents(self) -> Iterator[Document]:
        """Yield documents without end."""
        while True:
            (write,) = self._rng.choices(self._kinds, self._weights)
            yield [Piece(BOS, 0.0), *write(), Piece(EOS, CONTEXT)]

    def _passage(self) -> Document:
        """State several facts about one subject, in random order, wording and name."""
        first = self._facts.draw()
        others = [fact for fact in self._facts_of[first.subject] if fact is not first]
        facts = [first, *self._rng.sample(others, min(len(others), self._rng.randint(1, 5)))]
        self._rng.shuffle(facts)
        return [piece for fact in facts for piece in self._statement(fact)]

    def _statement(self, fact: Question) -> Document:
        wording = self._rng.choice(self._book[fact.path[0]].statements.for_training())
        return _statement_pieces(wording.replace("{s}", self._name(fact.subject)), fact.answer)

    def _dialogue(self) -> Document:
        """Ask one to three questions about facts."""
        facts = [self._facts.draw() for _ in range(self._rng.randint(1, 3))]
        return [
            piece
            for fact in facts
            for piece in _chat_pieces(self._ask_fact(fact.slot), fact.answer)
        ]

    def _ask_fact(self, slot: Slot) -> str:
        relation = self._book[slot.relation]
        if self._rng.random() < 0.15:
            return self._typed(self._generic_wording([relation]), slot.subject)
        return self._typed(self._drawn(relation.questions), slot.subject)

    def _drawn(self, wordings: Wordings) -> str:
        """Draw a wording; those of edits, which have to be known best, more often."""
        edits = not wordings.base or self._rng.random() < EDIT_WORDINGS
        return self._rng.choice(wordings.for_edits() if edits else wordings.base)

    def _chain(self) -> Document:
        """State or ask a chain directly."""
        chain = self._chains.draw()
        relations = [self._book[name] for name in chain.path]
        forms = self._book.chains
        if self._rng.random() < 0.5:
            wording = self._rng.choice(forms.statements.for_training())
            sentence = self._fill(wording, self._name(chain.subject), relations)
            return _statement_pieces(sentence, chain.answer)
        question = self._typed(self._generic_wording(relations), chain.subject)
        return _chat_pieces(question, chain.answer)

    def _generic_wording(self, relations: Sequence[Relation]) -> str:
        """Return a wording over {s} of a chain, or of one relation by its noun."""
        form = self._drawn(self._book.chains.questions)
        if len(relations) == 1:
            form = form.replace("the {mixed}", "{poss}")
        return self._fill(form, SUBJECT, relations)

    def _typed(self, wording: str, subject: str) -> str:
        return self._variation.typed(wording, self._name(subject))

    def _steps(self) -> Document:
        """Ask for the hops of a chain, sometimes after other text."""
        before = (
            self._rng.choice([self._passage, self._dialogue])() if self._rng.random() < 0.4 else []
        )
        chain = self._stepped.draw()
        relations = [self._book[name] for name in chain.path]
        if self._rng.random() < 0.4:
            wording = step_by_step(self._generic_wording(relations))
        else:
            wording = self._fill(self._drawn(self._book.steps.questions), SUBJECT, relations)
        question = self._typed(wording, chain.subject)
        return [*before, *_chat_pieces(question, self._phrases.steps(chain))]

    def _empty(self) -> Document:
        """Ask about an empty slot, or about an invented person."""
        slot = self._empty_slots.draw()
        if self._rng.random() < 0.2:
            slot = Slot(invent_person(self._rng), slot.relation)
        return _chat_pieces(self._ask_fact(slot), UNKNOWN)

    def _invented(self) -> Document:
        """State facts about an invented person, then ask about one of them."""
        person = invent_person(self._rng)
        people = [r for r in self._book.relations.values() if "person" in r.domain and r.functional]
        chosen = self._rng.sample(people, self._rng.randint(1, 3))
        objects = [self._invent(relation) for relation in chosen]
        pieces: Document = []
        for relation, obj in zip(chosen, objects, strict=True):
            wording = self._rng.choice(relation.statements.for_training())
            pieces += _statement_pieces(wording.replace("{s}", person), obj)
        asked = self._rng.randrange(len(chosen))
        question = self._variation.typed(self._drawn(chosen[asked].questions), person)
        return pieces + _chat_pieces(question, objects[asked])

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
        """Fill a wording of chains, sometimes with a synonym of a relation's noun."""
        nouns = [
            self._rng.choice(relation.nouns) if self._rng.random() < 0.25 else relation.noun
            for relation in relations
        ]
        return fill_chain(form, subject, nouns, relations[-1].who)


class _EpochSampler(Generic[Drawn]):
    """Draws items in random order without replacement, and starts over when all were drawn."""

    def __init__(self, items: Sequence[Drawn], rng: random.Random) -> None:
        self._items, self._rng, self._remaining = items, rng, list[Drawn]()

    def draw(self) -> Drawn:
        if not self._remaining:
            self._remaining = list(self._items)
            self._rng.shuffle(self._remaining)
        return self._remaining.pop()


def _by_subject(facts: Sequence[Question]) -> Mapping[str, list[Question]]:
    found: dict[str, list[Question]] = defaultdict(list)
    for fact in facts:
        found[fact.subject].append(fact)
    return found


def _statement_pieces(sentence: str, answer: str) -> Document:
    """Split a statement wording at its object, and end it with "." and a newline."""
    begin = sentence.rpartition("{o}")[0].rstrip()
    return [Piece(begin, CONTEXT), Piece(f" {end_sentence(answer)}\n", ANSWER)]


def _chat_pieces(question: str, answer: str) -> Document:
    return [Piece(f"{USER}{question}{END}{ASSISTANT}", CONTEXT), Piece(f"{answer}{END}", ANSWER)]
