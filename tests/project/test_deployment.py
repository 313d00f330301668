"""What OneEdit is deployed with fits the program and its tests."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from oneedit.settings import Settings

ROOT = Path(__file__).parents[2]
SETTINGS = {f"ONEEDIT_{name.upper()}" for name in Settings.model_fields}
VARIABLE = re.compile(r"\bONEEDIT_[A-Z0-9_]+")
FILES = (
    "Dockerfile",
    "docker-compose.yml",
    ".env.example",
    "deploy/kubernetes.yaml",
    "deploy/oneedit.service",
    "docs/how-to/deploy.md",
)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(text("docker-compose.yml"))
    return content


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    """Return what the Kubernetes example makes, by kind."""
    return {each["kind"]: each for each in yaml.safe_load_all(text("deploy/kubernetes.yaml"))}


@pytest.mark.parametrize("name", FILES)
def test_every_variable_is_a_setting(name: str) -> None:
    assert set(VARIABLE.findall(text(name))) <= SETTINGS


def test_the_example_of_settings_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line.removeprefix("# ") for line in text(".env.example").splitlines() if "=" in line]
    named = dict(line.split("=", 1) for line in lines)
    assert named.keys() <= SETTINGS
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    assert Settings().allowed_hosts == "localhost,127.0.0.1"


def test_files_of_secrets_are_named_as_settings_or_mounted_elsewhere(
    compose: dict[str, Any],
) -> None:
    named = set(re.findall(r"^\| `(\w+)` \|", text("secrets/README.md"), re.MULTILINE))
    assert {name for name in named if name.upper() in SETTINGS} == {
        "oneedit_neo4j_password",
        "oneedit_database_url",
    }
    mounted = {Path(each["file"]).name for each in compose["secrets"].values()}
    assert mounted == {name for name in named if name.upper() not in SETTINGS}


# ---------- Dockerfile ----------


def copied() -> Iterator[str]:
    """Yield what the Dockerfile copies from the repository."""
    for line in re.findall(r"^COPY (?!--from)(.+)$", text("Dockerfile"), re.MULTILINE):
        yield from line.split()[:-1]


def test_all_that_the_image_copies_exists_and_is_not_ignored() -> None:
    ignored = text(".dockerignore").splitlines()
    assert ignored[0] == "*"
    for name in copied():
        assert (ROOT / name).exists()
        assert f"!{name}" in ignored


def test_the_image_has_every_package() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) <= set(copied())


def test_the_image_runs_the_server_as_an_ordinary_user() -> None:
    last = text("Dockerfile").rpartition("\nFROM ")[2]
    (user,) = re.findall(r"^USER (\d+)$", last, re.MULTILINE)
    assert int(user) > 0
    assert 'CMD ["oneedit", "serve"]' in last
    assert "/readyz" in last


# ---------- compose ----------


def test_every_volume_and_secret_is_declared(compose: dict[str, Any]) -> None:
    services = compose["services"].values()
    mounted = {each.partition(":")[0] for one in services for each in one["volumes"]}
    assert {each for each in mounted if not each.startswith(".")} == set(compose["volumes"])
    used = {each for one in services for each in one.get("secrets", ())}
    assert used == set(compose["secrets"])


@pytest.mark.parametrize("name", ["oneedit", "oneedit-gpu"])
def test_the_server_reads_settings_and_secrets_from_files(
    name: str, compose: dict[str, Any]
) -> None:
    server = compose["services"][name]
    assert server["env_file"] == [{"path": ".env", "required": False}]
    folder = server["environment"]["ONEEDIT_SECRETS_DIR"]
    assert f"./secrets:{folder}:ro" in server["volumes"]
    assert server["ports"] == ["127.0.0.1:8080:8080"]


def test_a_gpu_is_asked_for_by_its_profile_only(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert "deploy" not in services["oneedit"]
    assert services["oneedit-gpu"]["profiles"] == ["gpu"]
    (device,) = services["oneedit-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    assert services["oneedit-gpu"]["build"]["args"]["TORCH"].startswith("cu")


@pytest.mark.parametrize("name", ["neo4j", "postgres"])
def test_databases_start_on_request_with_a_password_from_a_file(
    name: str, compose: dict[str, Any]
) -> None:
    service = compose["services"][name]
    assert service["profiles"] == [name]
    assert service["healthcheck"]["test"]
    secret = service["secrets"][0]
    assert f"/run/secrets/{secret}" in service["environment"].values()
    assert compose["services"]["oneedit"]["depends_on"][name] == {
        "condition": "service_healthy",
        "required": False,
    }


def test_neo4j_has_the_version_that_the_tests_run(compose: dict[str, Any]) -> None:
    tested = re.search(
        r"<artifactId>neo4j</artifactId>\s*<version>(\d+\.\d+)\.", text("tests/neo4j/pom.xml")
    )
    assert tested
    assert compose["services"]["neo4j"]["image"] == f"neo4j:{tested[1]}-community"


# ---------- Kubernetes and systemd ----------


def test_one_process_edits_and_ends_before_the_next_begins(resources: dict[str, Any]) -> None:
    assert resources["Deployment"]["spec"]["replicas"] == 1
    assert resources["Deployment"]["spec"]["strategy"] == {"type": "Recreate"}


def test_probes_ask_by_a_name_that_the_server_answers(resources: dict[str, Any]) -> None:
    (container,) = resources["Deployment"]["spec"]["template"]["spec"]["containers"]
    settings = resources["ConfigMap"]["data"]
    paths = set()
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container[probe]["httpGet"]
        paths.add(asked["path"])
        (header,) = asked["httpHeaders"]
        assert header == {"name": "Host", "value": settings["ONEEDIT_ALLOWED_HOSTS"]}
    assert paths == {"/healthz", "/readyz"}
    assert settings["ONEEDIT_PUBLIC_URL"] == f"https://{header['value']}"


@pytest.mark.parametrize("kind", ["Job", "Deployment"])
def test_pods_have_the_home_and_the_secrets_and_no_rights(
    kind: str, resources: dict[str, Any]
) -> None:
    pod = resources[kind]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["containers"]
    paths = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    assert paths["secrets"] == resources["ConfigMap"]["data"]["ONEEDIT_SECRETS_DIR"]
    assert f"ONEEDIT_HOME={paths['home']}" in text("Dockerfile")
    claim, secret = pod["volumes"]
    assert claim["persistentVolumeClaim"]["claimName"] == "oneedit"
    assert secret["secret"]["optional"] is True


def test_the_unit_keeps_the_home_where_it_may_write() -> None:
    unit = text("deploy/oneedit.service")
    state = re.search(r"^StateDirectory=(\w+)$", unit, re.MULTILINE)
    assert state
    assert f"Environment=ONEEDIT_HOME=/var/lib/{state[1]}" in unit
    assert "NoNewPrivileges=yes" in unit
