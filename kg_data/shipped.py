"""The facts that come with OneEdit, as one collection."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from kg_data.entities import Entity
from kg_data.sources import csv
from kg_data.triples import Triple

DOMAINS = ("politicians", "legislators", "academics", "geography")


@dataclass(frozen=True)
class Dataset:
    """Entities and facts read from a folder of CSV files.

    Attributes:
        facts: every row, ended ones too, in file order without repetition.
        entities: every entity once; a row that repeats an entity is dropped.
        sha256: digest of the files' bytes, in the order of the domains.
    """

    facts: Sequence[Triple]
    entities: Sequence[Entity]
    sha256: str


def data_folder() -> Path:
    """Return the folder that holds the shipped files."""
    return Path(str(files("kg_data") / "data"))


def shipped(domains: Sequence[str] = DOMAINS) -> Dataset:
    """Read the shipped facts of some domains, by default of all.

    Raises:
        BadFile: a file was damaged.
    """
    folder, digest = data_folder(), hashlib.sha256()
    facts: dict[tuple[Triple, str | None], Triple] = {}
    entities: dict[str, Entity] = {}
    for domain in domains:
        for suffix in ("", "_entities"):
            digest.update((folder / f"{domain}{suffix}.csv").read_bytes())
        for fact in csv.read(folder / f"{domain}.csv"):
            facts.setdefault((fact, fact.valid_to), fact)
        for entity in csv.read_entities(folder / f"{domain}_entities.csv"):
            entities.setdefault(entity.id, entity)
    return Dataset(tuple(facts.values()), tuple(entities.values()), digest.hexdigest())
