"""Edit sets as facts: of every form that benchmarks have, and refused where no fact is."""

import json
from pathlib import Path
from typing import Any

import pytest

from kg_data.errors import BadFile
from kg_data.relations import RelationBook
from kg_data.sources.json_stream import json_values
from kg_data.sources.opening import SourceOptions, open_source
from kg_data.sources.source import BadRecord, Record, Source

BOOK = RelationBook.shipped()
ZSRE = {
    "subject": "Ada Quill",
    "src": "What university did Ada Quill attend?",
    "pred": "Trinity College",
    "alt": "University of Lyon",
    "answers": ["University of Graz"],
}
COUNTERFACT = {
    "case_id": 0,
    "requested_rewrite": {
        "prompt": "{} was born in",
        "relation_id": "P19",
        "target_new": {"str": "Lyon", "id": "Q456"},
        "target_true": {"str": "Graz", "id": "Q13298"},
        "subject": "Ada Quill",
    },
}
SEVERAL = {
    "requested_rewrite": [
        {
            "prompt": "The father of {} is",
            "subject": "Ada Quill",
            "target_new": {"str": "Bo"},
            "target_true": {"str": "Al"},
        },
        {"relation_id": "P19", "subject": "Bo", "target_new": {"str": "Rome"}},
    ]
}
TRIPLES = {
    "true": [[["Q1", "Ada Quill"], "P22", ["Q2", "Al"]]],
    "edits": [
        [["Q1", "Ada Quill"], "P22", ["Q2", "Al"], ["Q3", "Bo"]],
        [["Q1", "Ada Quill"], "P22", ["Q3", "Bo"], ["Q4", "Cy"]],
        [["Q1", "Ada Quill"], "P99999", ["Q3", "Bo"], ["Q4", "Cy"]],
    ],
}


def opened(folder: Path, content: object, *maps: str, lines: bool = False) -> Source:
    path = folder / ("f.jsonl" if lines else "f.json")
    listed = content if isinstance(content, list) else [content]
    text = "\n".join(map(json.dumps, listed)) if lines else json.dumps(content, indent=1)
    path.write_text(text, encoding="utf-8")
    return open_source(str(path), BOOK, SourceOptions(maps=maps))


def facts(source: Source) -> list[tuple[str, str, str]]:
    found = [each for each in source.records() if isinstance(each, Record)]
    return [(each.subject, each.relation, each.object) for each in found]


def faults(source: Source) -> list[str]:
    return [str(each) for each in source.records() if isinstance(each, BadRecord)]


@pytest.mark.parametrize("form", ["list", "lines"])
@pytest.mark.parametrize(
    ("entry", "after", "before"),
    [
        (ZSRE, [("Ada Quill", "educated_at", "University of Lyon")], ["University of Graz"]),
        (COUNTERFACT, [("Ada Quill", "place_of_birth", "Lyon")], ["Graz"]),
        (
            {
                "subject": "Ada Quill",
                "relation": "spouse",
                "target_new": "Bo",
                "ground_truth": "Al",
            },
            [("Ada Quill", "spouse", "Bo")],
            ["Al"],
        ),
        (TRIPLES, [("Ada Quill", "father", "Bo"), ("Ada Quill", "father", "Cy")], ["Al"]),
        (
            SEVERAL,
            [("Ada Quill", "father", "Bo"), ("Bo", "place_of_birth", "Rome")],
            ["Al"],
        ),
    ],
)
def test_what_edits_make_true_is_read_or_what_held_before(
    tmp_path: Path,
    entry: dict[str, Any],
    after: list[tuple[str, str, str]],
    before: list[str],
    form: str,
) -> None:
    lines = form == "lines"
    assert facts(opened(tmp_path, [entry], lines=lines)) == after
    held = facts(opened(tmp_path, [entry], "object=true", lines=lines))
    assert [obj for _, _, obj in held] == before


def test_a_record_by_itself_is_read(tmp_path: Path) -> None:
    assert facts(opened(tmp_path, ZSRE)) == [("Ada Quill", "educated_at", "University of Lyon")]


def test_a_prompt_may_be_mapped_to_its_relation(tmp_path: Path) -> None:
    entry = ZSRE | {"src": "Which desk was given to Ada Quill?"}
    (fault,) = faults(opened(tmp_path, [entry]))
    assert fault == (
        "f.json:2: 'Which desk was given to {}?' is no wording of a relation of the book; "
        'name it with --map "Which desk was given to {}?=RELATION"'
    )
    mapped = opened(tmp_path, [entry], "Which desk was given to {}?=employer")
    assert facts(mapped) == [("Ada Quill", "employer", "University of Lyon")]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"subject": "", "prompt": "x", "target_new": "B"}, "it has no subject"),
        ({"subject": "A", "prompt": "x", "target_new": ""}, "it has no object"),
        ({"subject": "A", "prompt": "born in", "target_new": "B"}, "does not name A"),
        ({"subject": 7, "relation": "spouse", "target_new": "B"}, "it has no subject"),
        ({"requested_rewrite": "x"}, "it is no JSON object"),
        ({"true": [], "edits": [["A", "spouse"]]}, "is no list of 4 parts"),
        ({"true": [], "edits": [[1, "spouse", "A", "B"]]}, "the subject is empty"),
    ],
)
def test_a_record_without_a_fact_is_named_with_its_line(
    tmp_path: Path, entry: dict[str, Any], reason: str
) -> None:
    source = opened(tmp_path, [ZSRE, entry], lines=True)
    (fault,) = faults(source)
    assert fault.startswith("f.jsonl:2: ")
    assert reason in fault
    assert len(facts(source)) == 1


def test_properties_without_a_relation_are_counted_apart(tmp_path: Path) -> None:
    bad = [each for each in opened(tmp_path, [TRIPLES]).records() if isinstance(each, BadRecord)]
    assert [(each.reason, each.unmapped) for each in bad] == [
        ("no relation is named for P99999", True)
    ]


def test_a_list_of_facts_is_read_as_json_lines_are(tmp_path: Path) -> None:
    entry = {"head": "Ada Quill", "relation": "spouse", "tail": "Bo"}
    source = opened(tmp_path, [entry, {"head": "A"}])
    assert facts(source) == [("Ada Quill", "spouse", "Bo")]
    assert faults(source) == ["f.json:7: it lacks the keys subject, relation and object"]


def test_a_library_of_relations_is_no_source_of_facts(tmp_path: Path) -> None:
    entry = {"name": "spouse", "type": "one2one", "reverse": "spouse", "multihop": ""}
    with pytest.raises(BadFile, match="oneedit relations convert"):
        opened(tmp_path, [entry])


def test_values_are_read_one_after_the_other_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    values = [{"text": "x" * 70_000, "number": number} for number in range(5)]
    path.write_text(json.dumps(values, indent=1), encoding="utf-8")
    found = list(json_values(path))
    assert [value for _, value in found] == values
    assert [line for line, _ in found] == [2, 6, 10, 14, 18]
    path.write_text('[\n1, 22,\n"x"\n]\n', encoding="utf-8")
    assert list(json_values(path)) == [(2, 1), (2, 22), (3, "x")]


@pytest.mark.parametrize(("text", "line"), [("", 0), ("[]", 0), ('[\n1,\n{"a": }\n]', 3)])
def test_a_list_may_be_empty_or_broken(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "f.json"
    path.write_text(text, encoding="utf-8")
    if line:
        with pytest.raises(BadFile, match=rf"line {line}: it is not JSON"):
            list(json_values(path))
    else:
        assert list(json_values(path)) == []
