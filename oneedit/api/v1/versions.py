"""Versions, differences between them, the state of everything, and what was refused."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from oneedit.api.problems import clear
from oneedit.api.unique_keys import UniqueKeysRoute
from oneedit.api.v1.cursors import Cursor, Limit, dump_cursor, number_of
from oneedit.api.v1.parts import Asker, TheQueue, TheService
from oneedit.api.v1.schemas import Number, Page
from oneedit.ledger.edit_filter import EditFilter
from oneedit.ledger.ledger import Refusal
from oneedit.results import (
    CheckResult,
    DiffResult,
    HistoryEntry,
    KnowledgeResult,
    StatusResult,
    VerifyResult,
)


def _wanted(
    relation: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    source: str | None = None,
    batch: str | None = None,
) -> EditFilter:
    """Return the conditions of a query's parameters; times without a zone are in UTC."""
    return EditFilter(
        relation=relation, actor=actor, since=since, until=until, source=source, batch=batch
    )


router = APIRouter(route_class=UniqueKeysRoute)


@router.get("/versions", tags=["versions"])
def list_versions(
    asker: Asker,
    service: TheService,
    wanted: Annotated[EditFilter, Depends(_wanted)],
    entity: Annotated[str | None, Query(description="That changed something about it.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[HistoryEntry]:
    """List the versions that meet all conditions, the newest first."""
    found = clear(service.history(asker, entity, wanted=wanted))
    before = number_of(cursor)
    entries = [each for each in found.entries if before is None or each.version < before]
    page = entries[::-1][:limit]
    more = len(entries) > limit
    return Page(items=page, next=dump_cursor(page[-1].version) if more else None)


@router.get("/versions/{version}", tags=["versions"])
def show_version(version: Number, asker: Asker, service: TheService) -> HistoryEntry:
    """Show a version: who, when, in whose words, and what it changed."""
    return clear(service.version(asker, version))


@router.get("/versions/{version}/check", tags=["versions"])
def check_version(version: Number, asker: Asker, service: TheService) -> CheckResult:
    """Ask the model the questions stored with a version again."""
    return clear(service.check(asker, version))


@router.get("/versions/{since}/diff/{until}", tags=["versions"])
def diff_versions(
    since: Number,
    until: Number,
    asker: Asker,
    service: TheService,
    entity: str | None = None,
) -> DiffResult:
    """Return the facts that differ between two versions, of one entity or of all."""
    return clear(service.diff(asker, since, until, entity))


@router.get("/status", tags=["state"])
def show_status(asker: Asker, service: TheService) -> StatusResult:
    """Return where ledger, graph and model are."""
    return service.status(asker)


@router.get("/verification", tags=["state"])
def verify(asker: Asker, service: TheService) -> VerifyResult:
    """Check that ledger, graph and weights are what was recorded."""
    return service.verify(asker)


@router.get("/model/knowledge", tags=["state"])
def show_knowledge(asker: Asker, service: TheService) -> KnowledgeResult:
    """Return what the base model was found to know of the graph."""
    return service.known_by_model(asker)


@router.post("/consolidations", tags=["state"], status_code=202)
def consolidate(asker: Asker, queue: TheQueue) -> dict[str, int]:
    """Ask for one patch in place of all; returns the number of the ticket."""
    return {"ticket": queue.consolidate(asker).id}


@router.get("/refusals", tags=["audit"])
def list_refusals(asker: Asker, service: TheService, limit: Limit = 100) -> list[Refusal]:
    """List what was refused, the newest first."""
    return service.refusals(asker, limit=limit)
