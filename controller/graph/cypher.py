"""All Cypher of the Neo4j store, and the rows that are its parameters.

The graph in Neo4j:

* ``(:Node {eid})``: an entity or a literal. An entity has the label ``Entity`` too, with
  ``entity_class``, ``qid`` and ``folded``, its id as look-ups by name compare it.
* ``(:Node)-[:FACT {s, p, o, r, valid_from, folded, fkey, ikey}]->(:Node)``: a fact. ``s``, ``p``
  and ``o`` are subject, relation and object, ``r`` its sample key, ``folded`` the object of an
  alias as look-ups by name compare it. ``fkey`` is there only if the relation is functional,
  ``ikey`` only if it is inverse functional; both are unique, so that the database refuses a second
  object of a slot whatever the application believes.
* ``(:Meta {k: 'kg'})``: one node with the version, and the lock of every writing transaction.

There is one type of relationship because a relation in the type could not be a parameter. Facts
are read from indexes of relationships and never by expanding a node, so that a read of 50 facts
costs the same beside a node with a million. The hints choose the index also while the database
has no statistics yet. Each ``ORDER BY`` begins with all properties of the index, those with one
value too: the results then come in the order of the index, by code points as Python sorts, and a
``LIMIT`` stops the scan.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from controller.graph.lexicon import ALIAS, fold
from controller.graph.store import sample_key
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.triples import Triple

Row: TypeAlias = Mapping[str, str | int | None]
"""The parameters of one element of a batch."""

CONSTRAINTS = (
    "CREATE CONSTRAINT meta_k IF NOT EXISTS FOR (m:Meta) REQUIRE m.k IS UNIQUE",
    "CREATE CONSTRAINT node_eid IF NOT EXISTS FOR (n:Node) REQUIRE n.eid IS UNIQUE",
    "CREATE CONSTRAINT fact_spo IF NOT EXISTS FOR ()-[f:FACT]-() REQUIRE (f.s, f.p, f.o) IS UNIQUE",
    "CREATE CONSTRAINT fact_fkey IF NOT EXISTS FOR ()-[f:FACT]-() REQUIRE f.fkey IS UNIQUE",
    "CREATE CONSTRAINT fact_ikey IF NOT EXISTS FOR ()-[f:FACT]-() REQUIRE f.ikey IS UNIQUE",
    "CREATE INDEX entity_folded IF NOT EXISTS FOR (n:Entity) ON (n.folded)",
)
"""Constraints, and the index of names; a load begins with them."""

INDEXES = (
    "CREATE INDEX fact_ops IF NOT EXISTS FOR ()-[f:FACT]-() ON (f.o, f.p, f.s)",
    "CREATE INDEX fact_osp IF NOT EXISTS FOR ()-[f:FACT]-() ON (f.o, f.s, f.p)",
    "CREATE INDEX fact_r IF NOT EXISTS FOR ()-[f:FACT]-() ON (f.r)",
    "CREATE INDEX fact_pr IF NOT EXISTS FOR ()-[f:FACT]-() ON (f.p, f.r)",
    "CREATE INDEX fact_folded IF NOT EXISTS FOR ()-[f:FACT]-() ON (f.folded)",
)
"""Indexes of facts that are no constraints; a load ends with them."""

DROP_INDEXES = tuple(
    f"DROP INDEX {name} IF EXISTS"
    for name in ("fact_ops", "fact_osp", "fact_r", "fact_pr", "fact_folded")
)
"""A large load first drops the indexes: to make them of all facts at once takes less time."""

AWAIT_INDEXES = "CALL db.awaitIndexes($seconds)"

# ---------- version and lock ----------

META = """
MATCH (m:Meta {k: 'kg'})
RETURN m.version AS version, m.origin AS origin, m.loading AS loading, m.change AS change
"""

LOCK = "MATCH (m:Meta {k: 'kg'}) SET m.lock = $holder"
"""Take the write lock; transactions read committed, so what is checked must be read after it."""

SET_VERSION = "MATCH (m:Meta {k: 'kg'}) SET m.version = $version, m.change = $change"

START_LOAD = """
MERGE (m:Meta {k: 'kg'}) SET m.version = -1, m.origin = '', m.loading = $holder, m.change = null
"""

FINISH_LOAD = """
MATCH (m:Meta {k: 'kg'})
SET m.version = $version, m.origin = $origin, m.loading = null, m.change = $holder
"""

# ---------- writing ----------

DELETE_SOME_FACTS = "MATCH ()-[f:FACT]->() WITH f LIMIT $most DELETE f RETURN count(*) AS deleted"

DELETE_SOME_NODES = "MATCH (n:Node) WITH n LIMIT $most DETACH DELETE n RETURN count(*) AS deleted"

PUT_ENTITIES = """
UNWIND $rows AS row
MERGE (n:Node {eid: row.eid})
SET n:Entity, n.entity_class = row.entity_class, n.qid = row.qid, n.folded = row.folded
"""

REMOVE_ENTITIES = """
UNWIND $ids AS eid
MATCH (n:Node {eid: eid})
REMOVE n:Entity, n.entity_class, n.qid, n.folded
"""
"""Leave the node to :data:`DELETE_UNUSED`: facts may still mention the name as a text."""

PUT_NODES = "UNWIND $ids AS eid MERGE (:Node {eid: eid})"

UPDATE_FACTS = """
UNWIND $rows AS row
MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(s, p, o)
WHERE f.s = row.s AND f.p = row.p AND f.o = row.o
SET f.valid_from = row.valid_from
RETURN f.s, f.p, f.o
"""

CREATE_FACTS = """
UNWIND $rows AS row
MATCH (s:Node {eid: row.s})
MATCH (o:Node {eid: row.o})
CREATE (s)-[f:FACT]->(o)
SET f = row
"""

DELETE_FACTS = """
UNWIND $rows AS row
MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(s, p, o)
WHERE f.s = row.s AND f.p = row.p AND f.o = row.o
DELETE f
"""

DELETE_UNUSED = """
UNWIND $ids AS eid
MATCH (n:Node {eid: eid})
WHERE NOT n:Entity AND COUNT { (n)--() } = 0
DELETE n
"""
"""Delete literals, and names without a class, that no fact mentions any more."""

# ---------- reading ----------

OBJECTS = """
MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(s, p, o)
WHERE f.s = $s AND f.p = $p AND f.o IS NOT NULL
WITH f ORDER BY f.s, f.p, f.o
RETURN collect(f.o)
"""

SUBJECTS = """
MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(o, p, s)
WHERE f.o = $o AND f.p = $p AND f.s IS NOT NULL
WITH f ORDER BY f.o, f.p, f.s LIMIT $limit
RETURN collect(f.s)
"""

FACTS_OF = """
MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(s, p, o)
WHERE f.s = $s AND f.p IS NOT NULL AND f.o IS NOT NULL
WITH f ORDER BY f.s, f.p, f.o
RETURN collect([f.s, f.p, f.o, f.valid_from])
"""

FACTS_ABOUT = """
MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(o, s, p)
WHERE f.o = $o AND f.s IS NOT NULL AND f.p IS NOT NULL
WITH f ORDER BY f.o, f.s, f.p LIMIT $limit
RETURN collect([f.s, f.p, f.o, f.valid_from])
"""

FACTS_PAGE = """
MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(s, p, o)
WHERE f.s >= $s AND f.p IS NOT NULL AND f.o IS NOT NULL
WITH f ORDER BY f.s, f.p, f.o SKIP $skip LIMIT $limit
RETURN collect([f.s, f.p, f.o, f.valid_from])
"""

HOLDS = """
MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(s, p, o)
WHERE f.s = $s AND f.p = $p AND f.o = $o
RETURN collect(f.s)
"""

IN_DEGREE = "MATCH (n:Node {eid: $o}) RETURN collect(COUNT { ()-[:FACT]->(n) })"
"""Count facts about a node from its degree, which the database stores."""

SAMPLE_FROM = """
MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(r)
WHERE f.r >= $r
WITH f ORDER BY f.r, f.s, f.p, f.o LIMIT $limit
RETURN collect([f.s, f.p, f.o, f.valid_from])
"""

SAMPLE_BEFORE = SAMPLE_FROM.replace(">=", "<")

SAMPLE_RELATION_FROM = """
MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(p, r)
WHERE f.p = $p AND f.r >= $r
WITH f ORDER BY f.p, f.r, f.s, f.o LIMIT $limit
RETURN collect([f.s, f.p, f.o, f.valid_from])
"""

SAMPLE_RELATION_BEFORE = SAMPLE_RELATION_FROM.replace(">=", "<")

ENTITY = """
MATCH (n:Node {eid: $eid}) WHERE n:Entity
RETURN collect([n.eid, n.entity_class, n.qid])
"""

ENTITIES_PAGE = """
MATCH (n:Node) USING INDEX SEEK n:Node(eid)
WHERE n.eid > $after AND n:Entity
WITH n ORDER BY n.eid LIMIT $limit
RETURN collect([n.eid, n.entity_class, n.qid])
"""

NAMED = """
CALL () {
  MATCH (n:Entity {folded: $folded}) RETURN n.eid AS eid
  UNION
  MATCH (n:Entity)-[f:FACT]->() USING INDEX SEEK f:FACT(folded) WHERE f.folded = $folded
  RETURN n.eid AS eid
}
RETURN collect(eid)
"""

# ---------- reading for many nodes at once ----------

NODES = """
UNWIND $ids AS eid
MATCH (n:Node {eid: eid})
WITH n, COUNT { ()-[:FACT]->(n) } AS in_degree
RETURN collect([n.eid, n:Entity, n.entity_class, n.qid, in_degree])
"""

FACTS_OF_EACH = """
UNWIND $ids AS eid
CALL (eid) {
  MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(s, p, o)
  WHERE f.s = eid AND f.p IS NOT NULL AND f.o IS NOT NULL
  RETURN f ORDER BY f.s, f.p, f.o LIMIT $limit
}
RETURN collect([f.s, f.p, f.o, f.valid_from])
"""

FACTS_ABOUT_EACH = """
UNWIND $ids AS eid
CALL (eid) {
  MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(o, s, p)
  WHERE f.o = eid AND f.s IS NOT NULL AND f.p IS NOT NULL
  RETURN f ORDER BY f.o, f.s, f.p LIMIT $limit
}
RETURN collect([f.s, f.p, f.o, f.valid_from])
"""

FACTS_IN_EACH = """
UNWIND $slots AS slot
CALL (slot) {
  MATCH ()-[f:FACT]->() USING INDEX SEEK f:FACT(s, p, o)
  WHERE f.s = slot[0] AND f.p = slot[1] AND f.o IS NOT NULL
  RETURN f ORDER BY f.s, f.p, f.o LIMIT $limit
}
RETURN collect([f.s, f.p, f.o, f.valid_from])
"""

# ---------- rows ----------


def fact_row(fact: Triple, book: RelationBook) -> Row:
    """Return the properties of a fact.

    The relation stands first in the keys: it has no ``|`` in its name, so that two slots never
    have one key.
    """
    subject, relation, obj = fact.subject, fact.relation, fact.object
    known = relation in book
    return {
        "s": subject,
        "p": relation,
        "o": obj,
        "r": sample_key(fact),
        "valid_from": fact.valid_from,
        "folded": fold(obj) if relation == ALIAS else None,
        "fkey": f"{relation}|{subject}" if known and book[relation].functional else None,
        "ikey": f"{relation}|{obj}" if known and book.inverse_functional(relation) else None,
    }


def entity_row(entity: Entity) -> Row:
    """Return the properties of an entity."""
    return {
        "eid": entity.id,
        "entity_class": entity.entity_class,
        "qid": entity.qid,
        "folded": fold(entity.id),
    }


def node_ids(facts: Iterable[Triple]) -> list[str]:
    """Return the ids and literals that facts mention, each once."""
    return list(dict.fromkeys(end for fact in facts for end in (fact.subject, fact.object)))
