"""A drafted relation book as TOML, with the evidence for each proposal as a comment."""

import json
import re
from collections.abc import Iterator

from kg_data.drafting import Draft, DraftedRelation
from kg_data.short_form import ENTITY, LITERALS

HEADER = """\
# A drafted relation book: read it, and correct what is wrong. Each line proposes what the facts
# show, which stands behind "#". Names of classes are guesses; person and place have a meaning of
# their own (one asks for them by "who" and "where"): write manager = "person" for a kind of person.
"""


def draft_text(draft: Draft, header: str = HEADER) -> str:
    """Return a draft as the short form of a relation book."""
    return "\n".join([header, *_classes(draft), *_relations(draft)]) + "\n"


def _classes(draft: Draft) -> Iterator[str]:
    yield "[classes]"
    for name, members in sorted(draft.classes.items()):
        if name not in LITERALS | {ENTITY}:
            yield f'{_key(name)} = ""  # such as {_comment(", ".join(members))}'


def _relations(draft: Draft) -> Iterator[str]:
    for relation in draft.relations:
        yield from ("", f"[relations.{_key(relation.name)}]")
        yield from _entries(relation)


def _entries(relation: DraftedRelation) -> Iterator[str]:
    for key, value in relation.entries.items():
        evidence = relation.evidence.get(key)
        comment = f"  # {_comment(evidence)}" if evidence else ""
        yield f"{key} = {json.dumps(value, ensure_ascii=False)}{comment}"
    for note in relation.notes:
        yield f"# {_comment(note)}"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _comment(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
