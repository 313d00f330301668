"""Errors of the ``controller`` package.

ControllerError
└── StalePlan   a plan was made for another version of the graph
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
