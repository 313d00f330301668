"""Asks a base model about a sample of the facts of a relation, in the wordings of the book."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

from controller.graph.store import GraphStore
from kg_data.phrases import Phrases, Prompt, Split
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot
from oneedit.knowledge.knowledge import RelationKnowledge, WordingKind, WordingKnowledge
from oneedit.ports import EditorPort

FACTS = 20
"""Facts of each relation that are asked; all of those that have fewer."""

FIRST_FACTS = 5
"""Facts of each relation that are asked when a home is new, in one question and one statement."""

SPLITS = (Split.TEACH, Split.GATE)
"""Wordings that are asked; those of benchmarks are not."""


@dataclass(frozen=True, slots=True)
class _Wording:
    """A wording of a relation, and how its prompts are made."""

    text: str
    kind: WordingKind
    split: Split
    place: int  # among the prompts of its split


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question in one wording."""

    question: Question
    wording: _Wording
    prompt: Prompt


@dataclass(frozen=True, kw_only=True)
class Interview:
    """Asks a base model, without any patch, what it knows of the graph.

    Attributes:
        editor: the model.
        store: the graph.
        book: its relations with their wordings.
        phrases: words for questions, in the style in which the model is asked.
    """

    editor: EditorPort
    store: GraphStore
    book: RelationBook
    phrases: Phrases

    def ask(
        self,
        relation: str,
        *,
        facts: int = FACTS,
        brief: bool = False,
        edited: Collection[Slot] = (),
    ) -> RelationKnowledge:
        """Return what the model knows of a relation.

        The same facts are drawn from equal graphs. The cost is bounded by their number.

        Args:
            relation: its name.
            facts: how many facts are asked, at most.
            brief: ask in one question and one statement only.
            edited: slots that were edited, about which the base model cannot know.
        """
        questions = self._questions(relation, facts, edited)
        wordings = self._suitable(_wordings(self.book, relation, brief=brief), questions)
        asked = [
            _Asked(question, each, self.phrases.prompts(question, [each.split])[each.place])
            for question in questions
            for each in wordings
        ]
        pairs = [(each.prompt, each.question) for each in asked]
        right = self.editor.right_in(pairs, on=[]) if pairs else []
        return _knowledge(relation, questions, wordings, list(zip(asked, right, strict=True)))

    def _suitable(
        self, wordings: Sequence[_Wording], questions: Sequence[Question]
    ) -> list[_Wording]:
        """Return the wordings that are used at all: some models are asked no questions."""
        counts = {
            split: len(self.phrases.prompts(questions[0], [split])) if questions else 0
            for split in SPLITS
        }
        return [each for each in wordings if each.place < counts[each.split]]

    def _questions(self, relation: str, facts: int, edited: Collection[Slot]) -> list[Question]:
        drawn = self.store.sample(relation, facts + len(edited), Random(0))
        slots = [slot for slot in dict.fromkeys(fact.slot for fact in drawn) if slot not in edited]
        return [
            Question(
                subject=slot.subject,
                path=(relation,),
                answers=tuple(self.store.objects(slot)),
                kind=Kind.LOCALITY,
            )
            for slot in slots[:facts]
        ]


def _wordings(book: RelationBook, relation: str, *, brief: bool) -> list[_Wording]:
    """Return the wordings of a relation in the order in which prompts are made of them."""
    found = []
    for split in SPLITS:
        statements = getattr(book[relation].statements, split.value)
        questions = getattr(book[relation].questions, split.value)
        both = [(text, WordingKind.STATEMENT) for text in statements]
        both += [(text, WordingKind.QUESTION) for text in questions]
        found += [_Wording(text, kind, split, place) for place, (text, kind) in enumerate(both)]
    if not brief:
        return found
    first = {each.kind: each for each in reversed(found)}
    return list(first.values())


def _knowledge(
    relation: str,
    questions: Sequence[Question],
    wordings: Sequence[_Wording],
    answers: Sequence[tuple[_Asked, bool]],
) -> RelationKnowledge:
    known = {asked.question.subject for asked, right in answers if right}
    subjects = [each.subject for each in questions]
    return RelationKnowledge(
        relation=relation,
        known=tuple(each for each in subjects if each in known),
        unknown=tuple(each for each in subjects if each not in known),
        wordings=tuple(
            WordingKnowledge(
                wording=each.text,
                kind=each.kind.value,
                right=sum(right for asked, right in answers if asked.wording == each),
                asked=len(known),
            )
            for each in wordings
        ),
    )
