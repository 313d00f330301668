"""Prompt styles: how questions are put to a model, and the examples that show it the form."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from kg_data.phrases import Phrases, Split
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Triple

SHOTS = 6
"""Examples that are drawn, twice as many as a prompt shows, so that some can be left out."""

STYLE, EXAMPLES = "prompt style", "prompt examples"
"""Keys under which version 0 of a ledger records them."""


class PromptStyle(StrEnum):
    """How questions are put to a model; statements are running text in every style."""

    AUTO = "auto"
    CHAT = "chat"
    QA = "qa"
    STATEMENT = "statement"

    @property
    def writes_steps(self) -> bool:
        """Tell whether models asked so may write the hops of a chain down in one answer.

        Others were not trained to: each hop is asked alone, and no edit teaches them the form.
        """
        return self in {PromptStyle.AUTO, PromptStyle.CHAT}


@dataclass(frozen=True, slots=True)
class Shot:
    """A question with its answer that stands before the asked one.

    Attributes:
        subject: the name of what it is about.
        question: the question, ending in "?".
        answer: the answer.
    """

    subject: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Prompting:
    """A prompt style with its examples.

    Attributes:
        style: the style; AUTO leaves the choice to the model's tokenizer.
        shots: examples, the preferred ones first; only for question/answer text.
    """

    style: PromptStyle = PromptStyle.AUTO
    shots: tuple[Shot, ...] = ()

    @property
    def asks(self) -> bool:
        """Tell whether questions are put as questions, not as beginnings of statements."""
        return self.style is not PromptStyle.STATEMENT

    def to_record(self) -> dict[str, str]:
        """Return what version 0 of a ledger records."""
        if self.style is PromptStyle.AUTO:
            return {}
        shots = [[each.subject, each.question, each.answer] for each in self.shots]
        return {STYLE: self.style.value, EXAMPLES: json.dumps(shots, ensure_ascii=False)}

    @classmethod
    def from_record(cls, record: Mapping[str, str]) -> "Prompting | None":
        """Return what version 0 recorded; None for a ledger from before there were styles."""
        if STYLE not in record:
            return None
        shots = tuple(Shot(*each) for each in json.loads(record[EXAMPLES]))
        return cls(PromptStyle(record[STYLE]), shots)


AUTOMATIC = Prompting()
"""The choice of the model's tokenizer, without examples."""


def draw_shots(
    facts: Sequence[Triple], book: RelationBook, *, count: int = SHOTS
) -> tuple[Shot, ...]:
    """Return examples over different relations and subjects, the same for the same facts.

    The relations are those with most facts that allow one object; of each, the subject is the one
    with most facts, which a model is most likely to have read about.
    """
    lasting = [fact for fact in facts if not fact.ended]
    degree = Counter(fact.subject for fact in lasting)
    used = Counter(fact.relation for fact in lasting if book[fact.relation].functional)
    relations = sorted(used, key=lambda name: (-used[name], name))
    return tuple(islice(_shots(lasting, relations, degree, Phrases(book)), count))


def _shots(
    facts: Sequence[Triple], relations: Sequence[str], degree: Counter[str], phrases: Phrases
) -> Iterator[Shot]:
    taken = set[str]()
    for relation in relations:
        candidates = [
            fact
            for fact in facts
            if fact.relation == relation and taken.isdisjoint((fact.subject, fact.object))
        ]
        if not candidates:
            continue
        fact = min(candidates, key=lambda each: (-degree[each.subject], each.subject, each.object))
        question = Question(fact.subject, (relation,), (fact.object,), Kind.RELIABILITY)
        asked = (each for each in phrases.prompts(question, [Split.TEACH]) if each.chat)
        prompt = next(asked, None)
        if prompt is None:  # the book has no question for it
            continue
        taken |= {fact.subject, fact.object}
        yield Shot(fact.subject, prompt.text, prompt.answer)
