"""Figures for Prometheus: the queue, edits and their stages, how far graph and model are behind.

Gauges are read from the ledger with each look. Counters and durations grow by the steps that
tickets have taken since the look before, in whichever process.
"""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from controller.actor import Actor
from kg_data.errors import ExpectedError
from oneedit.api.identity import Identity
from oneedit.api.problems import answer_to
from oneedit.ledger.proposal import ProposalState
from oneedit.ledger.ticket import FINAL, NEW, TicketState, TicketStep
from oneedit.people.permissions import Operation, require
from oneedit.wiring import Application

PATH = "/metrics"
STEPS = 500
"""Steps that are read at once."""

SECONDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 86400.0)
"""Bounds of the durations: solves take seconds to minutes, people hours."""

NO_VERDICT = "none"
"""Stands for the verdict of a ticket without a plan, such as an undo or a roll back."""


class Metrics:
    """The figures of a server.

    Args:
        application: what is looked at.
    """

    def __init__(self, application: Application) -> None:
        self.registry = CollectorRegistry()
        self._steps = _Steps(application, self.registry)
        self.registry.register(_Gauges(application))
        ProcessCollector(registry=self.registry)  # memory, processor time, open files

    def text(self, accepted: str) -> tuple[bytes, str]:
        """Return all figures, and the type of the text.

        Args:
            accepted: the types that whoever asks can read, as in the header "Accept".

        Raises:
            LedgerUnavailable: the ledger cannot be read.
        """
        self._steps.advance()
        encode, kind = choose_encoder(accepted)
        return encode(self.registry), kind


def metrics_router(metrics: Metrics, identity: Identity) -> APIRouter:
    """Return the route ``/metrics``; where accounts are needed, it needs an access token."""
    router, route = APIRouter(include_in_schema=False), _Route(metrics, identity)
    router.add_api_route(PATH, route.answer, methods=["GET"], response_model=None)
    return router


class _Route:
    """Answers Prometheus.

    Args:
        metrics: the figures.
        identity: finds out who asks.
    """

    def __init__(self, metrics: Metrics, identity: Identity) -> None:
        self._metrics, self._identity = metrics, identity

    def answer(self, http_request: Request) -> Response:
        """Return the figures."""
        try:
            require(self._asker(http_request), Operation.READ)
            content, kind = self._metrics.text(http_request.headers.get("accept", ""))
        except ExpectedError as error:
            return answer_to(error)
        return Response(content, HTTPStatus.OK, media_type=kind)

    def _asker(self, http_request: Request) -> Actor:
        scheme, _, key = http_request.headers.get("authorization", "").partition(" ")
        return self._identity.by_key(key.strip() if scheme.lower() == "bearer" else "")


class _Gauges(Collector):
    """What the ledger, the graph and the model say now.

    Args:
        application: what is looked at.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    def describe(self) -> Iterable[Metric]:
        """Return nothing: names need no look at the ledger."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Yield the figures."""
        yield from self._of_versions()  # the ledger's first: what comes later is not behind it
        yield from self._of_queue()
        desk = self._application.service.reviews.desk
        counts = dict.fromkeys(ProposalState, 0) | desk.proposals.counts()
        yield _by_state("oneedit_proposals", "Proposals by state.", counts)

    def _of_queue(self) -> Iterable[Metric]:
        tickets = self._application.queue.tickets
        counts = dict.fromkeys(TicketState, 0) | tickets.counts()
        yield _by_state("oneedit_tickets", "Tickets by state.", counts)
        waits = [each.queued_at for each in tickets.queued()]
        yield _gauge("oneedit_queue_length", "Tickets that wait for the worker.", len(waits))
        now = self._application.ledger.now()
        oldest = _seconds(min(waits, default=now), now)
        yield _gauge("oneedit_queue_oldest_seconds", "Age of the oldest of them.", oldest)
        owns = self._application.worker.owns
        yield _gauge("oneedit_worker", "Whether this process is the worker.", float(owns))

    def _of_versions(self) -> Iterable[Metric]:
        head = self._application.ledger.head()
        graph = max(0, head - self._application.store.version)
        model = max(0, head - self._application.projector.weights_version)
        yield _gauge("oneedit_version", "Last version of the ledger.", head)
        yield _gauge("oneedit_graph_lag_versions", "Versions the graph is behind.", graph)
        yield _gauge("oneedit_model_lag_versions", "Versions the model is behind.", model)


class _Steps:
    """Counts the steps of tickets, and times how long each state lasted.

    Args:
        application: whose tickets.
        registry: gets the counters.
    """

    def __init__(self, application: Application, registry: CollectorRegistry) -> None:
        self._tickets = application.queue.tickets
        self._last = self._tickets.last_position()
        self._lock = threading.Lock()
        self._begun: dict[int, TicketStep] = {}
        self._entered = Counter(
            "oneedit_ticket_steps", "States that tickets came into.", ["state"], registry=registry
        )
        self._edits = Counter(
            "oneedit_edits",
            "Requests by the verdict of their plan.",
            ["verdict"],
            registry=registry,
        )
        self._lasted = Histogram(
            "oneedit_ticket_state_seconds",
            "How long tickets stayed in a state.",
            ["state"],
            buckets=SECONDS,
            registry=registry,
        )

    def advance(self) -> None:
        """Take in what has happened since the last time."""
        with self._lock:
            steps = self._tickets.steps_after(self._last, limit=STEPS)
            while steps:
                for step in steps:
                    self._take(step)
                self._last = steps[-1].position
                steps = self._tickets.steps_after(self._last, limit=STEPS)

    def _take(self, step: TicketStep) -> None:
        self._entered.labels(step.state.value).inc()
        before = self._before(step)
        if before is not None:
            lasted = _seconds(before.created_at, step.created_at)
            self._lasted.labels(before.state.value).observe(lasted)
            if before.state is TicketState.READING:
                self._edits.labels(self._verdict(step.ticket)).inc()
        if step.state in FINAL:
            self._begun.pop(step.ticket, None)
        else:
            self._begun[step.ticket] = step

    def _before(self, step: TicketStep) -> TicketStep | None:
        """Return the step before; one before this process began is in the ledger only."""
        known = self._begun.get(step.ticket)
        if known is not None or step.revision == NEW + 1:
            return known
        return self._tickets.steps(step.ticket, after=step.revision - 2)[0]

    def _verdict(self, number: int) -> str:
        plan = self._tickets.get(number).plan
        return NO_VERDICT if plan is None else plan.decision.verdict.value


def _seconds(since: str, until: str) -> float:
    """Return the seconds between two times in ISO 8601."""
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _by_state(
    name: str, text: str, counts: Mapping[TicketState, int] | Mapping[ProposalState, int]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=["state"])
    for state, count in counts.items():
        family.add_metric([str(state)], count)
    return family
