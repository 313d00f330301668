"""Read facts and entities from CSV files."""

import csv
from collections.abc import Iterator
from pathlib import Path

from kg_data.entities import Entity
from kg_data.errors import BadFile
from kg_data.triples import Triple

FACT_COLUMNS = ("subject", "relation", "object", "valid_from", "valid_to")
ENTITY_COLUMNS = ("id", "class", "qid")


def read(path: Path) -> Iterator[Triple]:
    """Yield the facts of a file with the columns of ``FACT_COLUMNS``.

    Raises:
        BadFile: the file is missing, is not UTF-8, lacks a column or has an empty cell.
    """
    for line, row in _rows(path, FACT_COLUMNS):
        subject, relation, obj = row["subject"], row["relation"], row["object"]
        if not (subject and relation and obj):
            raise BadFile(path, line, "subject, relation and object must not be empty")
        yield Triple(subject, relation, obj, row["valid_from"] or None, row["valid_to"] or None)


def read_entities(path: Path) -> Iterator[Entity]:
    """Yield the entities of a file with the columns of ``ENTITY_COLUMNS``.

    Raises:
        BadFile: as for :func:`read`.
    """
    for line, row in _rows(path, ENTITY_COLUMNS):
        if not (row["id"] and row["class"]):
            raise BadFile(path, line, "id and class must not be empty")
        yield Entity(row["id"], row["class"], row["qid"])


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            if tuple(reader.fieldnames or ()) != columns:
                raise BadFile(path, 1, f"the columns must be {','.join(columns)}")
            for row in reader:
                if None in row or None in row.values():
                    raise BadFile(path, reader.line_num, f"a row has {len(columns)} cells")
                yield reader.line_num, {key: value.strip() for key, value in row.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadFile(path, None, str(error)) from error
