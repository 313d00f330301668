"""Errors in the form that clients of OpenAI's interface read."""

import json
import logging
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from kg_data.errors import ExpectedError
from oneedit.api.problems import UNEXPECTED, code_of, headers_of
from oneedit.errors import OneEditError

TYPES = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.FORBIDDEN: "permission_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
}
AGAIN = frozenset({408, 429, 503})
"""Status codes of requests that may be carried out if they are sent again."""

_LOG = logging.getLogger(__name__)


class BadCompletionRequest(OneEditError):
    """A request that cannot be read as one for a completion."""

    def __init__(self, detail: str, *, param: str, code: str, status: int = 400) -> None:
        self.http_status, self.param, self.code = status, param, code
        super().__init__(detail)


def add_handlers(app: FastAPI) -> None:
    """Let an application answer every error in this form."""
    app.add_exception_handler(ExpectedError, _expected)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _unexpected)


def error_body(status: int, message: str, *, code: str, param: str | None = None) -> dict[str, Any]:
    """Return an error as clients read it."""
    serious = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = "server_error" if serious else TYPES.get(HTTPStatus(status), "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def error_event(error: BaseException) -> str:
    """Return what a stream that has begun ends with, because of an error."""
    content = _body_of(error) if isinstance(error, ExpectedError) else _body_of_unexpected(error)
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"


def _expected(_request: Request, error: Exception) -> JSONResponse:
    expected = cast("ExpectedError", error)
    return _answer(expected.http_status, _body_of(expected), headers_of(expected))


def _body_of(error: ExpectedError) -> dict[str, Any]:
    param = getattr(error, "param", None)
    return error_body(error.http_status, str(error), code=code_of(error), param=param)


def _body_of_unexpected(error: BaseException) -> dict[str, Any]:
    _LOG.error("a request failed", exc_info=error)
    return error_body(HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED, code="unexpected")


def _malformed(_request: Request, error: Exception) -> JSONResponse:
    first, *_ = cast("RequestValidationError", error).errors()
    param = ".".join(str(each) for each in first["loc"] if each != "body")
    message = f"{param or 'the body'}: {first['msg']}"
    status = HTTPStatus.BAD_REQUEST
    return _answer(status, error_body(status, message, code="malformed", param=param or None), {})


def _of_http(request: Request, error: Exception) -> JSONResponse:
    http = cast("HTTPException", error)
    message = str(http.detail)
    if http.status_code == HTTPStatus.NOT_FOUND:
        message = f"there is no {request.method} {request.url.path}; use /v1/chat/completions"
    code = HTTPStatus(http.status_code).phrase.lower().replace(" ", "_")
    content = error_body(http.status_code, message, code=code)
    return _answer(http.status_code, content, dict(http.headers or {}))


def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, _body_of_unexpected(error), {})


def _answer(status: int, content: dict[str, Any], headers: dict[str, str]) -> JSONResponse:
    headers["X-Should-Retry"] = str(status in AGAIN).lower()  # clients would repeat others, too
    return JSONResponse(content, status_code=status, headers=headers)
