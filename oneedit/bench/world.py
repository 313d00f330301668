"""The setup of a benchmark: the shipped graph, a controller over it, and one model."""

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from controller.controller import Controller
from controller.graph.lexicon import GraphLexicon
from controller.graph.networkx_store import NetworkxStore
from controller.plan import EditPlan
from controller.protection import BlockList
from controller.rules import closure
from editor.editor import Editor
from editor.generation.generate import (
    MAX_ANSWER_TOKENS,
    CompletionRequest,
    generate_in_steps,
)
from editor.model.loading import load, tokens_per_pass
from kg_data.changes import Changes
from kg_data.phrases import Phrases, is_right
from kg_data.prompting import Prompting, draw_shots
from kg_data.relations import RelationBook
from kg_data.shipped import shipped_dataset
from kg_data.triples import Triple
from oneedit.settings import Settings


@dataclass(frozen=True)
class World:
    """The graph, the controller and the model of a benchmark; there is no ledger.

    Attributes:
        store: the shipped facts and those derived from them.
        controller: plans against the store.
        editor: the model.
        phrases: wordings of questions.
        book: the relation book.
        lexicon: names of the store's entities.
        max_chains: most changed chains that an edit teaches.
        base_facts: the facts before any edit.
    """

    store: NetworkxStore
    controller: Controller
    editor: Editor
    phrases: Phrases
    book: RelationBook
    lexicon: GraphLexicon
    max_chains: int
    base_facts: frozenset[Triple]

    def changes(self, asserted: Collection[Triple]) -> Changes:
        """Return how the facts differ from those before any edit.

        Args:
            asserted: the facts that edits added or removed; all others count as derived.
        """
        facts = frozenset(self.store.facts())
        added, removed = sorted(facts - self.base_facts), sorted(self.base_facts - facts)
        return Changes(
            added=tuple(fact for fact in added if fact in asserted),
            retracted=tuple(fact for fact in removed if fact in asserted),
            derived_added=tuple(fact for fact in added if fact not in asserted),
            derived_retracted=tuple(fact for fact in removed if fact not in asserted),
        )

    def complete(self, prompts: Sequence[str]) -> list[str]:
        """Let the model complete prompts; a prompt that ends in "?" is a chat turn."""
        editor = self.editor
        requests = [CompletionRequest(prompt, MAX_ANSWER_TOKENS) for prompt in prompts]
        size = tokens_per_pass(editor.model)
        job = generate_in_steps(editor.model, editor.encoder, requests, tokens_per_pass=size)
        return [completion.text for completion in editor.run(job)]

    def accepted_answers(self, answer: str) -> tuple[str, ...]:
        """Return an answer and the aliases of the entity it names."""
        return (answer, *self.lexicon.aliases(answer))

    def apply(self, plan: EditPlan) -> None:
        """Change the graph as planned."""
        self.store.replace(
            add=plan.changes.all_added,
            retract=plan.changes.all_retracted,
            entities=plan.entities,
            expect=self.store.version,
        )

    def are_right(self, given: Sequence[str], expected: Sequence[str]) -> list[bool]:
        """Tell for each answer whether it is the expected one or an alias of it."""
        return [
            is_right(text, self.accepted_answers(answer))
            for text, answer in zip(given, expected, strict=True)
        ]


def open_world(settings: Settings, *, cache: Path | None = None) -> World:
    """Load the model of the settings, and the shipped facts."""
    book = RelationBook.shipped()
    prompting = Prompting(settings.prompt_style, draw_shots(shipped_dataset().facts, book))
    model, encoder = load(
        settings.model, device=settings.device, dtype=settings.dtype, prompting=prompting
    )
    folder = cache or Path(tempfile.gettempdir()) / "oneedit-statistics"
    editor = Editor(model, encoder, book, cache=folder, text=settings.statistics_text)
    return build_world(editor, book, settings.consequences)


def build_world(editor: Editor, book: RelationBook, max_chains: int) -> World:
    """Return a world of the shipped facts and a loaded model."""
    dataset = shipped_dataset()
    active = [fact for fact in dataset.facts if not fact.ended]
    store = NetworkxStore()
    store.load(dataset.entities, [*active, *closure(active, book)], version=0)
    return World(
        store=store,
        controller=Controller(store, book, blocked=BlockList(), screens=()),
        max_chains=max_chains,
        base_facts=frozenset(store.facts()),
        editor=editor,
        phrases=Phrases(book),
        book=book,
        lexicon=GraphLexicon(store),
    )
