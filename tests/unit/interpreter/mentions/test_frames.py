"""A hundred facts between all that may stand around them: no junk, no edit that a frame denies."""

from pathlib import Path

import pytest

from interpreter.interpreter import Interpreter
from interpreter.mentions.gazetteer import Gazetteer
from interpreter.mentions.languages import Languages, PolyglotReader, well_known_names
from kg_data.errors import BadFile
from kg_data.relations import RelationBook
from kg_data.shipped import shipped_dataset
from oneedit.bench.frames import frame_figures, frame_lists

CASES = Path("tests/data/reading")
SAMPLE = 2000
LEAST_TOLD = 0.97
"""Share of the facts that may be told; a figure of ``oneedit bench frames`` that may only rise."""


def _reader() -> Interpreter:
    book, data = RelationBook.shipped(), shipped_dataset()
    gazetteer = Gazetteer(well_known_names())
    entities = {entity.id: entity for entity in data.entities}
    for entity in data.entities:
        gazetteer.add(entity.id, entity)
    for fact in data.facts:
        if fact.relation == "also_known_as":
            gazetteer.add(fact.object, entities[fact.subject])
    return Interpreter(PolyglotReader(book, gazetteer, Languages.shipped(book)))


def test_the_lists_are_wide() -> None:
    lists = frame_lists(CASES)
    spread = lists.spread(60)
    assert (len(spread.facts), len(spread.front), len(spread.behind)) == (100, 60, 60)
    assert len({each.fact[1] for each in lists.facts}) >= 38
    for frames in (spread.front, spread.behind):
        assert len({each.kind for each in frames}) >= 14
        assert {each.edit for each in frames} == {True, False}


def test_a_fact_in_any_pair_of_frames_is_told_as_it_is_or_not_at_all() -> None:
    lists = frame_lists(CASES).spread(1000)
    figures = frame_figures(_reader(), lists.messages(SAMPLE, 1))
    scores, failures = figures["scores"], figures["failures"]
    assert isinstance(scores, dict)
    assert isinstance(failures, dict)
    assert (failures["false"], failures["junk"], failures["wrong"]) == ([], [], [])
    assert scores["told"] >= LEAST_TOLD


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "framed_facts.jsonl").write_text('{"words": "no fact"}\n')
    with pytest.raises(BadFile):
        frame_lists(tmp_path)
