"""What a chat model is shown of the relation book, the graph and the dialogue."""

from collections.abc import Mapping
from dataclasses import dataclass

from interpreter.chat_model.message import MessageText
from interpreter.chat_model.ports import Candidate, CandidateFinder
from interpreter.chat_model.relation_slice import RelationSlicer
from interpreter.dialogue import Dialogue
from interpreter.normalization import fold
from kg_data.relations import Relation

MOST_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class MessageContext:
    """A message with what is needed to read it.

    Attributes:
        message: the message.
        dialogue: what was spoken of last.
        relations: the slice of the relation book, by name, the likeliest first.
        candidates: the known names in the message.
    """

    message: MessageText
    dialogue: Dialogue
    relations: Mapping[str, Relation]
    candidates: tuple[Candidate, ...]

    def relation(self, name: str) -> Relation | None:
        """Return a relation of the slice by its name or one of its nouns."""
        plain = name.strip().casefold()
        for relation in self.relations.values():
            names = (relation.name, relation.name.replace("_", " "), *relation.nouns)
            if plain in {each.casefold() for each in names}:
                return relation
        return None

    def mention_of(self, entity: str) -> str:
        """Return the name by which the message mentions an entity, or ""."""
        folded = fold(entity)
        for found in self.candidates:
            if any(fold(each.id) == folded for each in found.entities):
                return found.written
        return ""


class ContextBuilder:
    """Looks up what is needed to read a message; changes nothing.

    Args:
        slicer: chooses the relations.
        finder: finds known names.
    """

    def __init__(self, slicer: RelationSlicer, finder: CandidateFinder) -> None:
        self._slicer, self._finder = slicer, finder

    def build(self, text: str, dialogue: Dialogue) -> MessageContext:
        """Return the context of a message."""
        message = MessageText(text)
        candidates = tuple(self._finder.find(message.text, MOST_CANDIDATES))
        chosen = self._slicer.choose(message, candidates, dialogue.last_relation)
        return MessageContext(
            message, dialogue, {relation.name: relation for relation in chosen}, candidates
        )
