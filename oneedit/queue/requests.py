"""What a ticket asks for, as JSON text and back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from interpreter.intents import Change, Forget, RollBack, Tell
from kg_data.entities import EntityChange
from oneedit.edits.choice import Choice
from oneedit.edits.repair import Teach


@dataclass(frozen=True, slots=True)
class Consolidate:
    """Replace the patches of all edits by one."""


@dataclass(frozen=True, slots=True)
class CarryOut:
    """Carry an approved proposal out.

    Attributes:
        proposal: its number.
        below_gate: whether it is committed even if its check does not pass.
    """

    proposal: int
    below_gate: bool = False


Request: TypeAlias = Change | Choice | RollBack | Teach | Consolidate | CarryOut

_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (Tell, Forget, EntityChange, Choice, RollBack, Teach, Consolidate, CarryOut)
}


def dump_request(request: Request) -> str:
    """Return a request as JSON."""
    kind = type(request).__name__
    value = _ADAPTERS[kind].dump_python(request, mode="json")
    return json.dumps({"kind": kind, "value": value}, ensure_ascii=False)


def load_request(text: str) -> Request:
    """Return the request that :func:`dump_request` wrote."""
    entry = json.loads(text)
    request: Request = _ADAPTERS[entry["kind"]].validate_python(entry["value"])
    return request
