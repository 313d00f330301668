"""Readers of files: what is right is read, what is wrong is named with its line."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from kg_data.errors import BadEndpoint, BadFile, BadMapping
from kg_data.relations import RelationBook
from kg_data.sources.labels import LabelFile
from kg_data.sources.mapping import ColumnMapping, PropertyMapping
from kg_data.sources.opening import SourceOptions, open_source
from kg_data.sources.rdf import RdfFileSource
from kg_data.sources.source import BadRecord, Record, Source

BOOK = RelationBook.shipped()
BORN = "subject=name,relation=place_of_birth,object=birthplace"


def write(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def opened(location: str, *maps: str) -> Source:
    return open_source(location, BOOK, SourceOptions(maps=maps))


def facts(source: Source) -> list[tuple[str, str, str]]:
    found = [each for each in source.records() if isinstance(each, Record)]
    return [(each.subject, each.relation, each.object) for each in found]


def faults(source: Source) -> list[str]:
    return [str(each) for each in source.records() if isinstance(each, BadRecord)]


# ---------- tables ----------


def test_columns_named_as_the_parts_of_a_fact_need_no_mapping(tmp_path: Path) -> None:
    path = write(tmp_path, "f.csv", "subject,relation,object,valid_from\nA,spouse,B,1990\n")
    (record,) = opened(path).records()
    assert record == Record("A", "spouse", "B", "f.csv:2", valid_from="1990")


def test_a_mapping_names_columns_and_relations(tmp_path: Path) -> None:
    path = write(tmp_path, "f.csv", "name,birthplace,party\nA,Paris,P\nB,,P\n")
    both = opened(path, BORN, "subject=name,relation=member_of_political_party,object=party")
    assert facts(both) == [
        ("A", "place_of_birth", "Paris"),
        ("A", "member_of_political_party", "P"),
        ("B", "member_of_political_party", "P"),
    ]


def test_semicolons_quotes_and_lines_inside_cells_are_read(tmp_path: Path) -> None:
    text = 'name;birthplace\r\n"Quill; Ada";"Paris, ""Texas"""\r\n"A\r\nB";Lyon\r\nC;Lyon\r\n'
    source = opened(write(tmp_path, "f.csv", text), BORN)
    assert facts(source) == [
        ("Quill; Ada", "place_of_birth", 'Paris, "Texas"'),
        ("C", "place_of_birth", "Lyon"),
    ]
    assert faults(source) == ["f.csv:3: the subject holds U+000D (control character)"]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = write(tmp_path, "f.csv", b"\xef\xbb\xbfname,birthplace\nA,Paris\n")
    assert facts(opened(path, BORN)) == [("A", "place_of_birth", "Paris")]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (b"M\xfcnchen", "holds byte 0xfc"),
        (b"Par\0is", "U+0000"),
        ("Par\u2028is".encode(), "U+2028 (line separator)"),
        (b"Par\x1bis", "U+001B"),
        (b"x" * 2001, "more than 2000 characters"),
    ],
)
def test_a_cell_that_cannot_be_a_name_is_refused_with_its_line(
    tmp_path: Path, cell: bytes, reason: str
) -> None:
    source = opened(
        write(tmp_path, "f.csv", b"name,birthplace\nA,Lyon\nB," + cell + b"\nC,Lyon\n"), BORN
    )
    (fault,) = faults(source)
    assert fault.startswith("f.csv:3: the object ")
    assert reason in fault
    assert [subject for subject, _, _ in facts(source)] == ["A", "C"]


def test_a_row_of_another_length_and_an_empty_name_are_refused(tmp_path: Path) -> None:
    source = opened(write(tmp_path, "f.csv", "name,birthplace\nA\n ,Paris\nC,Lyon\n"), BORN)
    assert faults(source) == [
        "f.csv:2: the row has 1 cells, the header 2",
        "f.csv:3: the subject is empty",
    ]
    assert len(facts(source)) == 1


def test_an_open_quote_is_a_fault_of_its_line(tmp_path: Path) -> None:
    source = opened(write(tmp_path, "f.csv", 'name,birthplace\nA,"Par"is\nC,Lyon\n'), BORN)
    assert faults(source)[0].startswith("f.csv:2: ")
    assert facts(source) == [("C", "place_of_birth", "Lyon")]


@pytest.mark.parametrize(
    ("content", "maps", "reason"),
    [
        (b"name,birthplace\n", (), "say which columns"),
        (b"name,birthplace\n", ("subject=who,relation=spouse,object=name",), "no column who"),
        ("name,birthplace\nA,Paris\n".encode("utf-16")[:-1], (BORN,), "not in utf-16"),
        (b"id,name,group,start_date\n", (), "subject=name,relation=RELATION,object=group,valid"),
    ],
)
def test_a_table_that_cannot_be_read_at_all_says_why(
    tmp_path: Path, content: bytes, maps: Sequence[str], reason: str
) -> None:
    with pytest.raises(BadFile, match=reason):
        list(opened(write(tmp_path, "f.csv", content), *maps).records())


@pytest.mark.parametrize("mark", ["utf-16", "utf-8-sig"])
def test_a_byte_order_mark_tells_the_encoding(tmp_path: Path, mark: str) -> None:
    path = write(tmp_path, "f.csv", "name,birthplace\nG\u00f6del,Brno\n".encode(mark))
    assert facts(opened(path, BORN)) == [("G\u00f6del", "place_of_birth", "Brno")]


def test_another_encoding_is_offered_and_read_when_it_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "f.csv", "name,birthplace\nG\u00f6del,Brno\n".encode("latin-1"))
    (fault,) = faults(opened(path, BORN))
    assert fault.startswith("f.csv:2: the subject holds byte 0xf6, ")
    assert "--encoding latin-1" in fault
    source = open_source(path, BOOK, SourceOptions(maps=[BORN], encoding="latin-1"))
    assert facts(source) == [("G\u00f6del", "place_of_birth", "Brno")]


@pytest.mark.parametrize("encoding", ["klingon", "rot13"])
def test_an_encoding_that_is_none_is_refused(tmp_path: Path, encoding: str) -> None:
    options = SourceOptions(maps=[BORN], encoding=encoding)
    with pytest.raises(BadFile, match="there is no encoding"):
        list(open_source(write(tmp_path, "f.csv", "name\n"), BOOK, options).records())
    with pytest.raises(BadFile, match="are UTF-8"):
        open_source(str(tmp_path / "f.ttl"), BOOK, options)


def test_forms_and_zero_width_letters_make_no_other_name(tmp_path: Path) -> None:
    names = ["G\u00f6del", "Go\u0308del", "\u200bG\u00f6del\u200b", "\ufeffG\u00f6del"]
    path = write(tmp_path, "f.csv", "name,birthplace\n" + "".join(f"{n},Brno\n" for n in names))
    assert {subject for subject, _, _ in facts(opened(path, BORN))} == {"G\u00f6del"}


def test_joiners_that_words_are_spelt_with_stay(tmp_path: Path) -> None:
    name = "\u0645\u06cc\u200c\u0634\u0648\u062f"
    path = write(tmp_path, "f.csv", f"name,birthplace\n{name},Brno\n")
    assert facts(opened(path, BORN))[0][0] == name


def test_a_quote_behind_a_backslash_says_how_quotes_are_written(tmp_path: Path) -> None:
    text = 'name,birthplace\n"Dwayne \\"The Rock\\" Johnson",Hayward\n'
    (fault,) = faults(opened(write(tmp_path, "f.csv", text), BORN))
    assert fault.startswith("f.csv:2: ")
    assert "written twice" in fault


def test_a_missing_file_and_an_unknown_ending_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile):
        list(opened(str(tmp_path / "nowhere.csv"), BORN).records())
    with pytest.raises(BadFile, match="endings"):
        opened("facts.xlsx")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("subject=a", "relation and the object"),
        ("subject=a,subject=b,relation=r,object=o", "twice"),
        ("who=a,relation=r,object=o", "PART=COLUMN"),
    ],
)
def test_a_bad_mapping_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(BadMapping, match=reason):
        ColumnMapping.parse(text)


def test_the_fingerprint_changes_with_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "f.csv", "name,birthplace\n")
    before = opened(path, BORN).fingerprint
    write(tmp_path, "f.csv", "name,birthplace\nA,Paris\n")
    assert opened(path, BORN).fingerprint != before


# ---------- JSON lines ----------


def test_json_lines_with_either_names_of_the_parts_are_read(tmp_path: Path) -> None:
    lines = [
        {"subject": "A", "relation": "spouse", "object": "B", "valid_to": None},
        {"head": "C", "relation": "spouse", "tail": "D"},
    ]
    path = write(tmp_path, "f.jsonl", "\n".join(map(json.dumps, lines)) + "\n\n")
    assert facts(opened(path)) == [("A", "spouse", "B"), ("C", "spouse", "D")]


def test_json_lines_with_a_mapping_may_have_any_keys(tmp_path: Path) -> None:
    path = write(tmp_path, "f.jsonl", '{"name": "A", "birthplace": "Paris", "age": 3}\n')
    assert facts(opened(path, BORN)) == [("A", "place_of_birth", "Paris")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "no JSON object"),
        ('{"subject": "A"}', "lacks the keys"),
        ('{"subject": "A", "relation": "r", "object": "\\u2028"}', "object"),
        ('{"subject": "A\\ud800", "relation": "r", "object": "o"}', "U+D800"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_json_line_is_skipped_with_its_number(tmp_path: Path, line: str, reason: str) -> None:
    good = '{"subject": "A", "relation": "r", "object": "o"}'
    source = opened(write(tmp_path, "f.jsonl", f"{good}\n{line}\n{good}\n"))
    (fault,) = faults(source)
    assert fault.startswith("f.jsonl:2: ")
    assert reason in fault
    assert len(facts(source)) == 2


# ---------- RDF ----------

TURTLE = """
@prefix ex: <http://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:Q1 a ex:Person ; rdfs:label "Ada Quill"@en, "Ada Feder"@de ; ex:place_of_birth ex:Paris_Texas ;
  ex:likes ex:Tea ; ex:spouse [ ex:age "7" ] .
"""


def test_turtle_is_read_with_labels_and_classes(tmp_path: Path) -> None:
    source = opened(write(tmp_path, "f.ttl", TURTLE))
    found = [each for each in source.records() if isinstance(each, Record)]
    assert [(each.subject, each.object, each.subject_class) for each in found] == [
        ("Ada Quill", "Paris Texas", "person")
    ]
    bad = [each for each in source.records() if isinstance(each, BadRecord)]
    assert sorted(each.unmapped for each in bad) == [False, True, True]


def test_json_ld_is_read_and_no_context_is_fetched(tmp_path: Path) -> None:
    entry = {
        "@context": {"@vocab": "http://example.org/"},
        "@id": "http://example.org/Ada_Quill",
        "place_of_birth": {"@id": "http://example.org/Paris"},
    }
    path = write(tmp_path, "f.jsonld", json.dumps(entry))
    assert facts(opened(path)) == [("Ada Quill", "place_of_birth", "Paris")]
    entry["@context"] = "http://192.0.2.1/context"
    with pytest.raises(BadFile, match="is not fetched"):
        list(opened(write(tmp_path, "g.jsonld", json.dumps(entry))).records())


@pytest.mark.parametrize(
    ("name", "content"),
    [("f.ttl", "ex:A ex:b"), ("f.ttl", b"# \xff\n"), ("f.jsonld", "{")],
)
def test_a_bad_graph_file_is_refused(tmp_path: Path, name: str, content: str | bytes) -> None:
    with pytest.raises(BadFile):
        list(opened(write(tmp_path, name, content)).records())


def test_a_graph_file_that_is_too_large_says_what_to_do(tmp_path: Path) -> None:
    path = Path(write(tmp_path, "f.ttl", TURTLE))
    with pytest.raises(BadFile, match="Convert it to N-Triples"):
        list(RdfFileSource(path, "turtle", largest=10).records())


def test_n_triples_are_read_line_by_line_and_bad_lines_skipped(tmp_path: Path) -> None:
    good = "<http://e.org/Ada_Quill> <http://e.org/place_of_birth> <http://e.org/M%C3%BCnchen> .\n"
    other = '<http://e.org/A> <http://e.org/also_known_as> "B\\u0041" .\n# a comment\n\n'
    bad = "<http://e.org/A> <http://e.org/spouse> .\n"
    content = (good + bad + other).encode() + b"<http://e.org/\xff> <http://e.org/x> <y> .\n"
    source = opened(write(tmp_path, "f.nt", content))
    assert facts(source) == [
        ("Ada Quill", "place_of_birth", "München"),
        ("A", "also_known_as", "BA"),
    ]
    first, second = faults(source)
    assert first.startswith("f.nt:2: it is no N-Triples")
    assert second == "f.nt:6: it is not UTF-8"


def test_a_property_may_be_mapped_by_its_address(tmp_path: Path) -> None:
    line = "<http://e.org/A> <http://e.org/born> <http://e.org/B> .\n"
    path = write(tmp_path, "f.nt", line)
    assert facts(opened(path, "http://e.org/born=place_of_birth")) == [("A", "place_of_birth", "B")]
    with pytest.raises(BadMapping):
        PropertyMapping.parse(["P19"], {})


# ---------- Wikidata ----------


GREGORIAN = "http://www.wikidata.org/entity/Q1985727"
JULIAN = "http://www.wikidata.org/entity/Q1985786"


def time(day: str, precision: int, calendar: str = GREGORIAN) -> dict[str, object]:
    return {"time": f"{day}T00:00:00Z", "precision": precision, "calendarmodel": calendar}


def item(qid: str, label: str, **claims: object) -> dict[str, object]:
    return {"id": qid, "labels": {"en": {"value": label}}, "claims": claims}


def claim(value: object, rank: str = "normal", **qualifiers: str) -> dict[str, object]:
    snak = {"snaktype": "value", "datavalue": {"value": value}}
    found = {
        pid: [{"datavalue": {"value": {"time": time, "precision": 11}}}]
        for pid, time in qualifiers.items()
    }
    return {"mainsnak": snak, "rank": rank, "qualifiers": found}


ADA = item(
    "Q1",
    "Ada Quill",
    P19=[claim({"id": "Q2"}, "preferred"), claim({"id": "Q3"}), claim({"id": "Q3"}, "deprecated")],
    P569=[claim({"time": "+1961-08-04T00:00:00Z", "precision": 11})],
    P26=[claim({"id": "Q3"}, P580="+1990-01-02T00:00:00Z")],
    P9999=[claim("x")],
)
PARIS, BO = item("Q2", "Paris"), item("Q3", "Bo")


@pytest.mark.parametrize("form", ["lines", "dump", "answer", "pretty"])
def test_every_form_of_wikidata_json_is_read(tmp_path: Path, form: str) -> None:
    entries = [ADA, PARIS, BO]
    answer = {"entities": {str(each["id"]): each for each in entries}}
    content = {
        "lines": "\n".join(map(json.dumps, entries)),
        "dump": "[\n" + ",\n".join(map(json.dumps, entries)) + "\n]\n",
        "answer": json.dumps(answer),
        "pretty": json.dumps(answer, indent=1),
    }
    source = opened(write(tmp_path, "f.json", content[form]))
    assert sorted(facts(source)) == [
        ("Ada Quill", "date_of_birth", "1961-08-04"),
        ("Ada Quill", "place_of_birth", "Paris"),
        ("Ada Quill", "spouse", "Bo"),
    ]
    (married,) = [
        each for each in source.records() if isinstance(each, Record) and each.relation == "spouse"
    ]
    assert married.valid_from == "1990-01-02"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"id": "Q77"}, "no label of Q77"),
        ({"time": "+1961-02-30T00:00:00Z", "precision": 11}, "no day"),
        ({"time": "soon", "precision": 11}, "cannot be read"),
        ({"time": "+1900-02-30T00:00:00Z", "precision": 11, "calendarmodel": JULIAN}, "no day"),
        ({"time": "+1900-02-01T00:00:00Z", "calendarmodel": "http://x/Q12138"}, "calendar Q12138"),
        ({"time": "+1700-00-00T00:00:00Z", "precision": 7}, "less precise than a year"),
        (
            {
                "time": "+1600-01-00T00:00:00Z",
                "precision": 10,
                "calendarmodel": JULIAN,
            },
            "Julian",
        ),
        ({"latitude": 1}, "are not read"),
    ],
)
def test_a_claim_that_states_no_fact_is_named(tmp_path: Path, value: object, reason: str) -> None:
    entry = item("Q1", "Ada Quill", P19=[claim(value)])
    source = opened(write(tmp_path, "f.json", json.dumps(entry)))
    (fault,) = faults(source)
    assert "P19 of Q1" in fault
    assert reason in fault


@pytest.mark.parametrize(
    ("value", "date"),
    [
        (
            {"time": "-0044-03-15T00:00:00Z", "precision": 11, "calendarmodel": JULIAN},
            "-0043-03-13",
        ),
        ({"time": "+1642-12-25T00:00:00Z", "precision": 11, "calendarmodel": JULIAN}, "1643-01-04"),
        ({"time": "+1066-00-00T00:00:00Z", "precision": 9, "calendarmodel": JULIAN}, "1066"),
        ({"time": "+1500-02-29T00:00:00Z", "precision": 11, "calendarmodel": JULIAN}, "1500-03-10"),
        ({"time": "-0001-00-00T00:00:00Z", "precision": 9}, "0000"),
        ({"time": "+1879-03-00T00:00:00Z", "precision": 10}, "1879-03"),
    ],
)
def test_dates_keep_their_precision_in_the_gregorian_calendar(
    tmp_path: Path, value: object, date: str
) -> None:
    entry = item("Q1", "Ada Quill", P569=[claim(value)])
    source = opened(write(tmp_path, "f.json", json.dumps(entry)))
    assert facts(source) == [("Ada Quill", "date_of_birth", date)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.csv", "item,label\nQ77,Lyon\n"),
        ("labels.tsv", "Q77\tLyon\n"),
        ("labels.json", '{"id": "Q77", "labels": {"en": {"value": "Lyon"}}}'),
    ],
)
def test_labels_of_items_may_stand_in_another_file(tmp_path: Path, name: str, content: str) -> None:
    path = write(tmp_path, "f.json", json.dumps(item("Q1", "Ada", P19=[claim({"id": "Q77"})])))
    options = SourceOptions(labels=write(tmp_path, name, content))
    assert facts(open_source(path, BOOK, options)) == [("Ada", "place_of_birth", "Lyon")]


def test_a_row_of_labels_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"labels.csv, line 2: .* two cells"):
        list(LabelFile(Path(write(tmp_path, "labels.csv", "item,label\nQ77\n"))).labels())


def test_json_that_is_of_another_kind_is_no_silence(tmp_path: Path) -> None:
    content = json.dumps([{"head": "A", "src": "B"}], indent=1)
    (fault,) = faults(opened(write(tmp_path, "f.json", content)))
    assert "no entity of Wikidata" in fault
    with pytest.raises(BadFile, match="not JSON"):
        list(opened(write(tmp_path, "f.json", "{\n broken")).records())


def test_a_broken_line_of_a_dump_is_skipped(tmp_path: Path) -> None:
    content = "[\n" + json.dumps(ADA) + ",\n{broken,\n" + json.dumps(PARIS) + "\n]\n"
    source = opened(write(tmp_path, "f.json", content))
    assert any(fault.startswith("f.json:3: it is not JSON") for fault in faults(source))
    assert ("Ada Quill", "place_of_birth", "Paris") in facts(source)


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(BadEndpoint, match="only http and https"):
        opened("ftp://example.org/facts")
