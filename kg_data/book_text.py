"""A relation book as TOML: what is left out is what a book has by default."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kg_data.relations import RelationBook

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(book: RelationBook) -> str:
    """Return a book as TOML, the same for every book of this content.

    >>> print(written(RelationBook.shipped())[:24])
    [classes]
    person = ""
    pl
    """
    return in_toml(contents(book))


def contents(book: RelationBook) -> dict[str, Any]:
    """Return a book as plain values, as they stand in its TOML."""
    content = book.model_dump(exclude={"sha256", "text"}, exclude_defaults=True)
    for entry in content["relations"].values():
        del entry["name"]
    return content


def in_toml(content: Mapping[str, Any]) -> str:
    """Return plain values as TOML, in their order."""
    return "\n".join(_table("", content)).strip() + "\n"


def _table(place: str, content: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a table: its values, then the tables in it."""
    tables = {key: each for key, each in content.items() if _is_table(each)}
    values = {key: each for key, each in content.items() if key not in tables}
    if place and (values or not tables):
        yield f"\n[{place}]"
    yield from (f"{_key(key)} = {_value(each)}" for key, each in values.items())
    for key, each in tables.items():
        below = f"{place}.{_key(key)}" if place else _key(key)
        if isinstance(each, Mapping):
            yield from _table(below, each)
            continue
        for entry in each:
            yield f"\n[[{below}]]"
            yield from (f"{_key(name)} = {_value(value)}" for name, value in entry.items())


def _is_table(value: object) -> bool:
    """Tell whether a value is a table, or a list of tables."""
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(each, Mapping) for each in value)
    return isinstance(value, Mapping)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: object) -> str:
    """Return a text, number, truth value or list as TOML writes it, which is nearly as JSON."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
