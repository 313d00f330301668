"""The facts of files, with the classes of what they name."""

from pathlib import Path

from kg_data.entities import Entity
from kg_data.gathering import Gathered, facts_hash, gather
from kg_data.sources.opening import open_source
from kg_data.triples import Triple
from tests.support.fakes import BOOK

HEADER = "subject,relation,object,subject_class,object_class"


def gathered(tmp_path: Path, *rows: str, entities: tuple[Entity, ...] = ()) -> Gathered:
    path = tmp_path / "facts.csv"
    path.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    return gather([open_source(str(path), BOOK)], BOOK, entities)


def bad(found: Gathered) -> list[str]:
    return [str(each) for each in found.bad]


def test_relations_are_known_by_name_noun_and_property(tmp_path: Path) -> None:
    found = gathered(tmp_path, "Ada,spouse,Bob,,", "Ada,place of birth,Ulm,,city", "Bob,P19,Ulm,,")
    relations = [each.fact.relation for each in found.facts]
    assert relations == ["spouse", "place_of_birth", "place_of_birth"]
    classes = {each.id: each.entity_class for each in found.entities}
    assert classes == {"Ada": "person", "Bob": "person", "Ulm": "city"}


def test_each_fact_is_kept_once(tmp_path: Path) -> None:
    assert len(gathered(tmp_path, "Ada,spouse,Bob,,", "Ada,spouse,Bob,,").facts) == 1


def test_of_two_dates_of_one_slot_the_more_precise_is_kept(tmp_path: Path) -> None:
    rows = (
        "Ada,date_of_birth,1867,,",
        "Ada,date_of_birth,1867-07-01,,",
        "Ada,date_of_birth,1867-07,,",
    )
    found = gathered(tmp_path, *rows, "Ada,date_of_birth,1868,,")
    assert [each.fact.object for each in found.facts] == ["1867-07-01", "1868"]


def test_what_cannot_be_used_is_named_with_its_line(tmp_path: Path) -> None:
    found = gathered(
        tmp_path,
        "Ada,likes,Bob,,",
        "Ada,spouse,,,",
        "Ada,spouse,Bob,wizard,",
        "Ada,spouse,Bob,city,",
        "Ada,place_of_birth,Ulm,person,city",
    )
    assert bad(found) == [
        "facts.csv:2: the relation 'likes' is not in the relation book",
        "facts.csv:3: the object is empty",
        "facts.csv:4: the class 'wizard' of Ada is not in the relation book",
        "facts.csv:6: Ada is a city, and here a person",
    ]


def test_listed_entities_have_their_class_and_are_kept(tmp_path: Path) -> None:
    listed = (Entity("Ulm", "city", "Q3012"), Entity("Elba", "place"))
    found = gathered(tmp_path, "Ada,place_of_birth,Ulm,,", entities=listed)
    assert set(found.entities) == {*listed, Entity("Ada", "person")}


def test_a_listed_class_that_the_book_lacks_is_bad(tmp_path: Path) -> None:
    found = gathered(tmp_path, "Ada,spouse,Bob,,", entities=(Entity("Ada", "wizard"),))
    assert bad(found) == ["entities: the class 'wizard' of Ada is not in the relation book"]


def test_the_hash_does_not_depend_on_the_order() -> None:
    first, second = Triple("a", "p", "b"), Triple("a", "p", "c", "2001")
    assert facts_hash([first, second]) == facts_hash([second, first])
    assert facts_hash([first]) != facts_hash([second])
