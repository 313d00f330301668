"""Questions whose answer an edit changes: slots, and chains through them.

A chain is asked only if every hop has exactly one object, since no other has one right answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain as joined
from itertools import cycle, islice, repeat, zip_longest
from random import Random

from controller.graph.lexicon import ALIAS
from controller.graph.paths import Chain, sample_chains
from controller.questions.diff import GraphDiff
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.triples import Slot

MOST_ALIASES = 2  # aliases of a subject with which an edited slot is asked
MOST_WALKED = 20_000
"""Chains that are looked at to find the consequences of one edit."""


def targets(diff: GraphDiff) -> tuple[Question, ...]:
    """Return the changed slots as questions: edited slots as RELIABILITY, others as REVERSE.

    Edited slots are also asked, as ALIAS, with aliases that belong to their subject alone.

    New objects are the first answers; the answer of an empty slot is ``UNKNOWN``. Other slots of
    many-valued relations are only asked if they have one object or none; other aliases never.
    """
    found = []
    for slot in diff.slots:
        edited = slot in diff.edited
        old, new = diff.before.objects(slot), diff.after.objects(slot)
        one_answer = diff.book[slot.relation].functional or len(new) <= 1
        if not edited and (slot.relation == ALIAS or not one_answer):
            continue
        new_first = sorted(new, key=lambda obj: obj in old)
        answers = diff.with_aliases(new_first, slot.relation) or (UNKNOWN,)
        kind = Kind.RELIABILITY if edited else Kind.REVERSE
        found.append(Question(slot.subject, (slot.relation,), answers, kind))
        if edited and slot.relation != ALIAS:
            aliases = own_aliases(slot.subject, diff)[:MOST_ALIASES]
            found += [replace(found[-1], kind=Kind.ALIAS, called=alias) for alias in aliases]
    return tuple(found)


def own_aliases(subject: str, diff: GraphDiff) -> list[str]:
    """Return the aliases of an entity that no other has."""
    names = diff.after.objects(Slot(subject, ALIAS))
    return [
        name
        for name in names
        if diff.after.entity(name) is None and len(diff.after.subjects(ALIAS, name, limit=2)) == 1
    ]


@dataclass(frozen=True, slots=True)
class Consequences:
    """The chains whose answer an edit changes.

    Attributes:
        questions: these chains, or a sample of them.
        count: their number.
        at_least: whether there may be more, because walks did not pass a node with very many
            facts or looked at ``MOST_WALKED`` chains.
    """

    questions: tuple[Question, ...]
    count: int
    at_least: bool


def consequences(
    diff: GraphDiff,
    *,
    limit: int,
    generator: Random,
    even: bool = False,
    most_walked: int = MOST_WALKED,
) -> Consequences:
    """Return the chains of two and three relations whose answer changes.

    These are the chains that lead to another answer after the edit than before, and those that
    led to an answer and now to a slot that the edit emptied. The answer of the latter is
    ``UNKNOWN``, so that the model does not go on giving the answer that only the removed fact
    leads to. A chain may lead back to its subject; see :mod:`controller.graph.paths`.

    Args:
        diff: the graph before and after the edit.
        limit: maximum number of chains; a sample, chains through edited slots first.
        generator: source of randomness.
        even: sample evenly over the changed slots instead.
        most_walked: maximum number of chains that are looked at, of every changed slot in turn.
    """
    found: dict[tuple[str, tuple[str, ...]], tuple[Slot, Chain]] = {}
    walked = 0
    for slot, chain in islice(_chains_of_both_graphs(diff), most_walked):
        walked += 1
        key = chain.subject, chain.path
        if key not in found and (changed := diff.changed(chain)):
            found[key] = slot, changed
    picked = (
        _round_robin(found.values(), limit, generator)
        if even
        else _edited_first([chain for _, chain in found.values()], diff, limit, generator)
    )
    picked.sort(key=lambda chain: (len(chain.path), chain.subject, chain.path))
    kinds = {2: Kind.ONE_HOP, 3: Kind.TWO_HOP}
    return Consequences(
        questions=tuple(diff.question(chain, kinds[len(chain.path)]) for chain in picked),
        count=len(found),
        at_least=walked == most_walked or bool(diff.walker_after.hubs or diff.walker_before.hubs),
    )


def links(diff: GraphDiff, chains: Iterable[Question]) -> tuple[Question, ...]:
    """Return the unchanged facts on the paths of chains, once each."""
    slots = dict.fromkeys(slot for chain in chains for slot in chain.slots)
    found = (diff.unchanged(slot.subject, (slot.relation,)) for slot in slots)
    return tuple(diff.question(link, Kind.LOCALITY) for link in found if link)


def _chains_of_both_graphs(diff: GraphDiff) -> Iterator[tuple[Slot, Chain]]:
    """Yield changed slots, in turn, with the chains through them; some chains repeatedly.

    Every chain whose answer changes passes a changed slot: after the edit if it has an answer
    then, before the edit if it leads to an emptied slot now.
    """
    walkers = [diff.walker_after, *([diff.walker_before] if diff.emptied else [])]
    walks = [
        zip(repeat(slot), walker.chains_through(slot), strict=False)
        for slot in diff.slots
        for walker in walkers
    ]
    turns: Iterator[Iterator[tuple[Slot, Chain]]] = cycle(walks)
    for left in range(len(walks), 0, -1):
        turns = cycle(islice(turns, left))
        yield from map(next, turns)


def _edited_first(
    chains: Sequence[Chain], diff: GraphDiff, count: int, generator: Random
) -> list[Chain]:
    """Return at most ``count`` random chains.

    Others are only among them where too few pass an edited slot, those with an answer before those
    that end at an emptied slot: there may be hundreds of the latter.
    """
    edited = set(diff.edited)
    near = [chain for chain in chains if not edited.isdisjoint(chain.slots)]
    far = [chain for chain in chains if edited.isdisjoint(chain.slots)]
    answered = [chain for chain in far if chain.answer != UNKNOWN]
    ended = [chain for chain in far if chain.answer == UNKNOWN]
    picked: list[Chain] = []
    for group in (near, answered, ended):
        picked += sample_chains(group, count - len(picked), generator)
    return picked


def _round_robin(
    chains: Iterable[tuple[Slot, Chain]], count: int, generator: Random
) -> list[Chain]:
    """Return at most ``count`` random chains, one of each slot in turn."""
    groups: dict[Slot, list[Chain]] = {}
    for slot, chain in chains:
        groups.setdefault(slot, []).append(chain)
    shuffled = [generator.sample(group, len(group)) for group in groups.values()]
    rounds = joined.from_iterable(zip_longest(*shuffled))
    return list(islice((chain for chain in rounds if chain is not None), count))
