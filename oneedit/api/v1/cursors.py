"""Cursors of pages: where the next page begins, as text that callers pass back unread."""

import base64
import binascii
import json
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query

from oneedit.api.problems import ApiProblem
from oneedit.api.v1.schemas import MOST_NUMBER

Limit = Annotated[int, Query(ge=1, le=500, description="Items of a page, at most.")]
Cursor = Annotated[str | None, Query(description="`next` of the page before.", max_length=4000)]


def dump_cursor(place: Any) -> str:  # noqa: ANN401  any JSON value
    """Return a cursor for a place, a JSON value.

    >>> load_cursor(dump_cursor([3, "x"]))
    [3, 'x']
    """
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def load_cursor(cursor: str) -> Any:  # noqa: ANN401
    """Return the place of a cursor.

    Raises:
        ApiProblem: it is none.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise _not_ours() from error


def number_of(cursor: str | None) -> int | None:
    """Return the number in a cursor; None without one.

    Raises:
        ApiProblem: it holds none.
    """
    if cursor is None:
        return None
    place = load_cursor(cursor)
    if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place <= MOST_NUMBER:
        raise _not_ours()
    return place


def texts_of(cursor: str | None, count: int) -> list[str] | None:
    """Return the texts in a cursor; None without one.

    Raises:
        ApiProblem: it does not hold so many.
    """
    if cursor is None:
        return None
    place = load_cursor(cursor)
    texts = isinstance(place, list) and all(isinstance(each, str) for each in place)
    if not texts or len(place) != count:
        raise _not_ours()
    found: list[str] = place
    return found


def _not_ours() -> ApiProblem:
    text = "the cursor is not one of this list; begin without one"
    return ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_cursor", text)
