"""Answers to questions, and to what is none."""

from dataclasses import dataclass

from interpreter.intents import AskKind, Guess
from kg_data.triples import Slot


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of the graph's answer, and the same step as the model wrote it.

    Attributes:
        relation: the relation that is followed.
        subjects: where the step starts; several if the step before had several objects.
        objects: what the graph holds.
        written: the model's own object for the step; None if it wrote no such step.
        right: whether that is one of the graph's objects; None if it wrote no such step.
    """

    relation: str
    subjects: tuple[str, ...]
    objects: tuple[str, ...]
    written: str | None = None
    right: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionMatch:
    """How many entities meet a condition of a question, and how that was found.

    Attributes:
        relation, object: the condition.
        count: how many.
        at_least: whether there may be more.
        rule: the derived relation that was looked up as well, or "".
        places: the places in the object through which it was found, if it is a state or country.
    """

    relation: str
    object: str
    count: int = 0
    at_least: bool = False
    rule: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskResult:
    """The model's answer, and beside it the graph's.

    Attributes:
        text: the user's words.
        ask_kind: what is asked.
        asked: whether the model was asked. It is not about what cannot be checked, unless the user
            wants its free answer.
        prompt: the same words in form, as they went to the model, or those of the relation if it
            only continues statements; "" if it was not asked, or was asked hop by hop.
        again: the relation book's words for the question, if the answer is that to them, because
            the model did not know in the user's words, or answered neither yes nor no; else "".
        answer: the model's answer: the object of the last hop it wrote, or all it wrote.
        wording: all it wrote.
        steps: whether it was asked for the hops.
        hop_by_hop: whether each hop was asked alone, about the answer to the one before; the
            wording is then put together from these answers.
        subject, hops: the graph's way to its answer; empty if the question was not linked.
        expected: the graph's answers, of many the first; empty if it has none. Of a yes or no
            question, what it holds in place of the object.
        total, at_least: of a count or a list, how many the graph holds, and whether there may be
            more; None for other questions.
        object, verdict: of a yes or no question, the object that is asked about, and the graph's
            "Yes" or "No"; "" if it holds nothing.
        model_verdict: the model's "Yes" or "No", in its own words or by the value that it gives;
            "" if it says neither.
        matches: how many entities meet each condition, or through which places one is met.
        agrees: whether the model's answer is one of the graph's; None if the question was not
            linked, or the answer is no number where one was asked for.
        guesses: misspelt names, and what they were read as.
        hints: of a question that was not linked, the nearest relations or names.
        version: the version that both answer for; the graph alone if ``model_version`` differs.
        model_version: the version of the weights that answered; None if it became another one
            meanwhile, or if the model was not asked.
        as_of: the earlier version that the graph alone answers for, without the model; else None.
    """

    text: str
    answer: str
    wording: str
    steps: bool
    ask_kind: AskKind = AskKind.VALUE
    asked: bool = True
    hop_by_hop: bool = False
    prompt: str = ""
    again: str = ""
    subject: str = ""
    hops: tuple[Hop, ...] = ()
    expected: tuple[str, ...] = ()
    total: int | None = None
    at_least: bool = False
    object: str = ""
    verdict: str = ""
    model_verdict: str = ""
    matches: tuple[ConditionMatch, ...] = ()
    agrees: bool | None = None
    guesses: tuple[Guess, ...] = ()
    hints: tuple[str, ...] = ()
    version: int
    model_version: int | None = None
    as_of: int | None = None

    @property
    def differing(self) -> tuple[Slot, ...]:
        """Return what the graph holds on its way and the model does not say, if the two differ.

        Where the model wrote no steps, that may be any of them.
        """
        if self.agrees is not False or not self.expected:
            return ()
        hops = [hop for hop in self.hops if hop.right is False] or list(self.hops)
        return tuple(
            Slot(hop.subjects[0], hop.relation)
            for hop in hops
            if len(hop.subjects) == 1 and hop.objects
        )


@dataclass(frozen=True, slots=True)
class TalkResult:
    """A reply to small talk."""

    reply: str


@dataclass(frozen=True, slots=True)
class UnclearResult:
    """The message could not be read; fields as in :class:`interpreter.intents.Unclear`."""

    code: str
    reason: str
    options: tuple[str, ...] = ()
