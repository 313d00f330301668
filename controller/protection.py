"""Slots, relations and facts that are protected, whatever the policy says of the rest."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from kg_data.errors import BadFile
from kg_data.triples import Slot, Triple


@dataclass(frozen=True)
class BlockList:
    """Slots and relations that nobody may change and facts that nobody may assert, with reasons."""

    slots: Mapping[Slot, str] = field(default_factory=dict)
    relations: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[Triple, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a list from a TOML file with the tables ``slots``, ``relations`` and ``facts``.

        Raises:
            BadFile: the file is missing or is not such a list.
        """
        try:
            content = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
            raise BadFile(path, None, str(error)) from error
        return cls(
            slots={Slot(row.subject, row.relation): row.reason for row in content.slots},
            relations={row.relation: row.reason for row in content.relations},
            facts={
                Triple(row.subject, row.relation, row.object): row.reason for row in content.facts
            },
        )

    @classmethod
    def shipped(cls) -> Self:
        """Return the list that comes with OneEdit."""
        return cls.load(Path(str(files("kg_data") / "data" / "protected.toml")))

    def refusal(self, fact: Triple) -> str | None:
        """Return why a fact may not be asserted, or None if it may."""
        return self.facts.get(fact) or self.slot_refusal(fact.slot)

    def slot_refusal(self, slot: Slot) -> str | None:
        """Return why a slot may not be changed, or None if it may."""
        return self.slots.get(slot) or self.relations.get(slot.relation)


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    relation: str
    reason: str


class _SlotRow(_Row):
    subject: str


class _FactRow(_SlotRow):
    object: str


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    slots: tuple[_SlotRow, ...] = ()
    relations: tuple[_Row, ...] = ()
    facts: tuple[_FactRow, ...] = ()
