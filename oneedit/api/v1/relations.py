"""The relation book, and changes of it."""

from fastapi import APIRouter

from kg_data.book_changes import BookChange
from oneedit.api.problems import clear
from oneedit.api.unique_keys import UniqueKeysRoute
from oneedit.api.v1.graph import AsOf
from oneedit.api.v1.parts import Asker, TheService
from oneedit.api.v1.schemas import Outcome
from oneedit.results import RelationsResult

router = APIRouter(route_class=UniqueKeysRoute)


@router.get("/relations", tags=["relations"])
def show_relations(actor: Asker, service: TheService, as_of: AsOf = None) -> RelationsResult:
    """Return the relation book as TOML, with the number of facts of each relation."""
    return clear(service.relations(actor, version=as_of))


@router.post("/relations/changes", tags=["relations"])
def change_relations(body: BookChange, actor: Asker, service: TheService) -> Outcome:
    """Change what relations mean, as a version."""
    return Outcome.of(service.redefine(actor, body))


@router.post("/relations/changes/preview", tags=["relations"])
def preview_relations_change(body: BookChange, actor: Asker, service: TheService) -> Outcome:
    """Return what a change of the relation book would do; nothing changes."""
    return Outcome.of(service.preview_redefine(actor, body))
