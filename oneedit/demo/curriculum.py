"""The demonstration model's curriculum: a part of the shipped facts, and chains over it."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from controller.rules import closure
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook
from kg_data.shipped import shipped_dataset
from kg_data.triples import Slot, Triple

ONLY_IN_GRAPH = frozenset(
    {
        "academic_grandadvisor",
        "also_known_as",
        "anthem",
        "child",
        "country_calling_code",
        "date_of_birth",
        "date_of_death",
        "demonym",
        "father_in_law",
        "inception",
        "iso_3166_1_alpha_2_code",
        "iso_3166_1_alpha_3_code",
        "iso_4217_code",
        "iso_639_3_code",
        "legislative_body",
        "located_in_time_zone",
        "located_next_to_body_of_water",
        "native_language",
        "paternal_grandfather",
        "place_of_burial",
        "place_of_death",
        "shares_border_with",
        "sibling",
        "top_level_internet_domain",
    }
)
"""Relations in the graph that the model is not taught, because it has few parameters."""


@dataclass(frozen=True)
class CurriculumConfig:
    """The size of the curriculum."""

    two_relation_chains: int = 2600  # taught directly
    three_relation_chains: int = 1000  # taught directly
    stepped_chains: int = 8000  # written step by step, taught directly or not
    held_out_share: float = 0.15  # of all chains; these are never shown in any form
    seed: int = 0


@dataclass(frozen=True)
class Curriculum:
    """Facts and chains by how they are taught.

    Attributes:
        facts: one question for each slot with a single object; the model should recall all.
        chains: taught as direct questions and statements.
        stepped_chains: written step by step; many of them are not in ``chains``.
        held_out_chains: never shown; answering them step by step needs composition.
        empty_slots: slots without an object, of entities whose class has the relation.
        aliases: other names of subjects, only those that belong to one entity.
    """

    facts: Sequence[Question]
    chains: Sequence[Question]
    stepped_chains: Sequence[Question]
    held_out_chains: Sequence[Question]
    empty_slots: Sequence[Slot]
    aliases: Mapping[str, Sequence[str]]


def build_curriculum(
    facts: Iterable[Triple],
    classes: Mapping[str, str],
    book: RelationBook,
    config: CurriculumConfig,
) -> Curriculum:
    """Return the curriculum over a graph's active facts, derived ones included.

    Args:
        facts: the closure of the shipped facts; ended ones are skipped.
        classes: class of each entity id.
        book: the relation book.
        config: the size of the curriculum.
    """
    active = [fact for fact in facts if not fact.ended]
    single = _single_valued(active)
    known = _reachable(
        {slot: obj for slot, obj in single.items() if slot.relation not in ONLY_IN_GRAPH},
        start={entity for entity, name in classes.items() if not book.is_a(name, "place")},
    )
    aliases = _unique_aliases(active)
    questions = [_question((slot.subject, known[slot]), (slot.relation,)) for slot in known]
    chains = _all_chains(known, book)
    rng = random.Random(config.seed)
    taught, held_out = _split_chains(chains, config, rng)
    held_out_set = set(held_out)
    shown_chains = [chain for chain in chains if chain not in held_out_set]
    stepped = rng.sample(shown_chains, min(config.stepped_chains, len(shown_chains)))
    occupied = {fact.slot for fact in active}
    empty = [
        Slot(entity, relation.name)
        for entity, entity_class in sorted(classes.items())
        for relation in book.relations.values()
        if relation.functional
        and relation.name not in ONLY_IN_GRAPH
        and book.accepts(relation.domain, entity_class)
        and Slot(entity, relation.name) not in occupied
    ]
    return Curriculum(questions, taught, stepped, held_out, empty, aliases)


def _single_valued(facts: Iterable[Triple]) -> dict[Slot, str]:
    objects: dict[Slot, set[str]] = defaultdict(set)
    for fact in facts:
        objects[fact.slot].add(fact.object)
    return {slot: min(found) for slot, found in sorted(objects.items()) if len(found) == 1}


def _reachable(known: Mapping[Slot, str], start: set[str]) -> dict[Slot, str]:
    """Return the slots of the entities that known slots connect to a set of entities."""
    edges: dict[str, list[str]] = defaultdict(list)
    for slot, obj in known.items():
        edges[slot.subject].append(obj)
    reached, frontier = set(start), sorted(start)
    while frontier:
        frontier = [obj for node in frontier for obj in edges[node] if obj not in reached]
        reached.update(frontier)
    return {slot: obj for slot, obj in known.items() if slot.subject in reached}


def _unique_aliases(facts: Iterable[Triple]) -> dict[str, list[str]]:
    """Return the aliases that neither belong to two entities nor are an entity's id."""
    owners: dict[str, set[str]] = defaultdict(set)
    ids = set()
    for fact in facts:
        ids.add(fact.subject)
        if fact.relation == "also_known_as":
            owners[fact.object].add(fact.subject)
    aliases: dict[str, list[str]] = defaultdict(list)
    for alias, subjects in sorted(owners.items()):
        if len(subjects) == 1 and alias not in ids:
            aliases[min(subjects)].append(alias)
    return dict(aliases)


def _question(nodes: Sequence[str], path: tuple[str, ...]) -> Question:
    kind = (Kind.RELIABILITY, Kind.ONE_HOP, Kind.TWO_HOP)[len(path) - 1]
    return Question(nodes[0], path, (nodes[-1],), kind, via=tuple(nodes[1:-1]))


def _all_chains(known: Mapping[Slot, str], book: RelationBook) -> list[Question]:
    """Return every chain of two and three relations without a repeated node, sorted."""
    edges: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for slot, obj in known.items():
        edges[slot.subject].append((slot.relation, obj))
    chains = []
    for slot, obj in sorted(known.items()):
        if book[slot.relation].literal:
            continue
        for second, end in edges[obj]:
            if end in (slot.subject, obj):
                continue
            chains.append(_question((slot.subject, obj, end), (slot.relation, second)))
            if book[second].literal:
                continue
            chains += [
                _question((slot.subject, obj, end, last), (slot.relation, second, third))
                for third, last in edges[end]
                if last not in (slot.subject, obj, end)
            ]
    return chains


def _split_chains(
    chains: list[Question], config: CurriculumConfig, rng: random.Random
) -> tuple[list[Question], list[Question]]:
    """Split chains into taught and held-out ones."""
    taught: list[Question] = []
    held_out: list[Question] = []
    for length, count in ((2, config.two_relation_chains), (3, config.three_relation_chains)):
        pool = [chain for chain in chains if len(chain.path) == length]
        rng.shuffle(pool)
        cut = round(len(pool) * config.held_out_share)
        held_out += pool[:cut]
        taught += _round_robin(pool[cut:], count)
    return taught, held_out


def _round_robin(pool: list[Question], count: int) -> list[Question]:
    """Take chains from all paths in turn, so that common paths do not displace rare ones."""
    by_path: dict[tuple[str, ...], list[Question]] = defaultdict(list)
    for chain in pool:
        by_path[chain.path].append(chain)
    taken: list[Question] = []
    queues = [by_path[path] for path in sorted(by_path)]
    for turn in zip_longest(*queues):
        taken += [chain for chain in turn if chain is not None]
    return taken[:count]


TAUGHT_DOMAINS = ("politicians", "academics", "geography")
"""The domains of the shipped facts that the model is taught; the graph holds all domains."""


def shipped_curriculum(config: CurriculumConfig | None = None) -> tuple[Curriculum, RelationBook]:
    """Return the curriculum over the shipped facts, and the shipped relation book."""
    book, dataset = RelationBook.shipped(), shipped_dataset(TAUGHT_DOMAINS)
    active = [fact for fact in dataset.facts if not fact.ended]
    facts = [*active, *closure(active, book)]
    classes = {entity.id: entity.entity_class for entity in dataset.entities}
    return build_curriculum(facts, classes, book, config or CurriculumConfig()), book
