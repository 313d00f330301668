"""SHACL shapes of the relation book, and facts as the graph that they are checked on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from rdflib import RDF, RDFS, SH, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from kg_data.lint import LITERAL_FORMS
from kg_data.relations import Relation, RelationBook
from kg_data.terms import class_term, entity_term, name_of, object_term, relation_term
from kg_data.triples import Triple


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """A node of the graph that is not as the relation book says.

    Attributes:
        about: name of the entity.
        problem: what is wrong with it, in words.
        value: the name or text that is wrong, or "".
    """

    about: str
    problem: str
    value: str = ""

    def __str__(self) -> str:
        value = f": {self.value}" if self.value else ""
        return f"{self.about} {self.problem}{value}"


def shapes_of(book: RelationBook) -> Graph:
    """Return shapes for cardinality, domain, range, patterns, and relations that exclude others."""
    shapes = Graph()
    for relation in book.relations.values():
        _Shapes(shapes, relation, book).add()
    return shapes


def graph_of(facts: Iterable[Triple], class_of: Callable[[str], str], book: RelationBook) -> Graph:
    """Return facts with the classes of what they name, and the tree of classes.

    Args:
        facts: active facts; for cardinality to be right, all of each subject and relation.
        class_of: returns the class of an entity, or "".
        book: the relation book.
    """
    graph = Graph()
    for name, above in book.classes.items():
        if above:
            graph.add((class_term(name), RDFS.subClassOf, class_term(above)))
    names: set[str] = set()
    for fact in facts:
        relation = book[fact.relation]
        obj = object_term(fact.object, relation)
        graph.add((entity_term(fact.subject), relation_term(relation.name), obj))
        names.update((fact.subject,) if relation.literal else (fact.subject, fact.object))
    for name in names:
        kind = class_of(name)
        if kind:
            graph.add((entity_term(name), RDF.type, class_term(kind)))
    return graph


def violations(graph: Graph, shapes: Graph) -> list[Violation]:
    """Return where a graph does not fit shapes, sorted; pyshacl is loaded when it is needed."""
    import pyshacl

    _, results, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
    return sorted(set(_found(results)))


def _found(results: Graph) -> Iterator[Violation]:
    for result in results.subjects(RDF.type, SH.ValidationResult):
        about, value = results.value(result, SH.focusNode), results.value(result, SH.value)
        yield Violation(
            name_of(about),
            str(results.value(result, SH.resultMessage)),
            "" if value in {None, about} else name_of(value),
        )


class _Shapes:
    """The shapes of one relation.

    Args:
        shapes: where they go.
        relation: the relation.
        book: the book.
    """

    def __init__(self, shapes: Graph, relation: Relation, book: RelationBook) -> None:
        self._shapes, self._relation, self._book = shapes, relation, book
        self._path = relation_term(relation.name)

    def add(self) -> None:
        """Add them."""
        self._add_domain()
        self._add_range()
        self._add_cardinality()
        self._add_disjointness()

    def _add_domain(self) -> None:
        shape = self._node(SH.targetSubjectsOf)
        words = " or ".join(self._relation.domain)
        self._shapes.add((shape, SH.message, Literal(f"has {self._noun}, but is no {words}")))
        self._one_of(shape, [{SH["class"]: class_term(name)} for name in self._relation.domain])

    def _add_range(self) -> None:
        relation = self._relation
        shape = self._property(f"has {self._noun} that is no {' or '.join(relation.range)}")
        if not relation.literal:
            self._one_of(shape, [{SH["class"]: class_term(name)} for name in relation.range])
            return
        forms = [LITERAL_FORMS[name].pattern for name in relation.range]
        self._one_of(shape, [{SH.pattern: Literal(f"^(?:{form})$")} for form in forms])
        if relation.pattern:
            shape = self._property(f"has {self._noun} of another form than {relation.pattern}")
            self._shapes.add((shape, SH.pattern, Literal(f"^(?:{relation.pattern})$")))

    def _add_cardinality(self) -> None:
        relation, name = self._relation, self._relation.name
        most = 1 if relation.functional else relation.most
        if most:
            shape = self._property(f"has more than {most} {name}")
            self._shapes.add((shape, SH.maxCount, Literal(most)))
        if relation.least > 1:
            shape = self._property(f"has fewer than {relation.least} {name}")
            self._shapes.add((shape, SH.minCount, Literal(relation.least)))
        if not relation.literal and self._book.inverse_functional(name):
            shape = self._property(
                f"is the {name} of more than one", target=SH.targetObjectsOf, inverse=True
            )
            self._shapes.add((shape, SH.maxCount, Literal(1)))

    def _add_disjointness(self) -> None:
        name = self._relation.name
        for other in self._relation.exclusive:
            shape = self._property(f"has the same {name} and {other}")
            self._shapes.add((shape, SH.disjoint, relation_term(other)))
        if self._relation.asymmetric:
            shape = self._property(f"is the {name} of its own {name}", inverse=True)
            self._shapes.add((shape, SH.disjoint, self._path))

    @property
    def _noun(self) -> str:
        return f"a {self._relation.name}"

    def _node(self, target: URIRef) -> BNode:
        shape = BNode()
        self._shapes.add((shape, RDF.type, SH.NodeShape))
        self._shapes.add((shape, target, self._path))
        return shape

    def _property(
        self, message: str, *, target: URIRef = SH.targetSubjectsOf, inverse: bool = False
    ) -> BNode:
        """Return a new property shape over the relation, or from its objects to its subjects."""
        shape = BNode()
        self._shapes.add((self._node(target), SH.property, shape))
        path: Node = self._path
        if inverse:
            path = BNode()
            self._shapes.add((path, SH.inversePath, self._path))
        self._shapes.add((shape, SH.path, path))
        self._shapes.add((shape, SH.message, Literal(message)))
        return shape

    def _one_of(self, shape: BNode, choices: list[Mapping[Node, Node]]) -> None:
        """Let a shape accept what fits one of some choices."""
        nodes: list[Node] = []
        for choice in choices:
            node = BNode()
            for predicate, value in choice.items():
                self._shapes.add((node, predicate, value))
            nodes.append(node)
        start = BNode()
        Collection(self._shapes, start, nodes)
        self._shapes.add((shape, SH["or"], start))
