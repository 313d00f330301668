"""What a user can type or set is described, and what can be raised is listed."""

import importlib
import inspect
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from editor.methods.registry import MethodRegistry
from oneedit.cli.app import app
from oneedit.cli.bench import app as workbench
from oneedit.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ERRORS = (
    "interpreter.errors",
    "editor.errors",
    "controller.errors",
    "kg_data.errors",
    "oneedit.errors",
)


def commands(of: typer.Typer) -> list[str]:
    """Return the names of the commands that are no groups."""
    found = getattr(get_command(of), "commands", {})
    return [name for name, command in found.items() if not hasattr(command, "commands")]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"ONEEDIT_{name.upper()}" in README


@pytest.mark.parametrize("name", commands(app))
def test_every_command_is_in_the_readme(name: str) -> None:
    assert f"oneedit {name}" in README


@pytest.mark.parametrize("name", commands(workbench))
def test_every_benchmark_is_in_the_readme(name: str) -> None:
    assert f"oneedit bench {name}" in README


@pytest.mark.parametrize("name", MethodRegistry.shipped().names)
def test_every_method_is_in_the_documentation(name: str) -> None:
    pages = [README, *(page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md"))]
    assert any(f"`{name}`" in page for page in pages)


@pytest.mark.parametrize("module", ERRORS)
def test_every_error_is_in_the_list_at_the_head_of_its_module(module: str) -> None:
    found = importlib.import_module(module)
    classes = inspect.getmembers(found, inspect.isclass)
    own = [name for name, each in classes if f"{each.__module__}.".startswith(f"{module}.")]
    assert own
    assert [name for name in own if name not in (found.__doc__ or "")] == []
