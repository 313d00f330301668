"""Questions, entities, facts and relations."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from kg_data.entities import EntityChange
from kg_data.triples import Triple
from oneedit.api.problems import clear, unclear
from oneedit.api.unique_keys import UniqueKeysRoute
from oneedit.api.v1.cursors import Cursor, Limit, dump_cursor, texts_of
from oneedit.api.v1.edits import Key
from oneedit.api.v1.parts import Asker, TheQueue, TheService
from oneedit.api.v1.schemas import MOST_NUMBER, Outcome, Page, QuestionBody, TicketView
from oneedit.ledger.fact_pages import FactFilter
from oneedit.results import (
    AskResult,
    BlameResult,
    HistoryResult,
    ListedFact,
    NeighbourhoodResult,
    SearchResult,
    ShowResult,
    UnclearResult,
)

AsOf = Annotated[
    int | None, Query(ge=0, le=MOST_NUMBER, description="Of this version, by default the last.")
]


def _wanted(subject: str = "", relation: str = "", object: str = "") -> FactFilter:  # noqa: A002
    return FactFilter(subject=subject, relation=relation, object=object)


router = APIRouter(route_class=UniqueKeysRoute)


@router.post("/ask", tags=["questions"])
def ask(body: QuestionBody, actor: Asker, service: TheService) -> AskResult:
    """Let the model answer a question, and compare with the graph."""
    return clear(
        service.ask(actor, body.question, direct=body.direct, free=body.free, as_of=body.as_of)
    )


@router.get("/entities", tags=["entities"])
def search_entities(
    actor: Asker,
    service: TheService,
    text: Annotated[str, Query(min_length=1, max_length=200, description="A part of a name.")],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> SearchResult:
    """Search entities by a part of one of their names, or by a misspelt one."""
    return service.search(actor, text, limit=limit)


@router.get("/entities/{name:path}/provenance", tags=["entities"])
def trace_entity(name: str, actor: Asker, service: TheService) -> BlameResult:
    """Show who told each fact of an entity, when, and what was there before."""
    return clear(service.blame(actor, name))


@router.get("/entities/{name:path}/history", tags=["entities"])
def list_versions_of_entity(name: str, actor: Asker, service: TheService) -> HistoryResult:
    """List the versions that changed something about an entity."""
    return clear(service.history(actor, name))


@router.get("/entities/{name:path}/neighbourhood", tags=["entities"])
def show_neighbourhood(
    name: str,
    actor: Asker,
    service: TheService,
    depth: Annotated[int, Query(ge=1, le=3)] = 1,
    limit: Limit = 200,
) -> NeighbourhoodResult:
    """Return the facts up to some steps around an entity."""
    return clear(service.neighbourhood(actor, name, depth=depth, limit=limit))


@router.get("/entities/{name:path}", tags=["entities"])
def show_entity(
    name: str,
    response: Response,
    actor: Asker,
    service: TheService,
    as_of: AsOf = None,
) -> ShowResult:
    """Show an entity by any of its names; the `ETag` is the version of the graph."""
    version = service.context.ledger.head() if as_of is None else as_of
    shown = clear(service.show(actor, name, as_of=as_of))
    response.headers["ETag"] = f'"{version}"'
    return shown


@router.post("/entities/changes", status_code=HTTPStatus.ACCEPTED, tags=["entities"])
def change_entity(
    body: EntityChange,
    actor: Asker,
    queue: TheQueue,
    key: Key = None,
    propose: bool = False,  # noqa: FBT001, FBT002  a query parameter
) -> TicketView:
    """Rename, merge, split or delete an entity, as one edit that can be undone."""
    ticket = clear(queue.change_entity(actor, body, idempotency_key=key, propose=propose))
    return TicketView.of(ticket)


@router.post("/entities/changes/preview", tags=["entities"])
def preview_entity_change(body: EntityChange, actor: Asker, service: TheService) -> Outcome:
    """Return what a change of an entity would do; nothing changes."""
    planned = service.preview_entity_change(actor, body)
    if isinstance(planned, UnclearResult):
        raise unclear(planned)
    return Outcome.of(planned)


@router.get("/facts", tags=["facts"])
def list_facts(
    actor: Asker,
    service: TheService,
    wanted: Annotated[FactFilter, Depends(_wanted)],
    as_of: AsOf = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ListedFact]:
    """List facts by the ids of their parts, sorted."""
    place = texts_of(cursor, 3)
    after = None if place is None else Triple(*place)
    found = clear(service.facts(actor, wanted, as_of=as_of, after=after, limit=limit))
    last = found.facts[-1].fact if found.more else None
    following = None if last is None else [last.subject, last.relation, last.object]
    return Page(
        items=list(found.facts),
        next=None if following is None else dump_cursor(following),
    )
