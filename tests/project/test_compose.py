"""The services that docker-compose.yml starts fit the program and its tests."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from oneedit.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def services() -> dict[str, Any]:
    content = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    found: dict[str, Any] = content["services"]
    assert {name for each in found.values() for name in _volumes(each)} == set(content["volumes"])
    return found


def _volumes(service: dict[str, Any]) -> list[str]:
    return [volume.partition(":")[0] for volume in service["volumes"]]


def test_every_variable_of_the_program_is_a_setting(services: dict[str, Any]) -> None:
    names = {f"ONEEDIT_{name.upper()}" for name in Settings.model_fields}
    assert set(services["oneedit"]["environment"]) <= names


def test_neo4j_has_the_version_that_the_tests_run(services: dict[str, Any]) -> None:
    pom = (ROOT / "tests" / "neo4j" / "pom.xml").read_text(encoding="utf-8")
    tested = re.search(r"<artifactId>neo4j</artifactId>\s*<version>(\d+\.\d+)\.", pom)
    assert tested
    assert services["neo4j"]["image"] == f"neo4j:{tested[1]}-community"


def test_neo4j_starts_on_request_with_a_password_from_the_environment(
    services: dict[str, Any],
) -> None:
    neo4j = services["neo4j"]
    assert neo4j["profiles"] == ["neo4j"]
    assert neo4j["healthcheck"]["test"]
    assert neo4j["environment"]["NEO4J_AUTH"] == "neo4j/${ONEEDIT_NEO4J_PASSWORD:-}"
    assert services["oneedit"]["depends_on"]["neo4j"] == {
        "condition": "service_healthy",
        "required": False,
    }


def test_postgresql_starts_on_request_with_a_password_from_the_environment(
    services: dict[str, Any],
) -> None:
    postgres = services["postgres"]
    assert postgres["profiles"] == ["postgres"]
    assert postgres["healthcheck"]["test"]
    assert postgres["environment"]["POSTGRES_PASSWORD"] == "${ONEEDIT_DATABASE_PASSWORD:-}"
    assert services["oneedit"]["environment"]["ONEEDIT_DATABASE_URL"] == "${ONEEDIT_DATABASE_URL:-}"
    assert services["oneedit"]["depends_on"]["postgres"]["required"] is False
