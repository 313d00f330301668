"""Questions whose answer an edit changes: slots, and chains through them.

A chain is asked only if every hop has exactly one object, since no other has one right answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain as joined
from itertools import islice, zip_longest
from random import Random

from controller.graph.lexicon import ALIAS
from controller.graph.paths import Chain, sample_chains
from controller.questions.diff import GraphDiff
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot

MOST_ALIASES = 2  # aliases of a subject with which an edited slot is asked


def targets(diff: GraphDiff) -> tuple[Question, ...]:
    """Return the changed slots as questions: edited slots as RELIABILITY, others as REVERSE.

    Edited slots are also asked, as ALIAS, with aliases that belong to their subject alone.

    New objects are the first answers; the answer of an empty slot is ``UNKNOWN``. Other slots of
    many-valued relations are only asked if they have exactly one object; other aliases never.
    """
    found = []
    for slot in diff.slots:
        edited = slot in diff.edited
        old, new = diff.before.objects(slot), diff.after.objects(slot)
        if not edited and (slot.relation == ALIAS or not _has_one_answer(slot, new, diff.book)):
            continue
        new_first = sorted(new, key=lambda obj: obj in old)
        answers = diff.with_aliases(new_first, slot.relation) or (UNKNOWN,)
        kind = Kind.RELIABILITY if edited else Kind.REVERSE
        found.append(Question(slot.subject, (slot.relation,), answers, kind))
        if edited and slot.relation != ALIAS:
            aliases = _own_aliases(slot.subject, diff)
            found += [replace(found[-1], kind=Kind.ALIAS, called=alias) for alias in aliases]
    return tuple(found)


def _own_aliases(subject: str, diff: GraphDiff) -> list[str]:
    """Return aliases that no other entity has, at most ``MOST_ALIASES``."""
    names = diff.after.objects(Slot(subject, ALIAS))
    own = [
        name
        for name in names
        if diff.after.entity(name) is None and len(diff.after.subjects(ALIAS, name, limit=2)) == 1
    ]
    return own[:MOST_ALIASES]


def consequences(
    diff: GraphDiff, *, limit: int, generator: Random, even: bool = False
) -> tuple[tuple[Question, ...], int]:
    """Return the chains of two and three relations whose answer changes, and their number.

    These are the chains that lead to another answer after the edit than before, and the chains
    through an emptied edited slot. The answer of the latter is ``UNKNOWN``, so that the model
    does not go on giving the answer that only the retracted fact leads to.

    Args:
        diff: the graph before and after the edit.
        limit: maximum number of chains; a sample, chains through edited slots first.
        generator: source of randomness.
        even: sample evenly over the changed slots instead.
    """
    chains: dict[tuple[str, tuple[str, ...]], Chain] = {}
    groups: dict[Slot, list[Chain]] = {}
    for slot, chain in _changed_chains(diff):
        key = chain.subject, chain.path
        if key not in chains:
            chains[key] = chain
            groups.setdefault(slot, []).append(chain)
    picked = _round_robin(groups.values(), limit, generator) if even else []
    if not even:
        edited = set(diff.edited)
        near = [chain for chain in chains.values() if not edited.isdisjoint(chain.slots)]
        far = [chain for chain in chains.values() if edited.isdisjoint(chain.slots)]
        picked = sample_chains(near, limit, generator)
        picked += sample_chains(far, limit - len(picked), generator)
    picked.sort(key=lambda chain: (len(chain.path), chain.subject, chain.path))
    kinds = {2: Kind.ONE_HOP, 3: Kind.TWO_HOP}
    questions = tuple(diff.question(chain, kinds[len(chain.path)]) for chain in picked)
    return questions, len(chains)


def links(diff: GraphDiff, chains: Iterable[Question]) -> tuple[Question, ...]:
    """Return the unchanged facts on the paths of chains, once each."""
    slots = dict.fromkeys(slot for chain in chains for slot in chain.slots)
    found = (diff.unchanged(slot.subject, (slot.relation,)) for slot in slots)
    return tuple(diff.question(link, Kind.LOCALITY) for link in found if link)


def _has_one_answer(slot: Slot, objects: Sequence[str], book: RelationBook) -> bool:
    """Tell whether a slot has one right answer, if only ``UNKNOWN``."""
    return book[slot.relation].functional or len(objects) == 1


def _changed_chains(diff: GraphDiff) -> Iterator[tuple[Slot, Chain]]:
    """Yield changed slots with the chains whose answer they change, some chains repeatedly."""
    for slot in diff.slots:
        for chain in diff.walker_after.chains_through(slot):
            if _has_new_answer(chain, diff):
                yield slot, chain
    for slot in diff.emptied:
        for chain in _cut_chains(slot, diff):
            yield slot, chain


def _has_new_answer(chain: Chain, diff: GraphDiff) -> bool:
    before = diff.walker_before.follow(chain.subject, chain.path)
    return before is None or before.answer != chain.answer


def _cut_chains(slot: Slot, diff: GraphDiff) -> Iterator[Chain]:
    """Yield the chains that led through an emptied slot before the edit, with answer UNKNOWN."""
    for started in diff.walker_before.chains_from(slot):
        ended = Chain(started.subject, started.path, (UNKNOWN,))
        yield from (
            chain for chain in diff.walker_after.chains_ending_with(ended) if len(chain.path) > 1
        )


def _round_robin(groups: Iterable[Sequence[Chain]], count: int, generator: Random) -> list[Chain]:
    """Return at most ``count`` random chains, one of each group in turn."""
    shuffled = [generator.sample(group, len(group)) for group in groups]
    rounds = joined.from_iterable(zip_longest(*shuffled))
    return list(islice((chain for chain in rounds if chain is not None), count))
