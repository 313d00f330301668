"""What an edit changes, as questions: slots, and chains of relations over them.

Only slots and chains whose every hop has exactly one object are asked, since no other has one
right answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain as joined
from itertools import islice, zip_longest
from random import Random

from controller.graph.lexicon import ALIAS
from controller.graph.paths import Chain, sampled
from controller.questions.diff import GraphDiff
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot

MOST_ALIASES = 2  # other names of a subject by which an edited slot is asked


def targets(diff: GraphDiff) -> tuple[Question, ...]:
    """Return the changed slots as questions: edited ones as RELIABILITY, others as REVERSE.

    Edited slots are asked again, as ALIAS, by names of the subject that belong to it alone.

    New objects are answered first. A slot left empty is answered ``UNKNOWN``. Slots that follow
    and hold several objects, or none of several, are not asked, nor are aliases that follow.
    """
    found = []
    for slot in diff.slots:
        edited = slot in diff.edited
        old, new = diff.before.objects(slot), diff.after.objects(slot)
        if not edited and (slot.relation == ALIAS or not _askable(slot, new, diff.book)):
            continue
        fresh = sorted(new, key=lambda obj: obj in old)
        answers = diff.named(fresh, slot.relation) or (UNKNOWN,)
        kind = Kind.RELIABILITY if edited else Kind.REVERSE
        found.append(Question(slot.subject, (slot.relation,), answers, kind))
        if edited and slot.relation != ALIAS:
            named = _called(slot.subject, diff)
            found += [replace(found[-1], kind=Kind.ALIAS, called=name) for name in named]
    return tuple(found)


def _called(subject: str, diff: GraphDiff) -> list[str]:
    """Return names of a subject that are nobody else's."""
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
    """Return the chains of two and three relations that are answered anew, and their number.

    A chain counts if it can be walked after the edit to an answer that it did not have before,
    or if an edited slot on its way was left empty. The answer is ``UNKNOWN`` then, or the model
    would go on giving what only the forgotten fact leads to.

    Args:
        diff: the graph before and after the edit.
        limit: if there are more, a sample: those through the edited slots first.
        generator: source of randomness.
        even: let every changed slot have its share of the sample instead.
    """
    chains: dict[tuple[str, tuple[str, ...]], Chain] = {}
    groups: dict[Slot, list[Chain]] = {}
    for slot, chain in _changed(diff):
        key = chain.subject, chain.path
        if key not in chains:
            chains[key] = chain
            groups.setdefault(slot, []).append(chain)
    picked = _evenly(groups.values(), limit, generator) if even else []
    if not even:
        edited = set(diff.edited)
        near = [chain for chain in chains.values() if not edited.isdisjoint(chain.slots)]
        far = [chain for chain in chains.values() if edited.isdisjoint(chain.slots)]
        picked = sampled(near, limit, generator)
        picked += sampled(far, limit - len(picked), generator)
    picked.sort(key=lambda chain: (len(chain.path), chain.subject, chain.path))
    kinds = {2: Kind.ONE_HOP, 3: Kind.TWO_HOP}
    questions = tuple(diff.question(chain, kinds[len(chain.path)]) for chain in picked)
    return questions, len(chains)


def links(diff: GraphDiff, chains: Iterable[Question]) -> tuple[Question, ...]:
    """Return the facts that chains pass through and the edit leaves as they are, once each."""
    slots = dict.fromkeys(slot for chain in chains for slot in chain.slots)
    found = (diff.unchanged(slot.subject, (slot.relation,)) for slot in slots)
    return tuple(diff.question(link, Kind.LOCALITY) for link in found if link)


def _askable(slot: Slot, objects: Sequence[str], book: RelationBook) -> bool:
    return book[slot.relation].functional or len(objects) == 1


def _changed(diff: GraphDiff) -> Iterator[tuple[Slot, Chain]]:
    """Yield the chains that are answered anew with the slot that did it, some more than once."""
    for slot in diff.slots:
        for chain in diff.walker_after.chains_through(slot):
            if _answered_anew(chain, diff):
                yield slot, chain
    for slot in diff.emptied:
        for chain in _lost(slot, diff):
            yield slot, chain


def _answered_anew(chain: Chain, diff: GraphDiff) -> bool:
    then = diff.walker_before.follow(chain.subject, chain.path)
    return then is None or then.answer != chain.answer


def _lost(slot: Slot, diff: GraphDiff) -> Iterator[Chain]:
    """Yield the chains that an emptied slot cuts short: they led through it before the edit."""
    for started in diff.walker_before.chains_from(slot):
        ended = Chain(started.subject, started.path, (UNKNOWN,))
        yield from (
            chain for chain in diff.walker_after.chains_ending_with(ended) if len(chain.path) > 1
        )


def _evenly(groups: Iterable[Sequence[Chain]], count: int, generator: Random) -> list[Chain]:
    """Draw at most ``count`` chains, the groups taking turns."""
    shuffled = [generator.sample(group, len(group)) for group in groups]
    turns = joined.from_iterable(zip_longest(*shuffled))
    return list(islice((each for each in turns if each is not None), count))
