"""Whether the server lives, for whatever watches it."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from oneedit.errors import OneEditError
from oneedit.wiring import Application


def health_router(application: Application) -> APIRouter:
    """Return the route that tells where ledger and graph are; it touches neither model nor page."""
    router = APIRouter(tags=["health"])

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    def healthz() -> JSONResponse:
        try:
            ledger = application.ledger.head()
        except OneEditError as error:
            return JSONResponse({"status": "failed", "detail": str(error)}, status_code=503)
        graph = application.store.version
        return JSONResponse({"status": "ok", "ledger": ledger, "graph": graph})

    return router
