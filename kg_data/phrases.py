"""Prompts for facts and questions, and the comparison of answers.

A prompt that ends in "?" is a user turn of the chat template and is completed by the object alone;
any other prompt is the beginning of a statement, completed by the object, "." and a newline.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kg_data.dates import date_words, is_date, parse_date
from kg_data.questions import Kind, Question
from kg_data.relations import Relation, RelationBook, Wordings
from kg_data.triples import Triple

_CERTAIN_DATE = re.compile(r"-?\d{4,}-\d{2}-\d{2}|-\d{4,}-\d{2}|-0\d{3}")
_DAY_PARTS = 3
_PLACEHOLDER = re.compile(r"\{(of|poss|mixed|who|Who)\}")
_ASKS_FOR_STEPS = re.compile(
    r"\b(?:step by step|hop by hop|link by link|in steps|each step|one fact at a time)\b",
    re.IGNORECASE,
)
_QUESTION_WORDS = frozenset(
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
    BASE = "base"
    KEPT = "kept"


EDIT_SPLITS = (Split.TEACH, Split.GATE, Split.TEST)
"""The splits of edits, their checks and benchmarks."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt and its completion.

    Attributes:
        text: a question ending in "?", or the beginning of a statement without trailing space.
        answer: the completion: the object, or the hops as sentences, without final full stop.
        split: what the wording may be used for.
        subject: the name that the text uses for the subject of its first relation.
    """

    text: str
    answer: str
    split: Split
    subject: str = ""

    @property
    def chat(self) -> bool:
        """Tell whether the prompt is encoded with the chat template."""
        return is_chat(self.text)


def is_chat(text: str) -> bool:
    """Tell whether a prompt is a question, which is encoded with the chat template."""
    return text.rstrip().endswith("?")


def as_question(text: str) -> str:
    """Return a request ending in "?", so that it is encoded with the chat template.

    >>> as_question("Name the wife of Joe Biden.")
    'Name the wife of Joe Biden?'
    """
    return text if is_chat(text) else f"{text.rstrip(' .!')}?"


def step_by_step(question: str) -> str:
    """Return a question that asks for each hop; one that already does is returned unchanged.

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
    begin = first.lower() if first.casefold() in _QUESTION_WORDS else first
    return f"Step by step, {begin}{space}{rest}"


def end_sentence(text: str) -> str:
    """Add the final full stop, unless the text ends in one, as in "Washington, D.C."."""
    return text if text.endswith(".") else f"{text}."


def normalise_answer(answer: str) -> str:
    """Return an answer as it is compared: NFC, casefolded, single spaces, no final "."."""
    folded = " ".join(unicodedata.normalize("NFC", answer).casefold().split())
    return folded.removesuffix(".")


def written_form(name: str) -> str:
    """Return an object of an unknown relation as written in a sentence: an ISO date in words.

    What may be a number or a text as well, such as "1913-02" and "-1200", stays as it is.

    >>> written_form("1913-02-04"), written_form("-0043"), written_form("1913-02")
    ('February 4, 1913', '44 BC', '1913-02')
    >>> written_form("Scranton")
    'Scranton'
    """
    return date_words(name) if _CERTAIN_DATE.fullmatch(name) else name


def written_object(name: str, relation: Relation) -> str:
    """Return an object of a relation as written in a sentence: a date in words."""
    return date_words(name) if relation.dated else name


def contains_name(text: str, name: str) -> bool:
    """Tell whether a text contains a name as whole words, whatever the case.

    >>> contains_name("the University of Vienna", "Vienna")
    True
    >>> contains_name("Mali Losinj", "Mal")
    False
    """
    found = re.escape(normalise_answer(name))
    return re.search(rf"(?<!\w){found}(?!\w)", normalise_answer(text)) is not None


def is_right(answer: str, accepted: Sequence[str]) -> bool:
    """Tell whether an answer equals an accepted name; a date may be in ISO form or in words."""
    forms = {normalise_answer(form) for name in accepted for form in (name, date_words(name))}
    return normalise_answer(answer) in forms


def final_answer(steps: str, answers: Sequence[str]) -> str | None:
    """Return the accepted answer in which a step-by-step answer ends, or None."""
    text = normalise_answer(steps)
    for name in answers:
        endings = (f" is {normalise_answer(form)}" for form in (name, date_words(name)))
        if text.endswith(tuple(endings)):
            return name
    return None


class Phrases:
    """Prompts and sentences made with the wordings of a relation book.

    Args:
        book: the relation book.
        questions: whether there are questions among the prompts, or statements alone.
    """

    def __init__(self, book: RelationBook, *, questions: bool = True) -> None:
        self._book, self._questions = book, questions

    def statement(self, fact: Triple, wording: str) -> str:
        """Return a fact as a sentence in one of its relation's statement wordings."""
        relation = self._book[fact.relation]
        begin = _before(fact.object, wording, relation).replace("{s}", fact.subject)
        return end_sentence(f"{begin} {written_object(fact.object, relation)}")

    def prompts(self, question: Question, splits: Sequence[Split]) -> list[Prompt]:
        """Return every prompt completed by the answer; of each split, statements first."""
        subject, last = question.called or question.subject, self._book[question.path[-1]]
        answer = written_object(question.answer, last)
        return [
            Prompt(text, answer, split, subject)
            for split in splits
            for text in (
                *self._statement_prompts(question, split),
                *(self._question_prompts(question, split) if self._questions else ()),
            )
        ]

    def step_prompts(self, question: Question, splits: Sequence[Split]) -> list[Prompt]:
        """Return the prompts completed by the hops of a chain, one sentence each.

        ``question.via`` must name the entities between the hops, up to an empty slot.
        """
        answer, subject = self.steps(question), question.called or question.subject
        return [
            Prompt(self._fill_form(form, question), answer, split, subject)
            for split in splits
            for form in _wordings_of(self._book.steps.questions, split)
        ]

    def taught_question(self, subject: str, path: Sequence[str], *, steps: bool) -> str:
        """Return the first taught wording that asks for the end of a path, or "".

        Args:
            subject: where the path begins.
            path: its relations, first hop first.
            steps: whether it asks for each hop of a chain.
        """
        question = Question(subject, tuple(path), (), Kind.RELIABILITY)
        if steps:
            forms = self._book.steps.questions.teach
            return next((self._fill_form(form, question) for form in forms), "")
        return next(self._question_prompts(question, Split.TEACH), "")

    def steps(self, question: Question) -> str:
        """Return the hops as sentences: "The country of X is Y. The capital of Y is Z."."""
        nodes = (question.subject, *question.via, question.answer)
        return " ".join(
            self.hop(node, relation, following)
            for node, relation, following in zip(nodes, question.path, nodes[1:], strict=False)
        )

    def hop(self, subject: str, relation: str, obj: str) -> str:
        """Return one hop as a sentence."""
        found = self._book[relation]
        return end_sentence(f"The {found.noun} of {subject} is {written_object(obj, found)}")

    def _statement_prompts(self, question: Question, split: Split) -> Iterator[str]:
        if len(question.path) > 1:
            for form in _wordings_of(self._book.chains.statements, split):
                yield self._fill_form(_before_object(form), question)
            return
        subject = question.called or question.subject
        relation = self._book[question.path[0]]
        for wording in _wordings_of(relation.statements, split):
            yield _before(question.answer, wording, relation).replace("{s}", subject)

    def _question_prompts(self, question: Question, split: Split) -> Iterator[str]:
        if len(question.path) > 1:
            for form in _wordings_of(self._book.chains.questions, split):
                yield self._fill_form(form, question)
            return
        subject = question.called or question.subject
        for wording in _wordings_of(self._book[question.path[0]].questions, split):
            yield wording.replace("{s}", subject)

    def _fill_form(self, form: str, question: Question) -> str:
        subject = question.called or question.subject
        nouns = [self._book[name].noun for name in question.path]
        return fill_chain(form, subject, nouns, self._book[question.path[-1]].who)


def fill_chain(form: str, subject: str, nouns: Sequence[str], who: str) -> str:
    """Return a chain form, filled in one pass so that braces in names are kept.

    Args:
        form: text over {of}, {poss}, {mixed}, {who} and {Who}; other braces stay.
        subject: the name at which the chain starts.
        nouns: one per relation, first hop first.
        who: "Who" or "What", as the last relation requires.
    """
    parts = {
        "of": _of_phrase(subject, nouns),
        "poss": _possessive_phrase(subject, nouns),
        "mixed": _of_phrase(f"{subject}'s {nouns[0]}", nouns[1:]),
        "who": who.lower(),
        "Who": who,
    }
    return _PLACEHOLDER.sub(lambda found: parts[found[1]], form)


def _before_object(wording: str) -> str:
    return wording.rpartition("{o}")[0].rstrip()


def _before(obj: str, wording: str, relation: Relation) -> str:
    """Return a wording up to the object; a month or a year is something "in", not "on" which.

    >>> born = RelationBook.shipped()["date_of_birth"]
    >>> _before("1867", "{s} was born on {o}.", born)
    '{s} was born in'
    """
    begin = _before_object(wording)
    if not (relation.dated and is_date(obj)) or len(parse_date(obj) or ()) == _DAY_PARTS:
        return begin
    return f"{begin.removesuffix(' on')} in" if begin.endswith(" on") else begin


def _of_phrase(subject: str, nouns: Sequence[str]) -> str:
    """Return "capital of the country of X" for the nouns country, capital."""
    phrase = subject
    for index, noun in enumerate(nouns):
        phrase = f"{noun} of {phrase}" if index == 0 else f"{noun} of the {phrase}"
    return phrase


def _possessive_phrase(subject: str, nouns: Sequence[str]) -> str:
    """Return "X's country's capital" for the nouns country, capital."""
    return f"{subject}'s " + "'s ".join(nouns)


def _wordings_of(wordings: Wordings, split: Split) -> tuple[str, ...]:
    return {
        Split.TEACH: wordings.teach,
        Split.GATE: wordings.gate,
        Split.TEST: wordings.test,
        Split.BASE: wordings.base,
        Split.KEPT: wordings.kept,
    }[split]
