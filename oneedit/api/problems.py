"""Errors of the HTTP interface as problem details (RFC 9457), with codes that stay.

The code of an error that is raised on purpose is its name, as in ``unknown_ticket``. What the
message does not say is in further fields: what an unclear message could mean, and which fields of
a body cannot be read.
"""

import logging
import re
from http import HTTPStatus
from typing import Any, TypeVar, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from kg_data.errors import ExpectedError
from oneedit.errors import OneEditError, TooManyTries
from oneedit.results import UnclearResult

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:oneedit:problem:"

NOT_FOUND = frozenset({"unknown_entity", "unknown_actor", "unknown_version"})
"""Codes of unclear messages that name what is not there."""

UNEXPECTED = "something went wrong on the server, and its log says what; nothing was changed"

Found = TypeVar("Found")

_LOG = logging.getLogger(__name__)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class FieldFault(BaseModel):
    """What is wrong with one field of a request."""

    field: str = Field(examples=["body.facts.0.relation"])
    reason: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """Why a request was not answered (RFC 9457)."""

    type: str = Field(examples=["urn:oneedit:problem:unknown_ticket"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["there is no ticket 7; list them: oneedit tickets list"])
    code: str = Field(examples=["unknown_ticket"])
    options: list[str] = Field(default=[], description="What an unclear message could mean.")
    faults: list[FieldFault] = Field(default=[], description="Fields that cannot be read.")


class ApiProblem(OneEditError):
    """A request that the HTTP interface refuses itself."""

    def __init__(
        self, status: int, code: str, detail: str, *, options: tuple[str, ...] = ()
    ) -> None:
        self.http_status, self.code, self.options = status, code, options
        super().__init__(detail)


def unclear(result: UnclearResult) -> ApiProblem:
    """Return the problem of a message or name that is not clear."""
    status = HTTPStatus.NOT_FOUND if result.code in NOT_FOUND else HTTPStatus.UNPROCESSABLE_ENTITY
    return ApiProblem(status, result.code, result.reason, options=result.options)


def clear(found: Found | UnclearResult) -> Found:
    """Return a result.

    Raises:
        ApiProblem: a name or message was not clear.
    """
    if isinstance(found, UnclearResult):
        raise unclear(found)
    return found


def code_of(error: ExpectedError) -> str:
    """Return the stable code of an error.

    >>> from oneedit.errors import UnknownTicket
    >>> code_of(UnknownTicket(7))
    'unknown_ticket'
    """
    own = getattr(error, "code", None)
    return own if isinstance(own, str) else _CAPITAL.sub("_", type(error).__name__).lower()


def add_handlers(app: FastAPI) -> None:
    """Let an application answer every error with problem details."""
    app.add_exception_handler(ExpectedError, _expected)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _unexpected)


def answer_to(error: ExpectedError) -> JSONResponse:
    """Return the answer to a request that was not carried out."""
    options = list(getattr(error, "options", ()))
    headers = headers_of(error)
    return _answer(error.http_status, code_of(error), str(error), headers, options=options)


def headers_of(error: ExpectedError) -> dict[str, str]:
    """Return the headers of the answer: when to try again, and how to say who one is."""
    headers = {}
    if isinstance(error, TooManyTries):
        headers["Retry-After"] = str(error.seconds)
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="OneEdit"'
    return headers


def _expected(_request: Request, error: Exception) -> JSONResponse:
    return answer_to(cast("ExpectedError", error))


def _malformed(_request: Request, error: Exception) -> JSONResponse:
    found = cast("RequestValidationError", error).errors()
    faults = [{"field": ".".join(map(str, each["loc"])), "reason": each["msg"]} for each in found]
    return _answer(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "malformed",
        "the request cannot be read; its faults are listed",
        {},
        faults=faults,
    )


def _of_http(_request: Request, error: Exception) -> JSONResponse:
    http = cast("HTTPException", error)
    code = HTTPStatus(http.status_code).phrase.lower().replace(" ", "_")
    return _answer(http.status_code, code, str(http.detail), dict(http.headers or {}))


def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    _LOG.error("a request failed", exc_info=error)
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected", UNEXPECTED, {})


def _answer(
    status: int, code: str, detail: str, headers: dict[str, str], **more: list[Any]
) -> JSONResponse:
    problem = Problem(
        type=f"{TYPE}{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        **more,
    )
    content = problem.model_dump(exclude_defaults=True)
    return JSONResponse(content, status_code=status, headers=headers, media_type=MEDIA_TYPE)
