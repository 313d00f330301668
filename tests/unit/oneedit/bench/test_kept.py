"""The edited fact of a case is asked for in kept wordings; the other questions stay."""

from pathlib import Path

from kg_data.kept_wordings import with_kept_wordings
from kg_data.phrases import Phrases
from kg_data.questions import Kind
from kg_data.relations import RelationBook
from oneedit.bench.casefile import Case, CaseQuestion
from oneedit.bench.kept import KeptAsking

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
LOCALITY = CaseQuestion(prompt="Where was Mike Pence born?", kind=Kind.LOCALITY)


def case(relation: str, prompt: str, answer: str) -> Case:
    told = CaseQuestion(prompt=prompt, answer=answer, kind=Kind.RELIABILITY)
    return Case(edit=("Joe Biden", relation, answer), ask=[told, LOCALITY])


def test_cases_of_relations_with_kept_wordings_are_asked_in_them(tmp_path: Path) -> None:
    path = tmp_path / "kept.toml"
    path.write_text(KEPT, encoding="utf-8")
    asking = KeptAsking(Phrases(with_kept_wordings(RelationBook.shipped(), path)))
    spouse = case("spouse", "Joe Biden tied the knot with", "Karen Pence")
    father = case("father", "A paternal bond ties Joe Biden to", "Mike Pence")
    (found,) = asking.cases([spouse, father])
    assert found.edit == spouse.edit
    assert [(each.prompt, each.answer, each.kind) for each in found.ask] == [
        ("Beside Joe Biden at the altar stood", "Karen Pence", Kind.RELIABILITY),
        ("With whom does Joe Biden share a marital home?", "Karen Pence", Kind.PARAPHRASE),
        (LOCALITY.prompt, None, Kind.LOCALITY),
    ]
