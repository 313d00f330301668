"""Errors of the ``controller`` package.

ControllerError
├── ScreenFailed      a model that screens edits gave no judgement
├── StalePlan         a plan was made for another version of the graph
├── GraphUnavailable  the server of the graph cannot be reached or does not answer
├── GraphBusy         another process is loading the graph
└── GraphRefused      a change violates a constraint of the graph's database
"""

from kg_data.errors import ExpectedError


class ControllerError(ExpectedError):
    """Base of the errors of this package."""


class StalePlan(ControllerError):
    """The graph has changed since the plan was made; plan again."""

    http_status = 409

    def __init__(self, *, planned: int, current: int) -> None:
        self.planned, self.current = planned, current
        super().__init__(f"the plan was made for version {planned}, the graph is at {current}")


class GraphUnavailable(ControllerError):
    """The server of the graph cannot be used now."""

    http_status = 503

    def __init__(self, uri: str, detail: str) -> None:
        self.uri, self.detail = uri, detail
        super().__init__(
            f"the graph at {uri} cannot be used ({detail}); start that Neo4j server, correct "
            "ONEEDIT_NEO4J_URI, ONEEDIT_NEO4J_USER, ONEEDIT_NEO4J_PASSWORD or "
            "ONEEDIT_NEO4J_DATABASE, or leave ONEEDIT_NEO4J_URI empty to keep the graph in memory"
        )


class GraphBusy(ControllerError):
    """Another process is loading the graph; try again when it is done."""

    http_status = 503

    def __init__(self) -> None:
        super().__init__("another process is loading the graph; try again when it is done")


class GraphRefused(ControllerError):
    """The graph's database refuses a change that violates a constraint."""

    http_status = 409

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(
            f"the graph refuses a change ({detail}); if the ledger holds it, load the graph "
            "anew: oneedit graph rebuild"
        )


class ScreenFailed(ControllerError):
    """A model that screens edits cannot be reached, or its answer is no judgement."""

    http_status = 503

    def __init__(self, reason: str) -> None:
        super().__init__(f"the model that screens edits gave no judgement: {reason}")
