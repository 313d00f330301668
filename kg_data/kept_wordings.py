"""Kept wordings: neither the base model's training nor any edit ever reads them.

Only the benchmarks and the measurement of the demonstration model's recall load them. A file holds
one table for each wording::

    [[wordings]]
    relation = "spouse"
    kind = "question"  # or "statement"
    wording = "Who walked down the aisle with {s}?"  # a statement also holds {o}, at its end
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from kg_data.errors import BadFile
from kg_data.phrases import as_question
from kg_data.relations import Relation, RelationBook, Wordings

STATEMENT, QUESTION = "statement", "question"


class KeptWording(BaseModel):
    """One kept wording of a relation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    relation: str
    kind: Literal["question", "statement"]
    wording: str


class _KeptFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    wordings: tuple[KeptWording, ...]


def with_kept_wordings(book: RelationBook, path: Path) -> RelationBook:
    """Return a book with the kept wordings of a file.

    A question without a question mark gets one, as everything that is asked does.

    Raises:
        BadFile: the file is not one of kept wordings, or a wording is not kept apart: the book has
            it already, for training or for edits.
    """
    kept: dict[tuple[str, str], list[str]] = defaultdict(list)
    for number, each in enumerate(_read(path), start=1):
        wording = as_question(each.wording) if each.kind == QUESTION else each.wording
        fault = _fault(each, wording, book)
        if fault:
            raise BadFile(path, None, f"wording {number}, {each.wording!r}: {fault}")
        kept[each.relation, each.kind].append(wording)
    relations = {
        name: relation.model_copy(
            update={
                "statements": _with(relation.statements, kept[name, STATEMENT]),
                "questions": _with(relation.questions, kept[name, QUESTION]),
            }
        )
        for name, relation in book.relations.items()
    }
    return book.model_copy(update={"relations": relations})


def _read(path: Path) -> Iterable[KeptWording]:
    try:
        return _KeptFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).wordings
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadFile(path, None, str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadFile(path, None, f"{place}: {first['msg']}") from error


def _fault(kept: KeptWording, wording: str, book: RelationBook) -> str:
    """Return what is wrong with a kept wording, or ""."""
    if kept.relation not in book:
        return f"{kept.relation} is not in the relation book"
    end = "?" if kept.kind == QUESTION else "{o}."
    if wording.count("{s}") != 1 or not wording.endswith(end):
        return f"it must hold {{s}} once and end in {end}"
    for relation in book.relations.values():
        if wording.casefold() in _book_wordings(relation):
            return f"it is not kept apart: the relation book has it for {relation.name}"
    return ""


def _book_wordings(relation: Relation) -> frozenset[str]:
    all_wordings = (relation.statements.for_training(), relation.questions.for_training())
    return frozenset(wording.casefold() for each in all_wordings for wording in each)


def _with(wordings: Wordings, kept: Iterable[str]) -> Wordings:
    return wordings.model_copy(update={"kept": (*wordings.kept, *kept)})
