"""Requests to screen, over the small world of the controller."""

from collections.abc import Sequence

from controller.actor import Actor
from controller.graph.overlay import GraphView
from controller.record import PastEdit
from controller.screening.request import ScreenedRequest
from controller.screening.thresholds import ScreeningThresholds
from kg_data.entities import Entity
from kg_data.triples import Triple
from tests.support.controller_world import BOOK, EDITOR, store_with
from tests.support.edit_sets import NOW
from tests.support.records import FakeRecord

DEFAULTS = ScreeningThresholds()


def request_for(
    *facts: Triple,
    store: GraphView | None = None,
    new: Sequence[Entity] = (),
    retracted: Sequence[Triple] = (),
    actor: Actor = EDITOR,
    earlier: Sequence[PastEdit] = (),
    thresholds: ScreeningThresholds = DEFAULTS,
) -> ScreenedRequest:
    """Return a request; entities that the world lacks must be given as new."""
    view = store_with() if store is None else store
    return ScreenedRequest(
        facts,
        retracted,
        new,
        actor,
        view,
        BOOK,
        FakeRecord(past_edits=list(earlier)),
        NOW,
        thresholds,
    )
