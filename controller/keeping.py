"""What an edit must leave as it is, as questions around it and far from it."""

from collections.abc import Iterable, Iterator, Sequence
from random import Random

from controller.change import Change
from controller.graph.lexicon import ALIAS
from controller.graph.store import GraphStore
from controller.walks import Chain, sampled
from kg_data.questions import Kind, Question
from kg_data.triples import Slot, Triple

MOST_SPECIFIC = 24  # other facts of the subjects, and at most as many of the objects
MOST_CHAINS = 4  # unchanged chains of each subject
MOST_ALIKE = 24  # the same relation of other subjects
MOST_STILL_KNOWN = 144  # as many more where a slot is left empty: not knowing spreads
MOST_RANDOM = 12
MOST_RANDOM_CHAINS = 6


def keep(
    change: Change,
    store: GraphStore,
    *,
    generator: Random,
    told: Sequence[Slot] | None = None,
) -> tuple[Question, ...]:
    """Return questions whose answer the edit must leave as it is.

    SPECIFICITY: other facts of the told subjects, and some chains from them. LOCALITY: facts of
    the old and new objects, the same relations of other subjects, and facts drawn at random.

    Args:
        change: the edit.
        store: the graph to draw from.
        generator: source of randomness.
        told: the slots around which to look; by default all that were told, and what followed.
    """
    follow: Sequence[Slot] = ()
    if told is None:
        told, follow = change.told, [slot for slot in change.slots if slot not in change.told]
    subjects = dict.fromkeys(slot.subject for slot in told)
    objects = dict.fromkeys(
        obj
        for slot in told
        if not change.book[slot.relation].literal
        for obj in (*change.before.objects(slot), *change.after.objects(slot))
        if obj not in subjects
    )
    chains: dict[Chain, Kind] = {}
    specific = [
        *_facts_around(subjects, change, generator),
        *_chains_from(subjects, change, generator),
    ]
    local = [
        *_facts_around(objects, change, generator),
        *_alike(told, change, store, generator),
        *_alike(follow, change, store, generator),
        *_random(change, store, generator),
    ]
    chains.update(dict.fromkeys(specific, Kind.SPECIFICITY))
    for chain in local:
        kind = Kind.SPECIFICITY if chain.subject in subjects else Kind.LOCALITY
        chains.setdefault(chain, kind)
    return tuple(change.question(chain, kind) for chain, kind in chains.items())


def still_known(
    change: Change,
    store: GraphStore,
    *,
    generator: Random,
    told: Sequence[Slot],
    most: int = 2 * MOST_STILL_KNOWN,
) -> tuple[Question, ...]:
    """Return what is to be kept besides where told slots are left empty.

    That is their relations of many other subjects, and a chain over each of these. A name that is
    told stays with its subject, but "I don't know" fits every question of a kind (docs/adr/0016,
    0018).

    Args:
        change: the edit.
        store: the graph to draw from.
        generator: source of randomness.
        told: the slots to look at; others are passed over.
        most: questions at most, half of them facts.
    """
    emptied = [slot for slot in change.emptied if slot in told]
    chains: dict[Chain, None] = {}
    for slot in emptied:
        share = most // 2 // len(emptied)
        others = store.sample(slot.relation, 2 * share, generator)
        facts = _steady_facts(others, slot, change, generator)[:share]
        chains.update(dict.fromkeys(facts))
        chains.update(dict.fromkeys(_over(facts, change, generator)))
    return tuple(change.question(chain, Kind.LOCALITY) for chain in chains)


def _over(facts: Iterable[Chain], change: Change, generator: Random) -> Iterator[Chain]:
    """Yield a chain of two hops over each fact, which is its first hop and its last by turns."""
    for place, fact in enumerate(facts):
        before = [chain for chain in change.now.led_to(fact) if len(chain.path) == 2]
        steady = [chain for chain in before if change.steady(chain.subject, chain.path)]
        longer = None if steady and place % 2 else _longer(fact, change, generator)
        if longer:
            yield longer
        elif steady:
            yield generator.choice(steady)


def _facts_around(nodes: Iterable[str], change: Change, generator: Random) -> Sequence[Chain]:
    """Return single facts of these nodes that stay, at most ``MOST_SPECIFIC``."""
    found = [
        chain
        for node in nodes
        for relation, _ in change.now.onward(node)
        if (chain := change.steady(node, (relation,)))
    ]
    return sampled(found, MOST_SPECIFIC, generator)


def _chains_from(nodes: Iterable[str], change: Change, generator: Random) -> Iterator[Chain]:
    for node in nodes:
        found = [
            chain
            for first, middle in change.now.onward(node)
            if not change.book[first].literal
            for second, end in change.now.onward(middle)
            if end != node and (chain := change.steady(node, (first, second)))
        ]
        yield from sampled(found, MOST_CHAINS, generator)


def _alike(
    told: Sequence[Slot], change: Change, store: GraphStore, generator: Random
) -> Iterator[Chain]:
    """Yield the told relations of other subjects, two thirds of them with an old object."""
    share = max(1, MOST_ALIKE // max(1, len(told)))
    for slot in told:
        if slot.relation == ALIAS:
            continue
        same = [
            Triple(subject, slot.relation, obj)
            for obj in change.before.objects(slot)
            for subject in change.before.subjects(slot.relation, obj, limit=50)
        ]
        other = store.sample(slot.relation, 2 * MOST_ALIKE, generator)
        neighbours = [
            *_steady_facts(same, slot, change, generator)[: share - share // 3],
            *_steady_facts(other, slot, change, generator),
        ]
        yield from list(dict.fromkeys(neighbours))[:share]


def _steady_facts(
    facts: Sequence[Triple], told: Slot, change: Change, generator: Random
) -> list[Chain]:
    shuffled = generator.sample(facts, len(facts))
    chains = (change.steady(fact.subject, (fact.relation,)) for fact in shuffled)
    return [chain for chain in chains if chain and chain.subject != told.subject]


def _random(change: Change, store: GraphStore, generator: Random) -> Iterator[Chain]:
    """Yield facts drawn from the whole graph, and chains that begin with such facts."""
    drawn = store.sample(None, 6 * MOST_RANDOM, generator)
    drawn = generator.sample(drawn, len(drawn))
    facts = [
        chain
        for fact in drawn
        if fact.relation != ALIAS and (chain := change.steady(fact.subject, (fact.relation,)))
    ]
    yield from facts[:MOST_RANDOM]
    longer = (_longer(chain, change, generator) for chain in reversed(facts))
    yield from [chain for chain in longer if chain][:MOST_RANDOM_CHAINS]


def _longer(chain: Chain, change: Change, generator: Random) -> Chain | None:
    """Return the chain with a further hop that stays, if there is one."""
    if change.book[chain.path[-1]].literal:
        return None
    hops = [hop for hop in change.now.onward(chain.answer) if hop[1] != chain.subject]
    if not hops:
        return None
    return change.steady(chain.subject, (*chain.path, generator.choice(hops)[0]))
