"""Put the shipped facts together with what follows from them, ready to be taught."""

from controller.rules import closure
from kg_data.relations import RelationBook
from kg_data.shipped import shipped
from oneedit.demo.curriculum import Curriculum, CurriculumConfig, build_curriculum

TAUGHT_DOMAINS = ("politicians", "academics", "geography")
"""The named part of the shipped facts that the model is taught; the graph holds the rest."""


def load_lesson(config: CurriculumConfig | None = None) -> tuple[Curriculum, RelationBook]:
    """Return the curriculum over the shipped facts, and the shipped relation book."""
    book, dataset = RelationBook.shipped(), shipped(TAUGHT_DOMAINS)
    standing = [fact for fact in dataset.facts if not fact.ended]
    facts = [*standing, *closure(standing, book)]
    classes = {entity.id: entity.entity_class for entity in dataset.entities}
    return build_curriculum(facts, classes, book, config or CurriculumConfig()), book
