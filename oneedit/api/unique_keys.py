"""Bodies in which a key stands twice are refused: readers differ in which of the two they take."""

import json
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias

from fastapi import HTTPException
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class UniqueKeysRoute(APIRoute):
    """A route that reads bodies with unique keys only."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what handles a request."""
        return partial(_handled, super().get_route_handler())


class _UniqueKeysRequest(Request):
    """A request whose body is read so."""

    async def json(self) -> Any:  # noqa: ANN401  of any form
        """Return the body.

        Raises:
            HTTPException: a key stands in it twice.
            json.JSONDecodeError: it is no JSON.
        """
        return json.loads(await self.body(), object_pairs_hook=_unique)


async def _handled(handle: Handler, request: Request) -> Response:
    return await handle(_UniqueKeysRequest(request.scope, request.receive))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            text = f"the key {name[:100]!r} stands twice in one object"
            raise HTTPException(HTTPStatus.BAD_REQUEST, text)
        found[name] = value
    return found
