"""Errors about replicas of the model."""

from oneedit.errors.base import OneEditError


class BadReplicas(OneEditError):
    """The number of replicas and the engine that runs them do not fit."""

    exit_code = 2
    http_status = 422

    def __init__(self, replicas: int, engine: str) -> None:
        self.replicas, self.engine = replicas, engine
        super().__init__(
            f"{replicas} replicas need something that runs them; add --engine ray"
            if replicas
            else f"the engine {engine} has no replicas to run; say how many with --replicas"
        )


class ReplicaQuarantined(OneEditError):
    """A replica's weights are not those that the ledger recorded, and it answers no more."""

    http_status = 503

    def __init__(self, version: int, reason: str) -> None:
        self.version, self.reason = version, reason
        super().__init__(f"a replica could not go to version {version} and is set aside: {reason}")


class ReplicaBehind(OneEditError):
    """A replica has not reached the version that a question needs."""

    http_status = 503

    def __init__(self, version: int, wanted: int) -> None:
        self.version, self.wanted = version, wanted
        super().__init__(
            f"the replica that was asked is at version {version}, and the question needs version "
            f"{wanted}; try again later"
        )


class ReplicasUnavailable(OneEditError):
    """No replica can be started or reached, or none answers in time."""

    http_status = 503

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"no replica answers ({reason}); see the log of the server")
