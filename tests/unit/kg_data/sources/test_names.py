"""Names in dumps: labels wherever they stand, other names, and labels that several things have."""

import json
import logging
from pathlib import Path

import pytest

from kg_data.relations import RelationBook
from kg_data.sources.label_store import LabelStore
from kg_data.sources.opening import SourceOptions, open_source
from kg_data.sources.source import BadRecord, Record, Source

BOOK = RelationBook.shipped()
RDFS, SKOS = "http://www.w3.org/2000/01/rdf-schema#", "http://www.w3.org/2004/02/skos/core#"
BORN, DAY = "http://example.org/place_of_birth", "http://example.org/date_of_birth"
XSD = "http://www.w3.org/2001/XMLSchema#"
TRIPLES = (
    f"<http://e.org/Q1> <{BORN}> <http://e.org/Q2> .",
    f'<http://e.org/Q2> <{RDFS}label> "Graz"@en .',
    f'<http://e.org/Q2> <{RDFS}label> "Gratz"@de .',
    f'<http://e.org/Q1> <{SKOS}altLabel> "A. Quill"@en .',
    f'<http://e.org/Q1> <{SKOS}altLabel> "Ada Quill"@en .',
    f'<http://e.org/Q1> <{SKOS}altLabel> "Feder"@de .',
    f'<http://e.org/Q9> <{SKOS}altLabel> "Nothing is said of it" .',
    f'<http://e.org/Q1> <{SKOS}prefLabel> "A. Q." .',
    f'<http://e.org/Q1> <{RDFS}label> "Ada Quill"@en .',
)


def opened(folder: Path, name: str, content: str, *maps: str) -> Source:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return open_source(str(path), BOOK, SourceOptions(maps=maps))


def facts(source: Source) -> list[tuple[str, str, str]]:
    found = [each for each in source.records() if isinstance(each, Record)]
    return [(each.subject, each.relation, each.object) for each in found]


def faults(source: Source) -> list[str]:
    return [str(each) for each in source.records() if isinstance(each, BadRecord)]


@pytest.mark.parametrize("name", ["f.nt", "f.ttl"])
def test_labels_and_other_names_are_read_wherever_they_stand(tmp_path: Path, name: str) -> None:
    source = opened(tmp_path, name, "\n".join(TRIPLES) + "\n")
    assert facts(source) == [
        ("Ada Quill", "place_of_birth", "Graz"),
        ("Ada Quill", "also_known_as", "A. Quill"),
    ]
    assert faults(source) == []


@pytest.mark.parametrize("name", ["f.nt", "f.ttl"])
def test_two_things_with_one_label_stay_two(tmp_path: Path, name: str) -> None:
    lines = (
        f"<http://e.org/Q1> <{BORN}> <http://e.org/Q22> .",
        f"<http://e.org/Q3> <{BORN}> <http://e.org/Q4> .",
        f'<http://e.org/Q4> <{RDFS}label> "Paris" .',
        f'<http://e.org/Q22> <{RDFS}label> "Paris" .',
    )
    source = opened(tmp_path, name, "\n".join(lines) + "\n")
    assert [obj for _, _, obj in facts(source)] == ["Paris (Q22)", "Paris"]


@pytest.mark.parametrize("name", ["f.nt", "f.ttl"])
@pytest.mark.parametrize(
    ("literal", "text"),
    [
        (f'"-0043-03-15"^^<{XSD}date>', "-0043-03-15"),
        (f'"-0043"^^<{XSD}gYear>', "-0043"),
        (f'"12024-01-01"^^<{XSD}date>', "12024-01-01"),
        (f'"1961-08-04Z"^^<{XSD}date>', "1961-08-04"),
        (f'"1961-08-04T00:00:00Z"^^<{XSD}dateTime>', "1961-08-04"),
        (f'"soon"^^<{XSD}date>', "soon"),
    ],
)
def test_dates_are_read_as_they_are_and_nothing_is_logged(
    tmp_path: Path, name: str, literal: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    source = opened(tmp_path, name, f"<http://e.org/A> <{DAY}> {literal} .\n")
    with caplog.at_level(logging.DEBUG):
        assert facts(source) == [("A", "date_of_birth", text)]
    assert caplog.records == []


def test_a_node_without_an_address_has_the_name_that_the_file_gives_it(tmp_path: Path) -> None:
    text = """
PREFIX ex: <http://example.org/>
PREFIX sdo: <https://schema.org/>
ex:Guild ex:country [ sdo:name "Austria"@en ] ; ex:capital [ ex:other "x" ] .
"""
    source = opened(tmp_path, "f.ttl", text)
    assert facts(source) == [("Guild", "country", "Austria")]
    assert "f.ttl: Guild: it is about a node without a name" in faults(source)


def item(qid: str, label: str, *aliases: str, **claims: object) -> dict[str, object]:
    named = {"en": [{"value": each} for each in aliases], "de": [{"value": "Feder"}]}
    return {"id": qid, "labels": {"en": {"value": label}}, "aliases": named, "claims": claims}


def claim(qid: str) -> dict[str, object]:
    return {"mainsnak": {"snaktype": "value", "datavalue": {"value": {"id": qid}}}}


def test_aliases_of_wikidata_are_other_names_of_what_has_a_fact(tmp_path: Path) -> None:
    entries = [
        item("Q1", "Ada Quill", "A. Quill", "Ada Quill", "A. Quill", P19=[claim("Q2")]),
        item("Q2", "Paris", "Lutetia"),
    ]
    content = "\n".join(map(json.dumps, entries))
    assert facts(opened(tmp_path, "f.json", content)) == [
        ("Ada Quill", "place_of_birth", "Paris"),
        ("Ada Quill", "also_known_as", "A. Quill"),
    ]


def test_two_items_with_one_label_stay_two(tmp_path: Path) -> None:
    entries = [
        item("Q1", "Ada", P19=[claim("Q22")]),
        item("Q3", "Bo", P19=[claim("Q4")]),
        item("Q22", "Paris"),
        item("Q4", "Paris"),
    ]
    source = opened(tmp_path, "f.json", "\n".join(map(json.dumps, entries)))
    assert [obj for _, _, obj in facts(source)] == ["Paris (Q22)", "Paris"]


def test_an_item_without_a_label_is_named(tmp_path: Path) -> None:
    entry = {"id": "Q1", "claims": {"P19": [claim("Q2")]}}
    content = "\n".join(map(json.dumps, [entry, item("Q2", "Paris")]))
    (fault,) = faults(opened(tmp_path, "f.json", content))
    assert "P19 of Q1: the item has no label; give it with --labels FILE" in fault


def test_many_labels_are_kept_in_a_file_as_few_are_in_memory() -> None:
    few, many = LabelStore(), LabelStore(most_in_memory=3)
    for store in (few, many):
        for number in range(20):
            store.put(f"Q{number}", f"label {number % 7}", rank=1)
            store.put(f"Q{number % 5}", "never", rank=0)
            store.put(f"Q{number % 4}", f"better {number % 4}", rank=2)
        store.tell_apart()
    things = [f"Q{number}" for number in range(21)]
    assert [many.get(thing) for thing in things] == [few.get(thing) for thing in things]
    assert (few.get("Q3"), few.get("Q5"), few.get("Q12"), few.get("Q20")) == (
        "better 3", "label 5", "label 5 (Q12)", "",
    )  # fmt: skip
    many.close()
