"""Which relation a prompt of an edit set asks for: the one whose wording it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kg_data.relations import Relation, RelationBook

_NOUN_FORMS = (
    "the {noun} of {} is",
    "{}'s {noun} is",
    "what is the {noun} of {}",
    "who is the {noun} of {}",
    "what is {}'s {noun}",
    "who is {}'s {noun}",
)


@dataclass(frozen=True)
class PromptBook:
    """The relations of prompts.

    Attributes:
        relations: by prompt with "{}" for the subject, the relations that have this wording.
    """

    relations: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, book: RelationBook | None) -> "PromptBook":
        """Return the prompts that are wordings of a book."""
        found: dict[str, set[str]] = {}
        for relation in book.relations.values() if book is not None else ():
            for wording in _wordings(relation):
                found.setdefault(plain(wording), set()).add(relation.name)
        return cls(found)

    def relations_of(self, template: str) -> tuple[str, ...]:
        """Return the relations whose wording a prompt is; "{}" stands for the subject."""
        return tuple(sorted(self.relations.get(plain(template), ())))


def template_of(prompt: str, subject: str) -> str:
    """Return a prompt with "{}" for its subject; "" if it does not name the subject.

    >>> template_of("Who is the father of Ada Quill?", "Ada Quill")
    'Who is the father of {}?'
    """
    if "{}" in prompt:
        return prompt
    found = re.search(re.escape(subject), prompt, flags=re.IGNORECASE)
    return f"{prompt[: found.start()]}{{}}{prompt[found.end() :]}" if found else ""


def plain(template: str) -> str:
    """Return a prompt as prompts are compared: case, spaces and the mark at its end do not count.

    >>> plain("  The father of {} is ")
    'the father of {} is'
    """
    return " ".join(template.casefold().split()).rstrip(" ?.:")


def _wordings(relation: Relation) -> Iterator[str]:
    for noun in relation.nouns:
        for form in _NOUN_FORMS:
            yield form.replace("{noun}", noun)
    for statement in relation.statements.for_training():
        before, _, after = statement.partition("{o}")
        if after.strip() == "." and "{s}" in before:
            yield before.replace("{s}", "{}")
    for question in relation.questions.for_training():
        yield question.replace("{s}", "{}")
