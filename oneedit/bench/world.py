"""What a benchmark runs on: the shipped graph, a controller over it, and one model."""

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from controller.controller import Controller
from controller.graph.lexicon import GraphLexicon
from controller.graph.networkx_store import NetworkxStore
from controller.plan import EditPlan
from controller.policy import BlockList
from controller.rules import closure
from editor.editor import Editor
from kg_data.changes import Changes
from kg_data.phrases import Phrases, is_right
from kg_data.relations import RelationBook
from kg_data.shipped import shipped
from kg_data.triples import Triple
from oneedit.settings import Settings


@dataclass(frozen=True)
class World:
    """Everything a benchmark needs; it has no ledger.

    Attributes:
        store: the shipped facts and what follows from them.
        controller: plans against the store.
        editor: the model.
        phrases: words for questions.
        book: the relation book.
        lexicon: names of the store's entities.
        most_chains: changed chains that an edit teaches at most.
        first: the facts before any edit.
    """

    store: NetworkxStore
    controller: Controller
    editor: Editor
    phrases: Phrases
    book: RelationBook
    lexicon: GraphLexicon
    most_chains: int
    first: frozenset[Triple]

    def changes(self, asserted: Collection[Triple]) -> Changes:
        """Return how the facts differ from the first state.

        Args:
            asserted: the facts that edits have stated; all others count as derived.
        """
        facts = frozenset(self.store.facts())
        added, removed = sorted(facts - self.first), sorted(self.first - facts)
        return Changes(
            added=tuple(fact for fact in added if fact in asserted),
            retracted=tuple(fact for fact in removed if fact in asserted),
            derived_added=tuple(fact for fact in added if fact not in asserted),
            derived_retracted=tuple(fact for fact in removed if fact not in asserted),
        )

    def accepted(self, answer: str) -> tuple[str, ...]:
        """Return an answer with the aliases of the entity it names."""
        return (answer, *self.lexicon.aliases(answer))

    def move(self, plan: EditPlan) -> None:
        """Bring the graph to the state after a plan."""
        self.store.replace(
            add=plan.changes.all_added,
            retract=plan.changes.all_retracted,
            entities=plan.entities,
            expect=self.store.version,
        )

    def right(self, given: Sequence[str], answers: Sequence[str]) -> list[bool]:
        """Judge answers one by one."""
        return [
            is_right(text, self.accepted(answer))
            for text, answer in zip(given, answers, strict=True)
        ]


def open_world(settings: Settings, *, cache: Path | None = None) -> World:
    """Load the model that the settings name, and the shipped facts."""
    book = RelationBook.shipped()
    editor = Editor.load(
        settings.model,
        book,
        device=settings.device,
        dtype=settings.dtype,
        cache=cache or Path(tempfile.gettempdir()) / "oneedit-statistics",
        text=settings.statistics_text,
    )
    return world_of(editor, book, settings.consequences)


def world_of(editor: Editor, book: RelationBook, most_chains: int) -> World:
    """Return the shipped facts around a model."""
    dataset = shipped()
    standing = [fact for fact in dataset.facts if not fact.ended]
    store = NetworkxStore()
    store.load(dataset.entities, [*standing, *closure(standing, book)], version=0)
    return World(
        store=store,
        controller=Controller(store, book, blocked=BlockList(), screens=()),
        most_chains=most_chains,
        first=frozenset(store.facts()),
        editor=editor,
        phrases=Phrases(book),
        book=book,
        lexicon=GraphLexicon(store),
    )
