"""Mappings: which columns or properties of a source give which part of a fact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote

from kg_data.errors import BadMapping
from kg_data.sources.source import BadRecord, Record, checked

REQUIRED = ("subject", "relation", "object")
PARTS = (*REQUIRED, "valid_from", "valid_to", "subject_class", "object_class")
_CONSTANTS = ("relation", "subject_class", "object_class")
_SYNONYMS = {"head": "subject", "tail": "object", "predicate": "relation", "class": "subject_class"}


@dataclass(frozen=True)
class ColumnMapping:
    """How one row becomes one fact.

    Attributes:
        columns: by part of a fact, the column that gives it; a relation or class that is no
            column stands for itself.
    """

    columns: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "subject=name,relation=place_of_birth,object=birthplace".

        Raises:
            BadMapping: a part is unknown, named twice or missing.
        """
        columns: dict[str, str] = {}
        for pair in text.split(","):
            part, equals, column = (word.strip() for word in pair.partition("="))
            if part not in PARTS or not equals or not column:
                known = ", ".join(PARTS)
                raise BadMapping(text, f"{pair.strip()!r} is not PART=COLUMN; parts are {known}")
            if part in columns:
                raise BadMapping(text, f"{part} is named twice")
            columns[part] = column
        missing = [part for part in REQUIRED if part not in columns]
        if missing:
            raise BadMapping(text, f"it does not say what the {' and the '.join(missing)} is")
        return cls(columns)

    @classmethod
    def of_header(cls, header: Sequence[str]) -> Self | None:
        """Return the mapping of columns that are named as the parts are, or None."""
        found = {_SYNONYMS.get(name, name): name for name in header}
        columns = {part: found[part] for part in PARTS if part in found}
        return cls(columns) if all(part in columns for part in REQUIRED) else None

    def missing(self, header: Sequence[str]) -> list[str]:
        """Return the columns that a header lacks."""
        return [
            column
            for part, column in self.columns.items()
            if column not in header and part not in _CONSTANTS
        ]

    def record(self, row: Mapping[str, str], place: str) -> Record | BadRecord | None:
        """Return the fact of a row; None if the row has no object, as empty cells of a table."""
        values: dict[str, str] = {}
        for part, column in self.columns.items():
            default = column if part in _CONSTANTS else ""
            values[part] = row.get(column, default).strip()
        if not values["object"] and self.columns["relation"] not in row:
            return None
        return checked(
            Record(
                subject=values["subject"],
                relation=values["relation"],
                object=values["object"],
                place=place,
                valid_from=values.get("valid_from") or None,
                valid_to=values.get("valid_to") or None,
                subject_class=values.get("subject_class", ""),
                object_class=values.get("object_class", ""),
            )
        )


@dataclass(frozen=True)
class PropertyMapping:
    """Which relations the properties of a graph are.

    Attributes:
        relations: relation by property: an IRI, its last part, or a Wikidata property.
    """

    relations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, texts: Sequence[str], known: Mapping[str, str]) -> Self:
        """Read "P19=place_of_birth" and the like, in addition to known properties.

        Raises:
            BadMapping: a text is not PROPERTY=RELATION.
        """
        relations = dict(known)
        for text in texts:
            for pair in text.split(","):
                left, equals, right = pair.rpartition("=")
                if not equals or not left.strip() or not right.strip():
                    raise BadMapping(text, f"{pair.strip()!r} is not PROPERTY=RELATION")
                relations[left.strip()] = right.strip()
        return cls(relations)

    def relation(self, name: str) -> str | None:
        """Return the relation of a property, by its whole name or by the last part of it."""
        last = last_part(name)
        found = self.relations.get(name) or self.relations.get(last)
        return found or self.relations.get(unquote(last))


class EveryProperty(PropertyMapping):
    """Takes every property, by the last part of its name where nothing else is said."""

    def relation(self, name: str) -> str:
        return super().relation(name) or unquote(last_part(name))


def last_part(iri: str) -> str:
    """Return what stands behind the last "#" or "/" of an IRI.

    >>> last_part("http://example.org/place_of_birth")
    'place_of_birth'
    """
    return iri.rstrip("/#").rpartition("#")[2].rpartition("/")[2]
