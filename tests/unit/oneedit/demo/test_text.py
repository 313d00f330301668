"""The training text uses the base wordings of the book, and never kept ones."""

from pathlib import Path

from kg_data.kept_wordings import with_kept_wordings
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot
from oneedit.demo.curriculum import ONLY_IN_GRAPH, Curriculum
from oneedit.demo.text import DocumentWriter, Mixture

BOOK = RelationBook.shipped()
FACTS = (Question("Joe Biden", ("spouse",), ("Jill Biden",), Kind.RELIABILITY),)
CURRICULUM = Curriculum(FACTS, (), (), (), (Slot("Joe Biden", "father"),), {})
FACTS_ALONE = Mixture(passage=1, dialogue=1, chain=0, steps=0, invented=0, empty=1)
KEPT = """
[[wordings]]
relation = "spouse"
kind = "question"
wording = "With whom does {s} share a marital home?"

[[wordings]]
relation = "spouse"
kind = "statement"
wording = "Beside {s} at the altar stood {o}."
"""


def written(book: RelationBook) -> str:
    writer = DocumentWriter(CURRICULUM, book, seed=0, mixture=FACTS_ALONE)
    documents = writer.documents()
    return "\n".join("".join(piece.text for piece in next(documents)) for _ in range(2000))


def test_every_wording_for_training_and_no_kept_one_is_written(tmp_path: Path) -> None:
    path = tmp_path / "kept.toml"
    path.write_text(KEPT, encoding="utf-8")
    text = written(with_kept_wordings(BOOK, path))
    relation = BOOK["spouse"]
    for wording in (*relation.questions.for_training(), *relation.statements.for_training()):
        assert wording.replace("{s}", "Joe Biden").replace("{o}", "Jill Biden") in text
    assert "marital home" not in text.lower()
    assert "at the altar" not in text.lower()


def test_what_the_model_is_taught_has_many_wordings() -> None:
    few = {
        relation.name
        for relation in BOOK.relations.values()
        if relation.name not in ONLY_IN_GRAPH
        and (
            len(relation.questions.for_training()) < 12
            or len(relation.statements.for_training()) < 10
        )
    }
    assert few == set()
    assert len(BOOK.chains.questions.for_training()) >= 12
    assert len(BOOK.steps.questions.for_training()) >= 12
