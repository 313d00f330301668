"""Questions whose answer an edit must not change, near to it and far from it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from random import Random

from controller.graph.lexicon import ALIAS
from controller.graph.overlay import GraphReads
from controller.graph.paths import Chain, sample_chains
from controller.questions.diff import GraphDiff
from kg_data.questions import Kind, Question
from kg_data.triples import Slot, Triple

MOST_SPECIFIC = 24  # other facts of the subjects, and at most as many of the objects
MOST_CHAINS = 4  # unchanged chains of each subject
MOST_PEERS = 24  # the same relation of other subjects
MOST_EMPTIED_PEERS = 144  # additional ones if a slot is emptied: "I don't know" generalises
MOST_RANDOM = 12
MOST_RANDOM_CHAINS = 6


def preserved_questions(
    diff: GraphDiff,
    store: GraphReads,
    *,
    generator: Random,
    around: Sequence[Slot] | None = None,
) -> tuple[Question, ...]:
    """Return questions whose answer the edit must not change.

    SPECIFICITY: other facts of the edited subjects, and some chains from them. LOCALITY: facts of
    the old and new objects, the same relations of other subjects, and random facts.

    Args:
        diff: the graph before and after the edit.
        store: the graph to draw from.
        generator: source of randomness.
        around: the slots to sample around; by default the edited ones, and the other changed
            slots for peers.
    """
    derived: Sequence[Slot] = ()
    if around is None:
        around, derived = diff.edited, [slot for slot in diff.slots if slot not in diff.edited]
    subjects = dict.fromkeys(slot.subject for slot in around)
    objects = dict.fromkeys(
        obj
        for slot in around
        if not diff.book[slot.relation].literal
        for obj in (*diff.before.objects(slot), *diff.after.objects(slot))
        if obj not in subjects
    )
    chains: dict[Chain, Kind] = {}
    specific = [
        *_facts_of(subjects, diff, generator),
        *_chains_starting_at(subjects, diff, generator),
    ]
    local = [
        *_facts_of(objects, diff, generator),
        *_peers(around, diff, store, generator),
        *_peers(derived, diff, store, generator),
        *_random_chains(diff, store, generator),
    ]
    chains.update(dict.fromkeys(specific, Kind.SPECIFICITY))
    for chain in local:
        kind = Kind.SPECIFICITY if chain.subject in subjects else Kind.LOCALITY
        chains.setdefault(chain, kind)
    return tuple(diff.question(chain, kind) for chain, kind in chains.items())


def peers_of_emptied(
    diff: GraphDiff,
    store: GraphReads,
    *,
    generator: Random,
    around: Sequence[Slot],
    most: int = 2 * MOST_EMPTIED_PEERS,
) -> tuple[Question, ...]:
    """Return more questions to preserve if edited slots are emptied.

    These are facts of the same relation of many other subjects, and a chain over each. A new
    object stays with its subject, but "I don't know" fits all questions of a relation and
    generalises to subjects whose answers are not preserved (docs/adr/0016, 0018).

    Args:
        diff: the graph before and after the edit.
        store: the graph to draw from.
        generator: source of randomness.
        around: the slots that are considered.
        most: maximum number of questions, half of them facts.
    """
    emptied = [slot for slot in diff.emptied if slot in around]
    chains: dict[Chain, None] = {}
    for slot in emptied:
        share = most // 2 // len(emptied)
        others = store.sample(slot.relation, 2 * share, generator)
        facts = list(islice(_unchanged_facts(others, slot, diff, generator), share))
        chains.update(dict.fromkeys(facts))
        chains.update(dict.fromkeys(_chains_over(facts, diff, generator)))
    return tuple(diff.question(chain, Kind.LOCALITY) for chain in chains)


def _chains_over(facts: Iterable[Chain], diff: GraphDiff, generator: Random) -> Iterator[Chain]:
    """Yield a two-hop chain over each fact, which is its first and its last hop in turn."""
    for place, fact in enumerate(facts):
        unchanged = [
            chain
            for chain in diff.walker_after.extended_back(fact)
            if chain.subject != chain.answer and diff.unchanged(chain.subject, chain.path)
        ]
        longer = None if unchanged and place % 2 else _extended(fact, diff, generator)
        if longer:
            yield longer
        elif unchanged:
            yield generator.choice(unchanged)


def _facts_of(nodes: Iterable[str], diff: GraphDiff, generator: Random) -> Sequence[Chain]:
    """Return unchanged facts of these nodes, at most ``MOST_SPECIFIC``."""
    found = [
        chain
        for node in nodes
        for relation, _ in diff.walker_after.hops_from(node)
        if (chain := diff.unchanged(node, (relation,)))
    ]
    return sample_chains(found, MOST_SPECIFIC, generator)


def _chains_starting_at(
    nodes: Iterable[str], diff: GraphDiff, generator: Random
) -> Iterator[Chain]:
    for node in nodes:
        found = [
            chain
            for first, middle in diff.walker_after.hops_from(node)
            if not diff.book[first].literal
            for second, end in diff.walker_after.hops_from(middle)
            if end != node and (chain := diff.unchanged(node, (first, second)))
        ]
        yield from sample_chains(found, MOST_CHAINS, generator)


def _peers(
    around: Sequence[Slot], diff: GraphDiff, store: GraphReads, generator: Random
) -> Iterator[Chain]:
    """Yield facts of the same relations of other subjects, two thirds with an old object."""
    share = max(1, MOST_PEERS // max(1, len(around)))
    for slot in around:
        if slot.relation == ALIAS:
            continue
        same = [
            Triple(subject, slot.relation, obj)
            for obj in diff.before.objects(slot)
            for subject in diff.before.subjects(slot.relation, obj, limit=50)
        ]
        other = store.sample(slot.relation, 2 * MOST_PEERS, generator)
        first = list(islice(_unchanged_facts(same, slot, diff, generator), share - share // 3))
        rest = _unchanged_facts(other, slot, diff, generator)
        further = (chain for chain in rest if chain not in first)
        yield from first
        yield from islice(further, share - len(first))


def _unchanged_facts(
    facts: Sequence[Triple], around: Slot, diff: GraphDiff, generator: Random
) -> Iterator[Chain]:
    """Return the unchanged ones of facts in random order, each looked at when it is asked for."""
    shuffled = generator.sample(facts, len(facts))
    chains = (diff.unchanged(fact.subject, (fact.relation,)) for fact in shuffled)
    return (chain for chain in chains if chain and chain.subject != around.subject)


def _random_chains(diff: GraphDiff, store: GraphReads, generator: Random) -> Iterator[Chain]:
    """Yield unchanged facts drawn from the whole graph, and chains that begin with such facts."""
    drawn = store.sample(None, 6 * MOST_RANDOM, generator)
    drawn = generator.sample(drawn, len(drawn))
    yield from islice(_unchanged(drawn, diff), MOST_RANDOM)
    longer = (_extended(chain, diff, generator) for chain in _unchanged(reversed(drawn), diff))
    yield from islice((chain for chain in longer if chain), MOST_RANDOM_CHAINS)


def _unchanged(facts: Iterable[Triple], diff: GraphDiff) -> Iterator[Chain]:
    """Yield the facts that an edit does not change, without aliases, as chains."""
    for fact in facts:
        if fact.relation != ALIAS and (chain := diff.unchanged(fact.subject, (fact.relation,))):
            yield chain


def _extended(chain: Chain, diff: GraphDiff, generator: Random) -> Chain | None:
    """Return the chain with one more unchanged hop, or None."""
    if diff.book[chain.path[-1]].literal:
        return None
    hops = [hop for hop in diff.walker_after.hops_from(chain.answer) if hop[1] != chain.subject]
    if not hops:
        return None
    return diff.unchanged(chain.subject, (*chain.path, generator.choice(hops)[0]))
