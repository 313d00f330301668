"""Names of things in RDF: labels, other names, and the texts of literals."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote

from rdflib import FOAF, RDF, RDFS, SDO, SKOS, XSD, BNode, Literal, URIRef
from rdflib.term import Node

from kg_data.sources.label_store import LabelStore
from kg_data.sources.mapping import last_part
from kg_data.sources.source import composed
from kg_data.terms import CLASSES

OTHER_LABEL = SKOS.altLabel
_SCHEMA_NAME = URIRef(str(SDO.name).replace("https://", "http://"))
LABELS = (SDO.name, _SCHEMA_NAME, FOAF.name, SKOS.prefLabel, RDFS.label)
"""What names a thing, the best last; the first three may also be facts of a mapping."""

NO_FACTS = frozenset(
    {
        *(RDFS.label, SKOS.prefLabel, OTHER_LABEL, RDF.type, RDFS.comment),
        *(RDF.subject, RDF.predicate, RDF.object),
    }
)

_ZONE = re.compile(r"(Z|[+-]\d\d:\d\d)$")
_MIDNIGHT = re.compile(r"T00:00:00(\.0+)?$")
_DAYS = frozenset({XSD.date, XSD.gYear, XSD.gYearMonth})


@dataclass(frozen=True)
class Names:
    """Returns names of things: their label, or the last part of their IRI in words.

    Attributes:
        labels: labels by IRI.
        unnamed: labels of nodes without an IRI.
        classes: classes by IRI.
    """

    labels: LabelStore = field(default_factory=LabelStore)
    unnamed: dict[str, tuple[int, str]] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)

    def put(self, thing: Node, predicate: Node, label: Node) -> None:
        """Keep a label, if the predicate gives one; English ones go before others."""
        if predicate not in LABELS or not isinstance(label, Literal):
            return
        rank = 2 * LABELS.index(predicate) + is_english(label)
        text = composed(str(label))
        if isinstance(thing, BNode):
            self.unnamed[str(thing)] = max((rank, text), self.unnamed.get(str(thing), (-1, "")))
        elif text:
            self.labels.put(str(thing), text, rank)

    def has_name(self, node: Node) -> bool:
        """Tell whether a thing can be named: one without an IRI needs a label."""
        return not isinstance(node, BNode) or str(node) in self.unnamed

    def name(self, node: Node) -> str:
        """Return the name of a thing, or the text of a literal."""
        if isinstance(node, Literal):
            return text_of(node)
        if isinstance(node, BNode):
            return self.unnamed[str(node)][1]
        label = self.labels.get(str(node))
        return label or unquote(last_part(str(node))).replace("_", " ").strip()

    def entity_class(self, node: Node) -> str:
        """Return the class of a thing, or "" if the source gives none."""
        return self.classes.get(str(node), "")


def is_english(label: Literal) -> bool:
    """Tell whether a label is English, or of no language."""
    return (label.language or "en").partition("-")[0] in {"en", "mul"}


def text_of(literal: Literal) -> str:
    """Return the text of a literal; a date as ISO 8601, without its zone, or midnight.

    >>> text_of(Literal("1952-03-11T00:00:00Z", datatype=XSD.dateTime))
    '1952-03-11'
    """
    text = str(literal).strip()
    if literal.datatype in _DAYS:
        return _ZONE.sub("", text)
    if literal.datatype == XSD.dateTime:
        return _MIDNIGHT.sub("", _ZONE.sub("", text))
    return text


def class_of(kind: URIRef) -> str:
    """Return the class that an address means: its last part, in small letters if it is foreign.

    >>> class_of(URIRef("urn:oneedit:class/TeamLead")), class_of(URIRef("http://x.example/Person"))
    ('TeamLead', 'person')
    """
    name = unquote(last_part(str(kind)))
    return name if str(kind).startswith(CLASSES) else name.casefold()


@contextmanager
def quiet_conversions() -> Iterator[None]:
    """Keep rdflib from logging literals that Python has no value for, such as dates before 1.

    Their text is read; what it may be is for the checks of facts to say.
    """
    logger, quiet = logging.getLogger("rdflib.term"), _Quiet()
    logger.addFilter(quiet)
    try:
        yield
    finally:
        logger.removeFilter(quiet)


class _Quiet(logging.Filter):
    """Lets nothing through that is said of a literal's value."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "Failed to convert Literal" not in record.getMessage()
