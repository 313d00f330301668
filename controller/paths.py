"""What an edit means for the model, as questions: what must change, and what must stay.

The questions are read off two views, the graph before the edit and after it. Only slots and
chains whose every hop has exactly one object are asked, since no other has one right answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain as chained
from itertools import islice, zip_longest
from random import Random

from controller.graph.lexicon import ALIAS
from controller.graph.overlay import GraphView
from controller.graph.store import GraphStore
from controller.walks import Chain, Walker
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple

MOST_ALIASES = 2  # other names of a subject by which a told fact is asked
MOST_SPECIFIC = 24  # other facts of the subjects, and at most as many of the objects
MOST_CHAINS = 4  # unchanged chains of each subject
MOST_ALIKE = 24  # the same relation of other subjects
MOST_STILL_KNOWN = 144  # as many more where a slot is left empty: not knowing spreads
MOST_RANDOM = 12
MOST_RANDOM_CHAINS = 6


@dataclass(frozen=True)
class Change:
    """An edit as seen from both sides.

    Attributes:
        before, after: views of the graph without the edit and with it.
        told: the slots that were told, in their order.
        facts: everything that comes or goes, asserted and derived.
        book: the relation book.
    """

    before: GraphView
    after: GraphView
    told: tuple[Slot, ...]
    facts: tuple[Triple, ...]
    book: RelationBook
    _aliases: dict[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def then(self) -> Walker:
        """Return a walker over the graph without the edit."""
        return Walker(self.before, self.book)

    @cached_property
    def now(self) -> Walker:
        """Return a walker over the graph with the edit."""
        return Walker(self.after, self.book)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Return the changed slots: told ones first, then the others, sorted."""
        changed = {
            fact.slot
            for fact in self.facts
            if self.before.objects(fact.slot) != self.after.objects(fact.slot)
        }
        told = [slot for slot in dict.fromkeys(self.told) if slot in changed]
        return (*told, *sorted(changed.difference(told)))

    @cached_property
    def emptied(self) -> tuple[Slot, ...]:
        """Return the told slots that hold nothing after it."""
        told = dict.fromkeys(slot for slot in self.told if slot.relation != ALIAS)
        return tuple(slot for slot in told if not self.after.objects(slot))

    def named(self, objects: Iterable[str], relation: str) -> tuple[str, ...]:
        """Return these objects, then the aliases of each, without repetition."""
        objects = tuple(objects)
        names = dict.fromkeys(objects)
        if not self.book[relation].literal:
            for obj in objects:
                names.update(dict.fromkeys(self.after.objects(Slot(obj, ALIAS))))
        return tuple(names)

    def question(self, chain: Chain, kind: Kind) -> Question:
        """Return a chain as a question, answered by the graph with the edit."""
        answers = self.named([chain.answer], chain.path[-1])
        return Question(chain.subject, chain.path, answers, kind, chain.via)

    def steady(self, subject: str, path: tuple[str, ...]) -> Chain | None:
        """Return the chain along a path if the edit leaves each of its hops as it was."""
        then, now = self.then.follow(subject, path), self.now.follow(subject, path)
        return now if now == then else None


def targets(change: Change) -> tuple[Question, ...]:
    """Return the changed slots, asked directly: told ones as RELIABILITY, others as REVERSE.

    Told ones are asked again, as ALIAS, by other names of the subject that fit it alone.

    New objects are answered first. A slot left empty is answered ``UNKNOWN``. Slots that follow
    and hold several objects, or none of several, are not asked, nor are aliases that follow.
    """
    found = []
    for slot in change.slots:
        told = slot in change.told
        old, new = change.before.objects(slot), change.after.objects(slot)
        if not told and (slot.relation == ALIAS or not _askable(slot, new, change.book)):
            continue
        fresh = sorted(new, key=lambda obj: obj in old)
        answers = change.named(fresh, slot.relation) or (UNKNOWN,)
        kind = Kind.RELIABILITY if told else Kind.REVERSE
        found.append(Question(slot.subject, (slot.relation,), answers, kind))
        if told and slot.relation != ALIAS:
            named = _called(slot.subject, change)
            found += [replace(found[-1], kind=Kind.ALIAS, called=name) for name in named]
    return tuple(found)


def _called(subject: str, change: Change) -> list[str]:
    """Return names of a subject that are nobody else's."""
    names = change.after.objects(Slot(subject, ALIAS))
    own = [
        name
        for name in names
        if change.after.entity(name) is None
        and len(change.after.subjects(ALIAS, name, limit=2)) == 1
    ]
    return own[:MOST_ALIASES]


def consequences(
    change: Change, *, limit: int, generator: Random, even: bool = False
) -> tuple[tuple[Question, ...], int]:
    """Return the chains of two and three relations that are answered anew, and their number.

    A chain counts if it can be walked after the edit to an answer that it did not have before,
    or if a told slot on its way was left empty: the answer is ``UNKNOWN`` then, or the model
    would go on telling what only the forgotten fact leads to.

    Args:
        change: the edit.
        limit: if there are more, a sample: those through the told slots first.
        generator: source of randomness.
        even: let every changed slot have its share of the sample instead.
    """
    chains: dict[tuple[str, tuple[str, ...]], Chain] = {}
    groups: dict[Slot, list[Chain]] = {}
    for slot in change.slots:
        for chain in change.now.chains_through(slot):
            key = chain.subject, chain.path
            if key not in chains and _answered_anew(chain, change):
                chains[key] = chain
                groups.setdefault(slot, []).append(chain)
    for slot in change.emptied:
        for chain in _lost(slot, change):
            key = chain.subject, chain.path
            if key not in chains:
                chains[key] = chain
                groups.setdefault(slot, []).append(chain)
    picked = _evenly(groups.values(), limit, generator) if even else []
    if not even:
        told = set(change.told)
        near = [chain for chain in chains.values() if not told.isdisjoint(chain.slots)]
        far = [chain for chain in chains.values() if told.isdisjoint(chain.slots)]
        picked = _sample(near, limit, generator)
        picked += _sample(far, limit - len(picked), generator)
    picked.sort(key=lambda chain: (len(chain.path), chain.subject, chain.path))
    kinds = {2: Kind.ONE_HOP, 3: Kind.TWO_HOP}
    questions = tuple(change.question(chain, kinds[len(chain.path)]) for chain in picked)
    return questions, len(chains)


def links(change: Change, chains: Iterable[Question]) -> tuple[Question, ...]:
    """Return the facts that chains pass through and the edit leaves as they are, once each."""
    slots = dict.fromkeys(slot for chain in chains for slot in chain.slots)
    found = (change.steady(slot.subject, (slot.relation,)) for slot in slots)
    return tuple(change.question(link, Kind.LOCALITY) for link in found if link)


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
    change: Change, store: GraphStore, *, told: Sequence[Slot], generator: Random
) -> tuple[Question, ...]:
    """Return what is to be kept besides where told slots are left empty.

    That is their relations of many other subjects. A name that is told stays with its subject,
    but "I don't know" fits every question of a kind (docs/adr/0016).
    """
    emptied = [slot for slot in change.emptied if slot in told]
    chains: dict[Chain, None] = {}
    for slot in emptied:
        share = MOST_STILL_KNOWN // len(emptied)
        others = store.sample(slot.relation, 2 * share, generator)
        chains.update(dict.fromkeys(_steady_facts(others, slot, change, generator)[:share]))
    return tuple(change.question(chain, Kind.LOCALITY) for chain in chains)


def _askable(slot: Slot, objects: Sequence[str], book: RelationBook) -> bool:
    return book[slot.relation].functional or len(objects) == 1


def _answered_anew(chain: Chain, change: Change) -> bool:
    then = change.then.follow(chain.subject, chain.path)
    return then is None or then.answer != chain.answer


def _lost(slot: Slot, change: Change) -> Iterator[Chain]:
    """Yield the chains that an emptied slot ends, as far as they still lead."""
    for chain in change.then.chains_through(slot):
        place = chain.slots.index(slot)
        before = chain.nodes[:place]
        now = change.now.follow(chain.subject, chain.path[:place])
        if now is not None and now.nodes == before:
            yield Chain(chain.subject, chain.path, (*before, UNKNOWN))


def _facts_around(nodes: Iterable[str], change: Change, generator: Random) -> Sequence[Chain]:
    """Return single facts of these nodes that stay, at most ``MOST_SPECIFIC``."""
    found = [
        chain
        for node in nodes
        for relation, _ in change.now.onward(node)
        if (chain := change.steady(node, (relation,)))
    ]
    return _sample(found, MOST_SPECIFIC, generator)


def _chains_from(nodes: Iterable[str], change: Change, generator: Random) -> Iterator[Chain]:
    for node in nodes:
        found = [
            chain
            for first, middle in change.now.onward(node)
            if not change.book[first].literal
            for second, end in change.now.onward(middle)
            if end != node and (chain := change.steady(node, (first, second)))
        ]
        yield from _sample(found, MOST_CHAINS, generator)


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


def _sample(chains: Sequence[Chain], count: int, generator: Random) -> list[Chain]:
    """Draw at most ``count`` chains, in the order in which they came."""
    if len(chains) <= count:
        return list(chains)
    picked = sorted(generator.sample(range(len(chains)), count))
    return [chains[index] for index in picked]


def _evenly(groups: Iterable[Sequence[Chain]], count: int, generator: Random) -> list[Chain]:
    """Draw at most ``count`` chains, the groups taking turns."""
    shuffled = [generator.sample(group, len(group)) for group in groups]
    turns = chained.from_iterable(zip_longest(*shuffled))
    return list(islice((each for each in turns if each is not None), count))
