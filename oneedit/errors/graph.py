"""Errors about the graph and its relation book."""

from collections.abc import Sequence
from pathlib import Path

from oneedit.errors.base import OneEditError

MOST_FAULTS = 20
"""Faults that an error lists, at most."""


class GraphMismatch(OneEditError):
    """The graph differs from the ledger's facts at a version."""

    def __init__(self, version: int) -> None:
        self.version = version
        super().__init__(
            f"the graph does not hold the facts of version {version}; start anew to rebuild it, "
            "or, if Neo4j keeps it: oneedit graph rebuild"
        )


class GraphForeign(OneEditError):
    """The graph was filled from another ledger."""

    exit_code = 2
    http_status = 422

    def __init__(self, home: Path) -> None:
        self.home = home
        super().__init__(
            f"the graph was not filled from the ledger of {home}. Give this home a database of "
            "its own with ONEEDIT_NEO4J_DATABASE or another server, or replace what the graph "
            "holds: oneedit graph rebuild"
        )


class GraphAhead(OneEditError):
    """The graph has versions that the ledger lacks."""

    exit_code = 2
    http_status = 422

    def __init__(self, *, graph: int, ledger: int) -> None:
        self.graph, self.ledger = graph, ledger
        super().__init__(
            f"the graph is at version {graph}, but the ledger ends at {ledger}. Restore the "
            "newer ledger, or bring the graph back to this one: oneedit graph rebuild"
        )


class GraphInMemory(OneEditError):
    """There is no server with a graph to rebuild."""

    exit_code = 2
    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "the graph is in memory and rebuilt at every start; set ONEEDIT_NEO4J_URI to keep it "
            "in a Neo4j server"
        )


class GraphInUse(OneEditError):
    """A server holds a graph that the benchmark would replace."""

    exit_code = 2
    http_status = 422

    def __init__(self, uri: str, version: int) -> None:
        self.uri, self.version = uri, version
        super().__init__(
            f"{uri} holds a graph at version {version}, which the benchmark would replace; "
            "give an empty database"
        )


class TooFewSlots(OneEditError):
    """There are too few facts to draw what a benchmark needs."""

    def __init__(self, made: int, wanted: int) -> None:
        self.made, self.wanted = made, wanted
        super().__init__(f"there are facts for {made} of {wanted} only; ask for fewer")


class BadBook(OneEditError):
    """A relation book contradicts itself."""

    exit_code = 2
    http_status = 422

    def __init__(self, path: object, faults: Sequence[str]) -> None:
        self.path, self.faults = path, tuple(faults)
        super().__init__(
            f"{path} has {_some(faults)}\nCorrect the file; oneedit relations lint {path} shows all"
        )


class BadFacts(OneEditError):
    """The facts for a new home are bad, or there are none; nothing was made."""

    exit_code = 2
    http_status = 422

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        remedy = (
            "Correct the files or the relation book; give classes in a file with the columns "
            "id,class,qid (--entities); or leave all these out with --skip-bad"
        )
        text = f"{_some(faults)}\n{remedy}" if faults else "no facts in the files"
        super().__init__(f"no home was made: {text}")


def _some(faults: Sequence[str]) -> str:
    """Return the number of faults and the first of them, one a line."""
    shown = "".join(f"\n  {each}" for each in faults[:MOST_FAULTS])
    more = len(faults) - MOST_FAULTS
    return f"{len(faults)} faults:{shown}" + (f"\n  and {more} more" if more > 0 else "")
