"""Replicas under Ray Serve: it places, watches and restarts them, and spreads the questions."""

import logging
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Self

from kg_data.errors import ExpectedError
from oneedit.errors import NotInstalled, ReplicasUnavailable
from oneedit.replicas.replica import Replica, ReplicaStatus, Reply

NAME = "oneedit"
"""Name of the application in Ray Serve."""

MAX_ONGOING = 64
"""Questions that a replica takes at once; those that wait in it are answered as one batch."""

STARTS = 3
"""Times that Ray tries to start the first replicas; later ones it tries to start for ever."""

HEALTH_PERIOD, HEALTH_TIMEOUT = 2.0, 30.0
"""Seconds between two looks at a replica's health, and until one that says nothing is replaced."""

GRACE = 5.0
"""Seconds more than a replica has to answer: it says itself that it is too slow."""

RAY = "Ray, which runs replicas; add it with pip install 'oneedit[ray]', in a clone '.[ray]'"
"""What an installation without the extra lacks."""

OBJECT_STORE = 80 * 2**20
"""Bytes of Ray's shared memory on this machine; nothing large is put there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RayPlan:
    """What the replicas get from Ray.

    Attributes:
        replicas: how many.
        cpus, gpus: of each of them.
        address: of a running cluster; empty starts one on this machine, which ends with the pool.
    """

    replicas: int
    cpus: int = 1
    gpus: int = 0
    address: str = ""


class ServedReplica:
    """A replica in a process of Ray's; Ray calls its methods, each on a thread of its own."""

    def __init__(self, open_replica: Callable[[], Replica]) -> None:
        self._replica = open_replica()
        self._replica.start()

    def answer(self, text: str, *, version: int, steps: bool, timeout: float) -> Reply:
        """Answer; see :meth:`oneedit.replicas.replica.Replica.answer`."""
        return self._replica.answer(text, version=version, steps=steps, timeout=timeout)

    def status(self) -> ReplicaStatus:
        """Return where the replica is."""
        return self._replica.status()

    def check_health(self) -> None:
        """Raise if the replica is set aside: Ray then starts another one in its place."""
        self._replica.check()


class RayPool:
    """Replicas under Ray Serve.

    Ray restarts a replica that dies or is set aside; the new one answers when it has computed the
    weights of the head and their hash is right.
    """

    def __init__(self, handle: Any, *, local: bool) -> None:  # noqa: ANN401  Ray is not typed here
        self._handle, self._local = handle, local

    @classmethod
    def start(cls, open_replica: Callable[[], Replica], plan: RayPlan) -> Self:
        """Start replicas and wait until each of them is at the ledger's head.

        Args:
            open_replica: returns a replica in the process that it is called in.
            plan: what they get.

        Raises:
            NotInstalled: Ray is not installed.
            ReplicasUnavailable: Ray, or a replica, does not start.
        """
        _set_up(plan)
        ray, serve = _ray()
        try:
            _connect(ray, plan)
            logging.getLogger("ray.serve").setLevel(logging.WARNING)
            serve.start(proxy_location="Disabled", logging_config={"log_level": "ERROR"})
            deployment = serve.deployment(
                ServedReplica,
                num_replicas=plan.replicas,
                max_ongoing_requests=MAX_ONGOING,
                max_constructor_retry_count=STARTS,
                health_check_period_s=HEALTH_PERIOD,
                health_check_timeout_s=HEALTH_TIMEOUT,
                ray_actor_options={"num_cpus": plan.cpus, "num_gpus": plan.gpus},
            )
            handle = serve.run(deployment.bind(open_replica), name=NAME, route_prefix=None)
        except (RuntimeError, ConnectionError, ray.exceptions.RayError) as error:
            reason = (ray.is_initialized() and _failure(serve)) or str(error)
            ray.shutdown()
            raise ReplicasUnavailable(reason.strip().splitlines()[-1]) from error
        return cls(handle, local=not plan.address)

    def answer(self, text: str, *, version: int, steps: bool, timeout: float) -> Reply:
        """Let one of the replicas answer at a version or a later one.

        Raises:
            ReplicaBehind, ReplicaQuarantined: see :class:`oneedit.replicas.replica.Replica`.
            ReplicasUnavailable: it died meanwhile, or none answered in time.
            EditorError: the model cannot answer this text, or not in time.
        """
        call = self._handle.answer.remote(text, version=version, steps=steps, timeout=timeout)
        reply: Reply = _result(call.result, timeout + GRACE)
        return reply

    def statuses(self) -> Sequence[ReplicaStatus]:
        """Return where each replica is; one that starts is left out.

        Raises:
            ReplicasUnavailable: one died meanwhile, or did not say in time.
        """
        call = self._handle.broadcast("status")
        found: list[ReplicaStatus] = _result(call.results, HEALTH_TIMEOUT)
        return found

    def close(self) -> None:
        """End the replicas, and Ray with them if it was started for them."""
        ray, serve = _ray()
        if not self._local:
            serve.delete(NAME)
        ray.shutdown()


def check_installed() -> None:
    """Check that Ray is installed, without loading it.

    Raises:
        NotInstalled: it is not; names the extra that adds it.
    """
    if find_spec("ray") is None:
        raise NotInstalled(RAY)


def _ray() -> tuple[Any, Any]:
    check_installed()
    import ray
    from ray import serve

    return ray, serve


def _set_up(plan: RayPlan) -> None:
    """Set what Ray reads from the environment when it is imported, here and in its processes."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would report to its makers
    if not plan.address:  # Ray's ports can be reached from outside and run any code
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))


def _connect(ray: Any, plan: RayPlan) -> None:  # noqa: ANN401
    options: dict[str, object] = {"log_to_driver": False, "logging_level": "ERROR"}
    if not plan.address:
        options |= {
            "num_cpus": max(os.cpu_count() or 1, plan.replicas * plan.cpus),
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE,
        }
    ray.init(plan.address or "local", **options)


def _failure(serve: Any) -> str:  # noqa: ANN401
    """Return what Ray says about replicas that do not start: the end is what they raised."""
    started = serve.status().applications.get(NAME)
    return "\n".join(each.message for each in started.deployments.values()) if started else ""


def _result(fetch: Callable[..., Any], timeout: float) -> Any:  # noqa: ANN401
    """Return what a call to a replica returns, or raise what it raised there.

    Raises:
        ReplicasUnavailable: it died, or took longer than so many seconds.
    """
    ray, serve = _ray()
    try:
        return fetch(timeout_s=timeout)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, ExpectedError):
            raise error.cause from None
        raise
    except TimeoutError as error:
        raise ReplicasUnavailable(f"none within {timeout:.0f} seconds") from error
    except (ray.exceptions.RayError, serve.exceptions.RayServeException) as error:
        raise ReplicasUnavailable(type(error).__name__) from error
