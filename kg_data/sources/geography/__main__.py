"""Write ``geography.csv`` and ``geography_entities.csv``."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from csv import writer
from pathlib import Path

from kg_data.relations import RelationBook
from kg_data.shipped import data_folder
from kg_data.sources.csv import ENTITY_COLUMNS, FACT_COLUMNS
from kg_data.sources.geography.builder import Builder, add_time_zones
from kg_data.sources.geography.facts import DOMAIN, Facts, OtherDomains
from kg_data.sources.geography.gazetteer import Gazetteer
from kg_data.sources.geography.tables import Tables
from kg_data.triples import Triple


def collect(folder: Path) -> tuple[list[Triple], list[tuple[str, str]]]:
    """Return the facts and the entities with their classes, both sorted.

    Args:
        folder: folder with the files of the other domains, if any; their facts are not repeated.
    """
    book = RelationBook.shipped()
    facts, gazetteer, others = Facts(book), Gazetteer(), OtherDomains.load(folder, book)
    builder = Builder(Tables.load(), gazetteer, facts)
    builder.build()
    add_time_zones(others, builder, gazetteer, facts)
    rows = sorted(fact for fact in facts.rows if not others.covers(fact))
    return rows, sorted(facts.classes.items())


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = writer(stream, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both files and print how many rows they have."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=data_folder(), metavar="DIR")
    folder: Path = parser.parse_args(arguments).out
    rows, entities = collect(data_folder())
    write(
        folder / f"{DOMAIN}.csv",
        FACT_COLUMNS,
        ((row.subject, row.relation, row.object, row.valid_from or "", "") for row in rows),
    )
    write(
        folder / f"{DOMAIN}_entities.csv",
        ENTITY_COLUMNS,
        ((name, entity_class, "") for name, entity_class in entities),
    )
    sys.stdout.write(f"{len(rows)} facts about {len(entities)} entities in {folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
