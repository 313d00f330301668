"""Names of entities, relations and classes as IRIs; the reader of RDF finds the names again."""

from urllib.parse import quote, unquote

from rdflib import XSD, Literal, URIRef
from rdflib.term import Node

from kg_data.dates import is_date, parse_date
from kg_data.relations import Relation

ENTITIES = "urn:oneedit:entity/"
RELATIONS = "urn:oneedit:relation/"
CLASSES = "urn:oneedit:class/"
VALID_FROM, VALID_TO = URIRef("urn:oneedit:valid_from"), URIRef("urn:oneedit:valid_to")
"""Properties of a statement about a fact: since when, and until when it holds."""

WIKIDATA = "http://www.wikidata.org/prop/direct/"
_DATE_TYPES = (XSD.gYear, XSD.gYearMonth, XSD.date)


def entity_term(name: str) -> URIRef:
    """Return the IRI of an entity."""
    return URIRef(ENTITIES + quote(name, safe=""))


def class_term(name: str) -> URIRef:
    """Return the IRI of a class."""
    return URIRef(CLASSES + quote(name, safe=""))


def relation_term(name: str) -> URIRef:
    """Return the IRI of a relation."""
    return URIRef(RELATIONS + quote(name, safe=""))


def property_term(relation: Relation) -> URIRef:
    """Return the property of Wikidata that a relation is, or its own IRI."""
    return URIRef(WIKIDATA + relation.pid) if relation.pid else relation_term(relation.name)


def object_term(name: str, relation: Relation) -> URIRef | Literal:
    """Return the IRI of an object, or its text where the relation has literals.

    A date has the type of its precision: xsd:date, xsd:gYearMonth or xsd:gYear.
    """
    if not relation.literal:
        return entity_term(name)
    if not (relation.dated and is_date(name)):
        return Literal(name)
    kind = _DATE_TYPES[len(parse_date(name) or ()) - 1]
    # as it is written: rdflib knows the years 1 to 9999 only
    return Literal(name, datatype=kind, normalize=False)


def name_of(term: Node | None) -> str:
    """Return the name that an IRI or a literal was made of.

    >>> name_of(entity_term("Joe Biden"))
    'Joe Biden'
    """
    text = str(term)
    for start in (ENTITIES, RELATIONS, CLASSES):
        if text.startswith(start):
            return unquote(text.removeprefix(start))
    return text
