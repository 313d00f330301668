"""Whether the server lives, which no model is needed for, and whether it is ready to answer."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from kg_data.errors import ExpectedError
from oneedit.wiring import Application


def health_router(application: Application) -> APIRouter:
    """Return the routes ``/healthz`` and ``/readyz``."""
    router, health = APIRouter(include_in_schema=False), _Health(application)
    router.add_api_route("/healthz", health.lives, methods=["GET", "HEAD"], response_model=None)
    router.add_api_route("/readyz", health.is_ready, methods=["GET", "HEAD"], response_model=None)
    return router


class _Health:
    """Answers monitors.

    Args:
        application: what is looked at.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    def lives(self) -> JSONResponse:
        """Report the versions of ledger and graph."""
        try:
            ledger = self._application.ledger.head()
        except ExpectedError as error:
            return _failed(error)
        graph = self._application.store.version
        return JSONResponse({"status": "ok", "ledger": ledger, "graph": graph})

    def is_ready(self) -> JSONResponse:
        """Report what each part says, and how many versions graph and model are behind."""
        parts: dict[str, Any] = {}
        try:
            head = self._application.ledger.head()
            behind = head - self._application.store.version
            problem = self._application.projector.problem()
        except ExpectedError as error:
            return _failed(error)
        parts["database"] = "ok"
        parts["graph"] = "ok" if behind <= 0 else f"{behind} versions behind"
        parts["model"] = problem or "ok"
        ready = all(each == "ok" for each in parts.values())
        status = {"status": "ok" if ready else "not ready", "ledger": head, "behind": behind}
        return JSONResponse(status | parts, status_code=200 if ready else 503)


def _failed(error: ExpectedError) -> JSONResponse:
    detail = {"status": "failed", "detail": str(error)}
    return JSONResponse(detail, status_code=error.http_status)
