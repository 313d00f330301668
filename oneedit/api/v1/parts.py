"""What routes are given: who asks, and the parts of the application that answer."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials

from controller.actor import Actor
from oneedit.api.identity import BEARER, SIGN_IN, Identity
from oneedit.jobs.jobs import Jobs
from oneedit.people.access_tokens import AccessTokens
from oneedit.people.people import People
from oneedit.people.sign_in import Doorkeeper
from oneedit.queue.queue import EditQueue
from oneedit.service import EditService


def asker(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
    cookie: Annotated[str | None, Security(SIGN_IN)],
) -> Actor:
    """Return who asks.

    Raises:
        NotSignedIn: nobody who may.
    """
    identity: Identity = request.app.state.identity
    return identity.actor("" if bearer is None else bearer.credentials, cookie or "")


def _queue(request: Request) -> EditQueue:
    queue: EditQueue = request.app.state.queue
    return queue


def _service(request: Request) -> EditService:
    return _queue(request).service


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


def _people(request: Request) -> People:
    people: People = request.app.state.people
    return people


def _doorkeeper(request: Request) -> Doorkeeper:
    identity: Identity = request.app.state.identity
    return identity.doorkeeper


def _tokens(request: Request) -> AccessTokens:
    identity: Identity = request.app.state.identity
    return identity.tokens


Asker = Annotated[Actor, Depends(asker)]
TheQueue = Annotated[EditQueue, Depends(_queue)]
TheService = Annotated[EditService, Depends(_service)]
TheJobs = Annotated[Jobs, Depends(_jobs)]
ThePeople = Annotated[People, Depends(_people)]
TheDoorkeeper = Annotated[Doorkeeper, Depends(_doorkeeper)]
TheTokens = Annotated[AccessTokens, Depends(_tokens)]
