"""The port of sources: records of facts one after the other, with their places."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

LONGEST_VALUE = 2_000
"""Characters of one name or literal; a longer one is a fault of the file."""

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))  # no joiners: words are spelt with those
_REFUSED = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Record:
    """A fact as a source states it; names and relations are those of the source's mapping.

    Attributes:
        subject, relation, object: the fact.
        place: where it stands: "people.csv:12", or the subject where there are no lines.
        valid_from, valid_to: ISO dates, if the source gives them.
        subject_class, object_class: classes of the relation book, if the source gives them.
    """

    subject: str
    relation: str
    object: str
    place: str
    valid_from: str | None = None
    valid_to: str | None = None
    subject_class: str = ""
    object_class: str = ""


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that cannot be read.

    Attributes:
        place: where it stands.
        reason: why.
        unmapped: whether it is only of a property that the mapping does not name.
    """

    place: str
    reason: str
    unmapped: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class Source(Protocol):
    """Something that states facts.

    Each iteration begins at the first record and gives the same ones in the same order as long as
    ``fingerprint`` is the same, so that the number of a record is a place to go on from.
    """

    @property
    def name(self) -> str:
        """Return a short name for messages and for the ledger."""
        ...

    @property
    def fingerprint(self) -> str:
        """Return a text that is another one if the source may have changed."""
        ...

    def records(self) -> Iterator[Record | BadRecord]:
        """Yield the records; nothing is kept of those before.

        Raises:
            KgDataError: the source cannot be read at all.
        """
        ...


def checked(record: Record) -> Record | BadRecord:
    """Return a record as it is kept, or why a value of it cannot be one.

    Names are in the composed form (NFC) and without zero-width spaces and byte order marks.

    >>> checked(Record("A", "spouse", "", "f:1")).reason
    'the object is empty'
    """
    record = _composed(record)
    for part in ("subject", "relation", "object"):
        value: str = getattr(record, part)
        if not value:
            return BadRecord(record.place, f"the {part} is empty")
        if len(value) > LONGEST_VALUE:
            return BadRecord(record.place, f"the {part} has more than {LONGEST_VALUE} characters")
        if not (value.isascii() and value.isprintable()):
            fault = _fault(value)
            if fault:
                return BadRecord(record.place, f"the {part} {fault}")
    return record


def _composed(record: Record) -> Record:
    subject, relation, obj = map(composed, (record.subject, record.relation, record.object))
    return replace(record, subject=subject, relation=relation, object=obj)


def composed(text: str) -> str:
    """Return a text in the composed form, without what is invisible around and in it.

    >>> composed("\u200bGo\u0308del ") == "G\u00f6del"
    True
    """
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFC", text.translate(_INVISIBLE)).strip()


def _fault(value: str) -> str:
    """Return what a value may not hold, or ""."""
    for char in value:
        if "\udc80" <= char <= "\udcff":
            byte = f"byte 0x{ord(char) - 0xDC00:02x}"
            return (
                f"holds {byte}, no letter in UTF-8 or what --encoding names; try --encoding latin-1"
            )
        if unicodedata.category(char) in _REFUSED:
            name = unicodedata.name(char, "control character")
            return f"holds U+{ord(char):04X} ({name.lower()})"
    return ""
