"""The OpenAPI document: every operation is described, and keeps what it promises."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    positive_data_acceptance,
    response_schema_conformance,
)

from controller.actor import Role
from oneedit.ledger.credential import Scope
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application
from tests.support.stories import tell
from tests.support.web import PENCE, interface

STREAMS = {"events_of_all", "events_of_one"}
PAIRS = {"check_version"}
"""Operations whose answers hold pairs in maps, which schemathesis 4.32 turns into no schema."""

EXAMPLES = 8
"""Requests that are tried for each operation."""


@pytest.fixture(scope="module")
def oneedit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    made = application(Path(tmp_path_factory.mktemp("home")))
    tell(made, PENCE)
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(oneedit: Application) -> FastAPI:
    return interface(oneedit, local=False)


def operations(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_operation_says_what_it_does_and_how_it_fails(app: FastAPI) -> None:
    for name, operation in operations(app):
        assert operation["summary"], name
        assert operation["description"].rstrip().endswith((".", ".`")), name
        assert operation["tags"], name
        assert "application/problem+json" in operation["responses"]["422"]["content"], name
        assert operation["security"], name


def test_no_operation_fails_or_answers_what_it_does_not_say(
    app: FastAPI, oneedit: Application
) -> None:
    oneedit.people.add(LOCAL, "ada", Role.ADMIN)
    _, secret = oneedit.tokens.make(LOCAL, "test", Scope.ADMIN, of="ada")
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    tried = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if operation.definition.raw["operationId"] in STREAMS:
            continue
        _try(operation, {"Authorization": f"Bearer {secret}"})
        tried += 1
    assert tried > 50


def _try(operation: Any, headers: dict[str, str]) -> None:
    """Send generated requests to an operation, good ones and bad ones."""

    excluded: list[Any] = [positive_data_acceptance]
    if operation.definition.raw["operationId"] in PAIRS:
        excluded.append(response_schema_conformance)

    @given(case=st.one_of(operation.as_strategy()))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    def attempt(case: Any) -> None:
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    attempt()
