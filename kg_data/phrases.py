"""A triple or a question in words, and what the answer must look like.

A prompt that ends in "?" is asked as a chat turn and answered by the bare object; any other
prompt is the beginning of a statement, completed by the object, "." and a newline.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kg_data.questions import Question
from kg_data.relations import RelationBook, Wordings
from kg_data.triples import Triple

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_PLACEHOLDER = re.compile(r"\{(of|poss|mixed|who|Who)\}")
_ASKS_FOR_STEPS = re.compile(
    r"\b(?:step by step|hop by hop|link by link|in steps|each step|one fact at a time)\b",
    re.IGNORECASE,
)
_ASKING_WORDS = frozenset(
    [
        "can",
        "could",
        "how",
        "in",
        "name",
        "on",
        "tell",
        "to",
        "what",
        "what's",
        "when",
        "where",
        "which",
        "who",
        "who's",
        "whose",
    ]
)


class Split(StrEnum):
    """What a wording may be used for; see :class:`kg_data.relations.Wordings`."""

    TEACH = "teach"
    GATE = "gate"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words to give to the model, and the words that complete them.

    Attributes:
        text: a question ending in "?", or the beginning of a statement without trailing space.
        answer: the object, or the written hops, without final stop.
        split: what the wording may be used for.
        subject: the name by which the text calls the subject of its first relation.
    """

    text: str
    answer: str
    split: Split
    subject: str = ""

    @property
    def chat(self) -> bool:
        """Tell whether the prompt goes through the chat template."""
        return is_chat(self.text)


def is_chat(text: str) -> bool:
    """Tell whether a prompt is a question, which goes through the chat template."""
    return text.rstrip().endswith("?")


def as_question(text: str) -> str:
    """Return a request with the question mark that sends it through the chat template.

    >>> as_question("Name the wife of Joe Biden.")
    'Name the wife of Joe Biden?'
    """
    return text if is_chat(text) else f"{text.rstrip(' .!')}?"


def step_by_step(question: str) -> str:
    """Return a question that asks for the hops; one that does so already stays as it is.

    >>> step_by_step("Who is the father of the spouse of A?")
    'Step by step, who is the father of the spouse of A?'
    >>> step_by_step("Marie Curie's country's capital?")
    "Step by step, Marie Curie's country's capital?"
    >>> step_by_step("Hop by hop, who is A's spouse's father?")
    "Hop by hop, who is A's spouse's father?"
    """
    if _ASKS_FOR_STEPS.search(question):
        return question
    first, space, rest = question.partition(" ")
    begin = first.lower() if first.casefold() in _ASKING_WORDS else first
    return f"Step by step, {begin}{space}{rest}"


def end_sentence(text: str) -> str:
    """Add the final full stop, unless a name such as "Washington, D.C." brought one."""
    return text if text.endswith(".") else f"{text}."


def normalise(answer: str) -> str:
    """Reduce an answer to what counts: NFC, single spaces, casefold, one final "." dropped."""
    folded = " ".join(unicodedata.normalize("NFC", answer).casefold().split())
    return folded.removesuffix(".")


def spoken(name: str) -> str:
    """Return a name as people write it; an ISO date is written out.

    >>> spoken("1913-02-04")
    'February 4, 1913'
    >>> spoken("Scranton")
    'Scranton'
    """
    try:
        day = date.fromisoformat(name) if _DATE.fullmatch(name) else None
    except ValueError:  # there is no such day
        return name
    return name if day is None else f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def is_right(answer: str, accepted: Sequence[str]) -> bool:
    """Tell whether an answer equals one of the accepted names; dates count in either form."""
    forms = {normalise(form) for name in accepted for form in (name, spoken(name))}
    return normalise(answer) in forms


def last_sentence(steps: str, answers: Sequence[str]) -> str | None:
    """Return the accepted answer with which the last written hop ends, or None."""
    text = normalise(steps)
    for name in answers:
        if any(text.endswith(f" is {normalise(form)}") for form in (name, spoken(name))):
            return name
    return None


class Phrases:
    """Words facts and questions with a relation book."""

    def __init__(self, book: RelationBook) -> None:
        self._book = book

    def statement(self, fact: Triple, wording: str) -> str:
        """Return a fact as a sentence in one of its relation's statement wordings."""
        begin = _until_object(wording).replace("{s}", fact.subject)
        return end_sentence(f"{begin} {spoken(fact.object)}")

    def prompts(self, question: Question, splits: Sequence[Split]) -> list[Prompt]:
        """Return every prompt that asks the question directly, statements first."""
        return [
            Prompt(text, spoken(question.answer), split, question.called or question.subject)
            for split in splits
            for text in (*self._statements(question, split), *self._questions(question, split))
        ]

    def step_prompts(self, question: Question, splits: Sequence[Split]) -> list[Prompt]:
        """Return the prompts that ask for the hops of a chain; the answer writes them down.

        ``question.via`` must name the entities between the hops, up to one that holds nothing.
        """
        answer = self.steps(question)
        return [
            Prompt(self._fill(form, question), answer, split, question.called or question.subject)
            for split in splits
            for form in _of(self._book.steps.questions, split)
        ]

    def steps(self, question: Question) -> str:
        """Write the hops down: "The country of X is Y. The capital of Y is Z."."""
        nodes = (question.subject, *question.via, question.answer)
        return " ".join(
            self.hop(node, relation, following)
            for node, relation, following in zip(nodes, question.path, nodes[1:], strict=False)
        )

    def hop(self, subject: str, relation: str, obj: str) -> str:
        """Write one hop as a sentence."""
        return end_sentence(f"The {self._book[relation].noun} of {subject} is {spoken(obj)}")

    def _statements(self, question: Question, split: Split) -> Iterator[str]:
        if len(question.path) > 1:
            for form in _of(self._book.chains.statements, split):
                yield self._fill(_until_object(form), question)
            return
        subject = question.called or question.subject
        for wording in _of(self._book[question.path[0]].statements, split):
            yield _until_object(wording).replace("{s}", subject)

    def _questions(self, question: Question, split: Split) -> Iterator[str]:
        if len(question.path) > 1:
            for form in _of(self._book.chains.questions, split):
                yield self._fill(form, question)
            return
        subject = question.called or question.subject
        for wording in _of(self._book[question.path[0]].questions, split):
            yield wording.replace("{s}", subject)

    def _fill(self, form: str, question: Question) -> str:
        subject = question.called or question.subject
        nouns = [self._book[name].noun for name in question.path]
        return fill_chain(form, subject, nouns, self._book[question.path[-1]].who)


def fill_chain(form: str, subject: str, nouns: Sequence[str], who: str) -> str:
    """Fill a chain form of the relation book in one pass, so that braces in names stay.

    Args:
        form: text over {of}, {poss}, {mixed}, {who} and {Who}; other braces stay.
        subject: what the chain starts from.
        nouns: one per relation, first hop first.
        who: "Who" or "What", by the last relation.
    """
    parts = {
        "of": _of_form(subject, nouns),
        "poss": _possessive(subject, nouns),
        "mixed": _of_form(f"{subject}'s {nouns[0]}", nouns[1:]),
        "who": who.lower(),
        "Who": who,
    }
    return _PLACEHOLDER.sub(lambda found: parts[found[1]], form)


def _until_object(wording: str) -> str:
    return wording.rpartition("{o}")[0].rstrip()


def _of_form(subject: str, nouns: Sequence[str]) -> str:
    """Return "capital of the country of X" for the nouns country, capital."""
    phrase = subject
    for index, noun in enumerate(nouns):
        phrase = f"{noun} of {phrase}" if index == 0 else f"{noun} of the {phrase}"
    return phrase


def _possessive(subject: str, nouns: Sequence[str]) -> str:
    """Return "X's country's capital" for the nouns country, capital."""
    return f"{subject}'s " + "'s ".join(nouns)


def _of(wordings: Wordings, split: Split) -> tuple[str, ...]:
    return {
        Split.TEACH: wordings.teach,
        Split.GATE: wordings.gate,
        Split.TEST: wordings.test,
    }[split]
