"""A small graph of American politics and places, for the tests of the controller."""

from collections.abc import Sequence

from controller.actor import Actor, Role
from controller.controller import Controller
from controller.graph.networkx_store import NetworkxStore
from controller.plan import EditPlan
from controller.rules import closure
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.triples import Triple

BOOK = RelationBook.shipped()
EDITOR = Actor("ed", Role.EDITOR)
LOCAL = Actor("me", Role.LOCAL)
REVIEWER = Actor("rita", Role.REVIEWER)

ENTITIES = tuple(
    Entity(name, kind)
    for kind, names in {
        "person": "Joe Biden, Kamala Harris, Donald Trump, Mike Pence, Karen Pence, Doug Emhoff, "
        "Jill Biden, Barack Obama, Michelle Obama, Joseph Biden Sr., Ann Doe, Bob Roe, Carl Poe",
        "city": "Scranton, Honolulu, Columbus, Oakland, Lyon, Paris, Berlin",
        "state": "Pennsylvania, Hawaii, Indiana, California, Bavaria",
        "country": "United States, France, Germany",
        "party": "Democratic Party, Republican Party",
        "continent": "North America, Europe",
    }.items()
    for name in names.split(", ")
)
ASSERTED = tuple(
    Triple(*row.split(" | "))
    for row in """
Joe Biden | vice_president | Kamala Harris
Joe Biden | spouse | Jill Biden
Joe Biden | place_of_birth | Scranton
Joe Biden | date_of_birth | 1942-11-20
Joe Biden | father | Joseph Biden Sr.
Joe Biden | member_of_political_party | Democratic Party
Joe Biden | also_known_as | Joseph Biden
Kamala Harris | spouse | Doug Emhoff
Kamala Harris | place_of_birth | Oakland
Kamala Harris | member_of_political_party | Democratic Party
Kamala Harris | date_of_birth | 1964-10-20
Mike Pence | spouse | Karen Pence
Mike Pence | place_of_birth | Columbus
Mike Pence | member_of_political_party | Republican Party
Mike Pence | also_known_as | Michael Pence
Donald Trump | member_of_political_party | Republican Party
Barack Obama | vice_president | Joe Biden
Barack Obama | spouse | Michelle Obama
Barack Obama | place_of_birth | Honolulu
United States | head_of_state | Joe Biden
United States | continent | North America
France | continent | Europe
France | capital | Paris
Germany | capital | Berlin
Germany | continent | Europe
Scranton | located_in | Pennsylvania
Columbus | located_in | Indiana
Oakland | located_in | California
Honolulu | located_in | Hawaii
Pennsylvania | country | United States
Indiana | country | United States
California | country | United States
Hawaii | country | United States
Bavaria | country | Germany
Lyon | country | France
Paris | country | France
Berlin | country | Germany
Ann Doe | place_of_birth | Lyon
Bob Roe | place_of_birth | Paris
Carl Poe | place_of_birth | Berlin
""".strip().splitlines()
)


def store_with(*more: Triple, asserted: Sequence[Triple] = ASSERTED) -> NetworkxStore:
    """Return a store at version 0 with the facts of the world, more facts, and all that follow."""
    facts = (*asserted, *more)
    store = NetworkxStore()
    store.load(ENTITIES, (*facts, *closure(facts, BOOK)), version=0)
    return store


def controller_with(*more: Triple) -> Controller:
    """Return a controller over the world and more facts."""
    return Controller(store_with(*more), BOOK)


def apply(store: NetworkxStore, plan: EditPlan) -> None:
    """Apply the changes of a plan to the graph."""
    store.replace(
        add=plan.changes.all_added,
        retract=plan.changes.all_retracted,
        entities=plan.entities,
        expect=plan.base_version,
    )
