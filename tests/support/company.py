"""A small company with invented names, for tests of books and facts that are not ours."""

import csv
import random
from collections.abc import Callable
from pathlib import Path

from kg_data.invented_names import invent_person, invent_place, invent_thing

COLUMNS = ("subject", "relation", "object")


def company_rows(seed: int = 1) -> list[tuple[str, str, str]]:
    """Return about 200 facts of people, teams, products and sites, the same for each seed."""
    rng = random.Random(seed)
    people = _names(lambda: invent_person(rng), 30)
    sites = _names(lambda: invent_place(rng), 4)
    things = _names(lambda: invent_thing(rng), 14)
    teams, products = things[:6], things[6:]
    rows: list[tuple[str, str, str]] = []
    for number, person in enumerate(people):
        place = number % len(teams)
        rows.append((person, "works_on", teams[place]))
        rows.append((person, "desk_at", sites[place % len(sites)]))
        rows.append((person, "joined", str(rng.randint(2005, 2024))))
        if number:
            rows.append((person, "reports_to", people[(number - 1) // 3]))
        rows.extend((person, "speaks_at", each) for each in rng.sample(sites, rng.randint(1, 2)))
    for number, team in enumerate(teams):
        rows.append((team, "teamLead", people[number]))
        rows.append((people[number], "heads", team))
    for number, product in enumerate(products):
        rows.append((product, "made_by", teams[number % len(teams)]))
        rows.append((product, "price", str(rng.randint(10, 90))))
    return rows


def write_company(path: Path, seed: int = 1) -> None:
    """Write the facts as a CSV file with the columns of ``COLUMNS``."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows(company_rows(seed))


def _names(invent: Callable[[], str], count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[invent()] = None
    return list(found)
