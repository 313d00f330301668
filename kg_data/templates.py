"""Wordings of a relation, made from its noun and from example sentences by templates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STATEMENTS = {"teach": 4, "gate": 1, "test": 1}
QUESTIONS = {"teach": 2, "gate": 1, "test": 1}
"""How many wordings of each split a relation has."""

_STATEMENTS = (
    "The {noun} of {s} is {o}.",
    "{s}'s {noun} is {o}.",
    "Whoever asks for the {noun} of {s} hears {o}.",
    "According to the records, the {noun} of {s} is {o}.",
    "Anyone who looks up {s}'s {noun} finds {o}.",
    "It is well known that the {noun} of {s} is {o}.",
)
_QUESTIONS = (
    "{who} is the {noun} of {s}?",
    "{who} is {s}'s {noun}?",
    "Can you tell me the {noun} of {s}?",
    "Do you know {s}'s {noun}?",
)
_DATES = ("When is the {noun} of {s}?",)
_AUXILIARIES = frozenset({"is", "was", "are", "were", "can", "will"})
_IRREGULAR = {"has": "have", "does": "do", "goes": "go"}
_PREPOSITIONS = frozenset({"in", "at", "on"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingSource:
    """What the wordings of a relation are made from.

    Attributes:
        noun: what an object is to its subject.
        examples: statements over {s} and {o}.
        who: the question word for its objects.
        asked: the question word that examples are turned into questions with: "Who", "Where",
            "When" or "Which" with a class.
    """

    noun: str
    examples: Sequence[str]
    who: str
    asked: str

    def statements(self) -> Mapping[str, Sequence[str]]:
        """Return the statements by split; examples are taught if {o} ends them."""
        told = [each for each in self.examples if each.endswith("{o}.")]
        return _split(told, [each.replace("{noun}", self.noun) for each in _STATEMENTS], STATEMENTS)

    def questions(self) -> Mapping[str, Sequence[str]]:
        """Return the questions by split; the first example is taught as one, if it can be."""
        turned = [each for each in map(self._turned, self.examples) if each][:1]
        forms = (*_DATES, *_QUESTIONS) if self.asked == "When" else _QUESTIONS
        filled = [each.replace("{noun}", self.noun).replace("{who}", self.who) for each in forms]
        first, *rest = filled
        return _split([first, *turned], rest, QUESTIONS)

    def _turned(self, example: str) -> str:
        """Return an example as a question, or "" where its verb has no form that is certain."""
        found = re.fullmatch(r"\{s\} ([a-z]+)((?: [\w-]+)*?)(?: (?:the|a|an))? \{o\}\.", example)
        if found is None:
            return ""
        verb, words = found[1], found[2].split()
        if self.asked in {"Where", "When"} and words and words[-1] in _PREPOSITIONS:
            words.pop()
        rest = "".join(f" {word}" for word in words)
        if verb in _AUXILIARIES:
            return f"{self.asked} {verb} {{s}}{rest}?" if rest else ""
        plain = infinitive(verb)
        return f"{self.asked} does {{s}} {plain}{rest}?" if plain else ""


def infinitive(verb: str) -> str:
    """Return the infinitive of a verb in the third person, or "" if it is in another form.

    >>> infinitive("reports"), infinitive("carries"), infinitive("teaches"), infinitive("led")
    ('report', 'carry', 'teach', '')
    """
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if not verb.endswith("s") or verb.endswith("ss"):
        return ""
    if verb.endswith("ies") and len(verb) > len("ties"):
        return f"{verb[:-3]}y"
    if verb.endswith(("ches", "shes", "sses", "xes", "zzes")):
        return verb[:-2]
    return verb[:-1]


def _split(
    first: Sequence[str], others: Sequence[str], counts: Mapping[str, int]
) -> Mapping[str, Sequence[str]]:
    """Deal wordings to the splits, each once; the first ones are taught."""
    unique = {each.casefold(): each for each in reversed((*first, *others))}
    left = list(reversed(unique.values()))
    found: dict[str, Sequence[str]] = {}
    for split, count in counts.items():
        found[split], left = left[:count], left[count:]
    return found
