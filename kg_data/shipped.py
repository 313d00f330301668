"""The facts that come with OneEdit.

``python -m kg_data.shipped --seed 1`` prints a random sample of them for people to check.
"""

import argparse
import hashlib
import random
import sys
from collections import Counter
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


def shipped_dataset(domains: Sequence[str] = DOMAINS) -> Dataset:
    """Return the shipped facts of some domains, by default of all.

    Raises:
        BadFile: a file cannot be read.
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


def main() -> None:
    """Print a sample, one fact a line, or the number of facts of each relation."""
    parser = argparse.ArgumentParser(description="Print a seeded sample of the shipped facts.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--relations", action="store_true", help="count facts by relation instead")
    arguments = parser.parse_args()
    facts = shipped_dataset().facts
    if arguments.relations:
        counts = Counter(fact.relation for fact in facts)
        sys.stdout.writelines(f"{n:6} {relation}\n" for relation, n in counts.most_common())
        return
    sample = random.Random(arguments.seed).sample(list(facts), min(arguments.count, len(facts)))
    for number, fact in enumerate(sorted(sample), start=1):
        ended = f" (until {fact.valid_to})" if fact.ended else ""
        sys.stdout.write(f"{number:4}. {fact.subject} | {fact.relation} | {fact.object}{ended}\n")


if __name__ == "__main__":
    main()
