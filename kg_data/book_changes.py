"""Changes of a relation book, as somebody writes them: pure functions from one book to the next."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kg_data.book_text import contents, in_toml
from kg_data.errors import BadFile, BadRelation
from kg_data.relations import RelationBook
from kg_data.short_form import OTHER_NAMES

WRITTEN = "what was written"
"""Stands for the file of a change in errors."""

_SECTIONS = ("classes", "kinds", "lifespans")
"""Sections whose entries are added to those of the book; others replace the section."""


class BookAction(StrEnum):
    """What is done to the relations of a change."""

    ADD = "add"
    EDIT = "edit"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class BookChange:
    """A change of a relation book.

    Attributes:
        action: what is done.
        text: the relations as TOML, and perhaps classes, rules and other sections.
        name: the relation that is removed.
        base: hash of the book that the change was shown for; "" for any.
    """

    action: BookAction
    text: str = ""
    name: str = ""
    base: str = ""

    @property
    def words(self) -> str:
        """Return the change in words, for the history."""
        if self.action is BookAction.REMOVE:
            return f"relations remove {self.name}"
        return f"relations {self.action} {', '.join(_named(self.text))}".rstrip()


def _named(text: str) -> list[str]:
    """Return the relations that a text names, and the other sections that it has."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []
    others = [f"[{name}]" for name in content if name != "relations"]
    return [*content.get("relations", {}), *others]


def changed(book: RelationBook, change: BookChange) -> RelationBook:
    """Return the book after a change.

    Raises:
        BadFile: the text is no part of a relation book.
        BadRelation: a relation to add is there, or one to edit or remove is not, or it is that of
            other names, which every book has.
    """
    content = contents(book)
    if change.action is BookAction.REMOVE:
        _check(change.name, book, there=True)
        if change.name == OTHER_NAMES:
            raise BadRelation(change.name, "is in every relation book, for the names of entities")
        del content["relations"][change.name]
    else:
        _merge(content, _parsed(change.text), book, there=change.action is BookAction.EDIT)
    return RelationBook.parse(in_toml(_complete(in_toml(content))))


def differences(before: RelationBook, after: RelationBook) -> tuple[str, ...]:
    """Return in words what differs between two books, one line for each key."""
    old, new = contents(before), contents(after)
    lines = list(_of_relations(old.pop("relations"), new.pop("relations")))
    for section in dict.fromkeys((*old, *new)):
        lines += _of_section(section, old.get(section), new.get(section))
    return tuple(lines)


def _complete(text: str) -> Mapping[str, Any]:
    """Return the content of a book whose relations may be written in short."""
    return contents(RelationBook.parse(text))


def _parsed(text: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile(WRITTEN, None, str(error)) from error
    unknown = sorted(content.keys() - RelationBook.model_fields.keys())
    if unknown:
        raise BadFile(WRITTEN, None, f"{unknown[0]} is no section of a relation book")
    for section in (*_SECTIONS, "relations"):
        if not isinstance(content.get(section, {}), dict):
            raise BadFile(WRITTEN, None, f"{section} must be a table")
    return content


def _merge(
    content: dict[str, Any], written: Mapping[str, Any], book: RelationBook, *, there: bool
) -> None:
    """Put what was written into the content of a book."""
    for name in written.get("relations", {}):
        _check(name, book, there=there)
    for section, entries in written.items():
        if section in {*_SECTIONS, "relations"}:
            content[section] = {**content.get(section, {}), **entries}
        else:
            content[section] = entries


def _check(name: str, book: RelationBook, *, there: bool) -> None:
    if there and name not in book:
        raise BadRelation(name, "is not in the relation book; oneedit relations list shows all")
    if not there and name in book:
        raise BadRelation(name, "is in the relation book already; change it with relations edit")


def _of_relations(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield f"{name}: removed"
        elif name not in old:
            yield f"{name}: added"
        else:
            yield from _of_section(name, old[name], new[name])


def _of_section(place: str, old: Any, new: Any) -> Iterator[str]:  # noqa: ANN401  of any key
    """Yield what differs between two values of one place, down to single keys."""
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            yield from _of_section(f"{place}.{key}", old.get(key), new.get(key))
        return
    yield f"{place}: {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return "default"
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value)) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(each)}" for key, each in value.items())
    return str(value)
