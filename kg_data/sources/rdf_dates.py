"""When the facts of a graph hold: statements about them with dates (RDF 1.1, reification)."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.term import Node

from kg_data.sources.rdf_names import text_of
from kg_data.terms import VALID_FROM, VALID_TO

Stated: TypeAlias = tuple[Node, Node, Node]
Period: TypeAlias = tuple[str | None, str | None]
_ALWAYS: Period = (None, None)


def dated_facts(graph: Graph) -> Mapping[Node, Sequence[tuple[Node, Node, Period]]]:
    """Return what a graph states, by subject and in order, each with its period.

    A triple that only a statement with an end names has ended; one that the graph has, too, holds
    as well. Nothing is stated about the statements themselves.
    """
    statements = set(graph.subjects(RDF.type, RDF.Statement))
    periods = _periods_of(graph, statements)
    found: dict[Node, list[tuple[Node, Node, Period]]] = {}
    for subject, predicate, obj in graph:
        if subject not in statements:
            dated = periods.pop((subject, predicate, obj), [])
            if all(until for _, until in dated):
                dated.append(_ALWAYS)
            rows = ((predicate, obj, period) for period in dated)
            found.setdefault(subject, []).extend(rows)
    for (subject, predicate, obj), dated in periods.items():
        ended = ((predicate, obj, period) for period in dated if period[1])
        found.setdefault(subject, []).extend(ended)
    return {subject: sorted(found[subject], key=_texts) for subject in sorted(found, key=str)}


def _periods_of(graph: Graph, statements: set[Node]) -> dict[Stated, list[Period]]:
    found: dict[Stated, list[Period]] = {}
    for about in statements:
        parts = [graph.value(about, each) for each in (RDF.subject, RDF.predicate, RDF.object)]
        period = (_date(graph, about, VALID_FROM), _date(graph, about, VALID_TO))
        subject, predicate, obj = parts
        if subject is not None and predicate is not None and obj is not None and any(period):
            found.setdefault((subject, predicate, obj), []).append(period)
    return found


def _date(graph: Graph, about: Node, predicate: URIRef) -> str | None:
    value = graph.value(about, predicate)
    return text_of(value) if isinstance(value, Literal) else None


def _texts(row: tuple[Node, Node, Period]) -> tuple[str, ...]:
    predicate, obj, (since, until) = row
    return str(predicate), str(obj), since or "", until or ""
