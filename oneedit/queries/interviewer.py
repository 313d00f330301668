"""What the base model knows of the graph: asked relation by relation, kept, and read again."""

import logging
from dataclasses import dataclass

from kg_data.triples import Slot
from oneedit.knowledge.interview import FACTS, FIRST_FACTS, Interview
from oneedit.knowledge.knowledge import Knowledge
from oneedit.knowledge.knowledge_file import KnowledgeFile
from oneedit.ledger.history import active_edits
from oneedit.ledger.ledger import Ledger
from oneedit.results import KnowledgeResult
from oneedit.state.projector import Projector

REPORT_EVERY = 10
"""Relations after which the first check says how far it is."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Interviewer:
    """Asks the base model about the graph of today, edited slots aside, and keeps the answers.

    Attributes:
        interview: asks.
        file: keeps.
        ledger, projector: the edits, and the graph of the last version.
    """

    interview: Interview
    file: KnowledgeFile
    ledger: Ledger
    projector: Projector

    @property
    def relations(self) -> tuple[str, ...]:
        """Return the relations that can be asked about, in the order of the book."""
        return tuple(self.interview.book.relations)

    def check(self, relation: str, *, facts: int = FACTS, brief: bool = False) -> KnowledgeResult:
        """Ask about the facts of one relation, and return what is known of it.

        Args:
            relation: a relation of the book.
            facts: how many of its facts are asked, at most.
            brief: ask in one question and one statement only.

        Raises:
            EditorError: the model cannot answer.
            CannotWrite: the answers cannot be kept.
        """
        with self.projector.reading(weights=False):
            found = self.interview.ask(relation, facts=facts, brief=brief, edited=self._edited())
        self.file.put(found)
        return KnowledgeResult.of(Knowledge(relations={relation: found}), self.file.base_hash)

    def first_check(self) -> None:
        """Ask briefly about every relation, unless the model was asked before; said in the log.

        The cost is bounded by the number of questions. If it is interrupted, nothing is taken to
        be known of the rest.

        Raises:
            EditorError: the model cannot answer.
            CannotWrite: the answers cannot be kept.
        """
        if self.file.path.exists():
            return
        for number, relation in enumerate(self.relations):
            if number % REPORT_EVERY == 0:
                _log.info(
                    "asking the model, once, what it knows: %d of %d relations",
                    number,
                    len(self.relations),
                )
            self.check(relation, facts=FIRST_FACTS, brief=True)

    def known(self) -> KnowledgeResult:
        """Return what is known of all relations that were asked about; no model is needed."""
        return KnowledgeResult.of(self.file.read(), self.file.base_hash)

    def _edited(self) -> frozenset[Slot]:
        """Return the slots of edits in force, about which the base model cannot know."""
        edits = active_edits(self.ledger.events())
        return frozenset(slot.slot for edit in edits for slot in edit.content.changes.by_slot)
