"""Questions that check how far an edit reaches beyond what it teaches.

The kinds are those of RippleEdits (Cohen et al. 2023, arXiv 2307.12976), and chains of two to four
hops as in MQuAKE (Zhong et al. 2023, arXiv 2305.14795). They are asked beside the gate.

Every hop has exactly one object, the answer is not named in the question, and it differs from the
answer before the edit, or is the same for the kinds in ``UNCHANGED``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b
from itertools import islice
from random import Random

from controller.graph.lexicon import ALIAS
from controller.graph.paths import MOST_HOPS, Chain, Hop, Walker
from controller.questions.affected import links, own_aliases
from controller.questions.diff import GraphDiff
from kg_data.phrases import contains_name
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.triples import Slot

MOST_PORTABLE_HOPS = 4
MOST_PER_PATH = 3  # questions of a kind along the same relations
MOST_SCANNED = 50  # hops from or to a node, drawn at random
MOST_VISITED = 500  # chains that are looked at for one plan
MOST_SLOTS = 8  # changed slots that chains are searched through
BEAM = 8  # chains of each length that are made longer
HELD_OUT_SHARE = 1 / 5


class PortabilityKind(StrEnum):
    """What a question checks; the first six are named as in RippleEdits."""

    LOGICAL_GENERALISATION = "logical_generalisation"  # a slot that follows from the edit
    COMPOSITIONALITY_I = "compositionality_1"  # the edited slot, then another hop
    COMPOSITIONALITY_II = "compositionality_2"  # another hop, then the edited slot
    SUBJECT_ALIASING = "subject_aliasing"  # the edited slot, the subject called by an alias
    FORGETFULNESS = "forgetfulness"  # another object of a many-valued slot, asked from its side
    RELATION_SPECIFICITY = "relation_specificity"  # another fact of the subject
    TWO_HOPS = "two_hops"  # a chain through a slot that follows from the edit
    THREE_HOPS = "three_hops"
    FOUR_HOPS = "four_hops"


UNCHANGED = frozenset({PortabilityKind.FORGETFULNESS, PortabilityKind.RELATION_SPECIFICITY})
"""Kinds whose answer is the same before and after the edit."""

QUOTAS = dict.fromkeys(PortabilityKind, 4) | {
    PortabilityKind.SUBJECT_ALIASING: 2,
    PortabilityKind.FORGETFULNESS: 2,
}
"""Questions of each kind, at most: 32 in all."""

_KINDS = {1: Kind.REVERSE, 2: Kind.ONE_HOP, 3: Kind.TWO_HOP, 4: Kind.THREE_HOP}
_CHAIN_KINDS = {
    2: PortabilityKind.TWO_HOPS,
    3: PortabilityKind.THREE_HOPS,
    4: PortabilityKind.FOUR_HOPS,
}


@dataclass(frozen=True, slots=True)
class PortabilityQuestion:
    """A question with what it checks.

    Attributes:
        kind: what it checks.
        question: the question, with its answer after the edit.
        links: the unchanged facts on its path; it is only asked if the model knows all of them.
    """

    kind: PortabilityKind
    question: Question
    links: tuple[Question, ...] = ()


def is_held_out(chain: Chain | Question) -> bool:
    """Tell whether a chain is never taught, so that its answer shows what the edit itself changed.

    These are one in five chains, chosen by a hash of subject and path, so that a chain is held out
    from every edit or from none, and all chains of more hops than edits teach.
    """
    if len(chain.path) > MOST_HOPS:
        return True
    text = "\0".join((chain.subject, *chain.path))
    digest = blake2b(text.encode(), digest_size=8).digest()
    return len(chain.path) > 1 and int.from_bytes(digest) / 2**64 < HELD_OUT_SHARE


def portability_questions(diff: GraphDiff, *, generator: Random) -> tuple[PortabilityQuestion, ...]:
    """Return a sample of the questions about an edit, at most ``QUOTAS`` of each kind.

    Chains that are held out from teaching come first. Forgetfulness is only asked where the
    relation has an inverse or is symmetric: a plain question about a slot with several objects has
    no single right answer.

    Args:
        diff: the graph before and after the edit.
        generator: source of randomness, seeded by the edit.
    """
    candidates: dict[PortabilityKind, list[Question]] = {kind: [] for kind in PortabilityKind}
    for chain in _ChainSearch(diff, generator).changed_chains():
        candidates[_kind_of(chain, diff)].append(_question(chain, _KINDS[len(chain.path)]))
    candidates[PortabilityKind.LOGICAL_GENERALISATION] += _implied(diff)
    candidates[PortabilityKind.SUBJECT_ALIASING] += _by_alias(diff)
    candidates[PortabilityKind.FORGETFULNESS] += _other_objects(diff)
    candidates[PortabilityKind.RELATION_SPECIFICITY] += _other_facts(diff)
    return tuple(
        PortabilityQuestion(kind, question, links(diff, [question]))
        for kind, questions in candidates.items()
        for question in _drawn(questions, QUOTAS[kind], diff, generator)
    )


def _question(chain: Chain, kind: Kind) -> Question:
    """Return a chain as a question whose answer has no aliases yet."""
    return Question(chain.subject, chain.path, (chain.answer,), kind, chain.via)


def _drawn(
    questions: Sequence[Question], count: int, diff: GraphDiff, generator: Random
) -> list[Question]:
    """Draw questions that do not name their answer, held-out ones first, and add the aliases."""
    shuffled = generator.sample(questions, len(questions))
    along = Counter[tuple[str, ...]]()
    found: list[Question] = []
    for question in sorted(shuffled, key=is_held_out, reverse=True):
        if len(found) == count:
            break
        if along[question.path] == MOST_PER_PATH:
            continue
        answers = diff.with_aliases(question.answers, question.path[-1])
        if not _names_an_answer(question, answers):
            along[question.path] += 1
            found.append(replace(question, answers=answers))
    return found


def _names_an_answer(question: Question, answers: Iterable[str]) -> bool:
    subject = question.called or question.subject
    return any(contains_name(subject, answer) for answer in answers)


def _kind_of(chain: Chain, diff: GraphDiff) -> PortabilityKind:
    if len(chain.path) == 2:
        if chain.slots[0] in diff.edited:
            return PortabilityKind.COMPOSITIONALITY_I
        if chain.slots[-1] in diff.edited:
            return PortabilityKind.COMPOSITIONALITY_II
    return _CHAIN_KINDS[len(chain.path)]


def _implied(diff: GraphDiff) -> Iterator[Question]:
    """Yield the slots that follow from the edit and have one answer after it."""
    for slot in diff.slots:
        objects = diff.after.objects(slot)
        if slot in diff.edited or slot.relation == ALIAS or len(objects) > 1:
            continue
        answer = objects[0] if objects else UNKNOWN
        yield Question(slot.subject, (slot.relation,), (answer,), Kind.REVERSE)


def _by_alias(diff: GraphDiff) -> Iterator[Question]:
    """Yield the edited slots with one answer, under each alias that only their subject has."""
    for slot in diff.slots:
        objects = diff.after.objects(slot)
        if slot not in diff.edited or slot.relation == ALIAS or len(objects) > 1:
            continue
        answer = objects[0] if objects else UNKNOWN
        for alias in own_aliases(slot.subject, diff):
            yield Question(slot.subject, (slot.relation,), (answer,), Kind.ALIAS, called=alias)


def _other_objects(diff: GraphDiff) -> Iterator[Question]:
    """Yield the facts that lead from the other objects of many-valued slots to their subject."""
    for slot in diff.edited:
        relation = diff.book[slot.relation]
        back = relation.name if relation.symmetric else relation.inverse
        if relation.functional or not back:
            continue
        for obj in diff.after.objects(slot):
            chain = diff.unchanged(obj, (back,))
            if chain and chain.answer == slot.subject:
                yield _question(chain, Kind.LOCALITY)


def _other_facts(diff: GraphDiff) -> Iterator[Question]:
    """Yield the unchanged facts of the edited subjects."""
    for subject in dict.fromkeys(slot.subject for slot in diff.edited):
        for relation, _ in diff.walker_after.hops_from(subject):
            chain = diff.unchanged(subject, (relation,))
            if chain:
                yield _question(chain, Kind.SPECIFICITY)


class _ChainSearch:
    """Searches chains of two to four hops whose answer an edit changes, with bounded work.

    Of the chains of each length that pass a changed slot, a beam is made longer. Chains do not
    pass a hub. The bounds count nodes, not time, so that equal seeds give equal chains.
    """

    def __init__(self, diff: GraphDiff, generator: Random) -> None:
        self._diff, self._generator = diff, generator

    def changed_chains(self) -> Iterable[Chain]:
        """Return the chains that were found, as they are after the edit, once each."""
        found: dict[tuple[str, tuple[str, ...]], Chain] = {}
        slots = self._diff.slots[:MOST_SLOTS]
        for slot in slots:
            for chain in islice(self._through(slot), MOST_VISITED // len(slots)):
                changed = self._diff.changed(chain)
                if changed:
                    found.setdefault((changed.subject, changed.path), changed)
        return found.values()

    def _through(self, slot: Slot) -> Iterator[Chain]:
        """Yield chains through a changed slot, after the edit or before it emptied the slot."""
        emptied = slot in self._diff.emptied
        walker = self._diff.walker_before if emptied else self._diff.walker_after
        hop = walker.hop(slot)
        beam = [hop] if hop else []
        for _ in range(MOST_PORTABLE_HOPS - 1):
            longer = [each for chain in beam for each in self._longer(chain, walker)]
            yield from longer
            beam = self._generator.sample(longer, min(BEAM, len(longer)))

    def _longer(self, chain: Chain, walker: Walker) -> Iterator[Chain]:
        if not walker.is_hub(chain.answer):
            yield from walker.extended(chain, self._drawn_hops(walker.hops_from(chain.answer)))
        yield from walker.extended_back(chain, self._drawn_hops(walker.hops_to(chain.subject)))

    def _drawn_hops(self, hops: Sequence[Hop]) -> Sequence[Hop]:
        if len(hops) <= MOST_SCANNED:
            return hops
        return self._generator.sample(hops, MOST_SCANNED)
