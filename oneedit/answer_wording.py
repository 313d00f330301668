"""Answers to questions in words, for the terminal and for the page alike."""

from collections.abc import Iterator

from interpreter.intents import AskKind
from kg_data.phrases import Phrases
from kg_data.questions import UNKNOWN
from kg_data.relations import RelationBook
from oneedit.results import AskResult, ConditionMatch, Hop
from oneedit.wording import NOTHING, guess_words, listed, relation_name

FREE_ANSWER = "Ask the model anyway"


def model_answer(result: AskResult) -> str:
    """Return what the model answers; to a yes or no question with the value that it gave."""
    said, verdict = result.answer or NOTHING, result.model_verdict
    if not verdict or said.casefold().startswith(verdict.casefold()):
        return said
    return f"{verdict} - {said}"


def graph_answer(result: AskResult) -> str:
    """Return what the graph answers, such as "No - Scranton" or "2: Ann, Bob"."""
    if result.total is not None:
        more = result.total - len(result.expected)
        shown = ", ".join(result.expected) + (f" and {more:,} more" if more else "")
        count = _count(result.total, at_least=result.at_least)
        return f"{count}: {shown}" if result.total else NOTHING
    held = listed(result.expected)
    if result.ask_kind is AskKind.YES_NO:
        return " - ".join(filter(None, (result.verdict, held))) or NOTHING
    return held or NOTHING


def answer_notes(result: AskResult) -> Iterator[str]:
    """Yield what belongs to an answer: what was read, what was asked, how much was found."""
    yield from map(guess_words, result.guesses)
    if result.again:
        yield asked_again(result)
    for match in result.matches:
        if result.ask_kind is AskKind.YES_NO:
            yield f"In {match.object}, according to the graph: {listed(match.places)}."
        else:
            yield f"{match_words(match)}."


def match_words(match: ConditionMatch) -> str:
    """Return how many entities meet a condition, and through what.

    >>> match_words(ConditionMatch(relation="place_of_birth", object="Texas", count=3,
    ...     rule="state_of_birth"))
    'place of birth - Texas: 3, by state of birth'
    >>> match_words(ConditionMatch(relation="place_of_burial", object="Ohio", count=1200,
    ...     at_least=True, places=("Akron", "Dayton")))
    'place of burial - Ohio: at least 1,200, through the places in it: Akron, Dayton'
    """
    through = f", by {relation_name(match.rule)}" if match.rule else ""
    if match.places:
        through = f", through the places in it: {listed(match.places)}"
    count = _count(match.count, at_least=match.at_least)
    return f"{relation_name(match.relation)} - {match.object}: {count}{through}"


def cannot_check(result: AskResult) -> Iterator[str]:
    """Yield why a question was not answered; its hints follow."""
    yield "I can't check that: the question was not found in the graph."
    yield from map(guess_words, result.guesses)
    if result.hints:
        yield "Near to it:"


def earlier_answer(result: AskResult) -> Iterator[str]:
    """Yield what the graph of an earlier version answers, a sentence each."""
    yield f"The graph of version {result.as_of} holds: {graph_answer(result)}"
    yield from answer_notes(result)
    yield f"The model is at version {result.version} and was not asked."


def hop_words(hop: Hop) -> tuple[str, str]:
    """Return the slot of a hop, and what the graph holds in it."""
    slot = f"{listed(hop.subjects, most=2)} - {relation_name(hop.relation)}"
    return slot, listed(hop.objects) or NOTHING


def comparison(result: AskResult) -> str:
    """Return how the model's answer compares with the graph's."""
    if result.agrees is None and result.total is not None:
        return "The model gives no number to compare"
    if result.agrees is None:
        return "The question was not found in the graph, so nothing is compared"
    if result.model_version not in {None, result.version}:
        at, graph = result.model_version, result.version
        return f"The model answered at version {at}, the graph at version {graph}"
    if result.agrees:
        return "Model and graph agree"
    return "Model and graph differ" if result.expected else "The graph holds no answer"


def correction(result: AskResult, book: RelationBook) -> str:
    """Return the statement that would make the graph agree with the model; "" if there is none.

    A chain has none: what the model says about its end does not say which step is wrong.
    """
    if len(result.hops) != 1 or len(result.differing) != 1 or result.ask_kind is not AskKind.VALUE:
        return ""
    slot = result.differing[0]
    if not result.answer or result.answer == UNKNOWN:
        return ""
    return Phrases(book).hop(slot.subject, slot.relation, result.answer)


def asked_again(result: AskResult) -> str:
    """Say in which words the model was asked once more, "" if it was not."""
    if not result.again:
        return ""
    if result.ask_kind is AskKind.YES_NO:
        return f"It said neither yes nor no, and was asked for the value: {result.again}"
    return f"It did not know in your words, and was asked again: {result.again}"


def way_of_steps(result: AskResult) -> str:
    """Return how the model gave the steps of its answer."""
    return "Each step was asked alone" if result.hop_by_hop else "The model wrote"


def _count(count: int, *, at_least: bool) -> str:
    return f"{'at least ' if at_least else ''}{count:,}"
