"""Small relation books for tests, made of constraints alone."""

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from kg_data.lint import lint_rules
from kg_data.relations import RelationBook

THING = {"thing": "", "date": "literal", "literal": ""}


def book_of(
    relations: Mapping[str, Mapping[str, object]],
    rules: Iterable[tuple[str, str, str]] = (),
    **more: object,
) -> RelationBook:
    """Return a book of relations between things; a rule is (first hop, second hop, head)."""
    plain = {
        "pid": "P0",
        "cardinality": "many",
        "domain": ["thing"],
        "range": ["thing"],
        "statements": {},
        "questions": {},
    }
    return RelationBook.model_validate(
        {
            "classes": THING,
            "relations": {
                name: plain | {"name": name, "nouns": [name.replace("_", " ")]} | dict(entry)
                for name, entry in relations.items()
            },
            "rules": [{"body": [first, second], "head": head} for first, second, head in rules],
            "chains": {},
            "steps": {},
        }
        | more
    )


RELATIONS = tuple("pqrstu")


@st.composite
def books(draw: st.DrawFn) -> RelationBook:
    """Draw a book that the lint accepts: inverses of both kinds, symmetric relations, rules."""
    relations: dict[str, dict[str, object]] = {
        name: {"cardinality": draw(st.sampled_from(["functional", "many"]))} for name in RELATIONS
    }
    for first, second in (("p", "q"), ("r", "s")):
        kind = draw(st.sampled_from(["none", "mutual", "one way"]))
        if kind != "none":
            relations[first]["inverse"] = second
        if kind == "mutual":
            relations[second]["inverse"] = first
        if kind == "one way" and draw(st.booleans()):
            relations["t"]["inverse"] = second
    if draw(st.booleans()):
        relations["u"] |= {"symmetric": True, "inverse": "u"}
    name = st.sampled_from(RELATIONS)
    rules = draw(st.lists(st.tuples(name, name, name), max_size=3, unique=True))
    book = book_of(relations, rules)
    sound = [rule for rule in rules if not list(lint_rules(book_of(relations, [rule])))]
    while list(lint_rules(book := book_of(relations, sound))):
        sound.pop()
    return book
