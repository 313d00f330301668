"""The file that keeps what a model knows."""

import json
from pathlib import Path

import pytest

from oneedit.errors import CannotWrite
from oneedit.knowledge.knowledge import RelationKnowledge
from oneedit.knowledge.knowledge_file import KnowledgeFile
from tests.support.books import book_of
from tests.unit.oneedit.knowledge.test_knowledge import CAPITAL, SPOUSE

BOOK = book_of({}).model_copy(update={"sha256": "book"})
OTHER = book_of({}).model_copy(update={"sha256": "other"})


def test_relations_are_kept_one_by_one_and_read_back(tmp_path: Path) -> None:
    file = KnowledgeFile(tmp_path, "base", BOOK)
    assert file.read().relations == {}
    file.put(CAPITAL)
    file.put(SPOUSE)
    found = KnowledgeFile(tmp_path, "base", BOOK).read()
    assert found.relations == {"capital": CAPITAL, "spouse": SPOUSE}
    file.put(RelationKnowledge(relation="spouse", known=("Ada",)))
    assert file.read().relations["spouse"].known == ("Ada",)
    assert [each.suffix for each in file.path.parent.iterdir()] == [".json"]


def test_another_model_or_book_has_a_file_of_its_own(tmp_path: Path) -> None:
    KnowledgeFile(tmp_path, "base", BOOK).put(CAPITAL)
    assert KnowledgeFile(tmp_path, "other", BOOK).read().relations == {}
    assert KnowledgeFile(tmp_path, "base", OTHER).read().relations == {}


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"relations": [{}]}', '{"relations": [{"relation": 1}]}', "null"],
)
def test_a_file_that_cannot_be_read_counts_as_missing(content: str, tmp_path: Path) -> None:
    file = KnowledgeFile(tmp_path, "base", BOOK)
    file.put(CAPITAL)
    file.path.write_text(content, encoding="utf-8")
    assert file.read().relations == {}
    file.put(SPOUSE)
    assert set(file.read().relations) == {"spouse"}


def test_a_file_that_was_copied_from_another_model_is_not_believed(tmp_path: Path) -> None:
    file = KnowledgeFile(tmp_path, "base", BOOK)
    file.put(CAPITAL)
    content = json.loads(file.path.read_text(encoding="utf-8")) | {"base_hash": "other"}
    file.path.write_text(json.dumps(content), encoding="utf-8")
    assert file.read().relations == {}


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "knowledge").write_text("in the way", encoding="utf-8")
    with pytest.raises(CannotWrite, match="knowledge"):
        KnowledgeFile(tmp_path, "base", BOOK).put(CAPITAL)
