"""The chat model of the settings: loaded, or refused by name before a home is made."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel

from interpreter.chat_model.reader import ReaderConfig
from interpreter.intents import Ask, Tell
from kg_data.triples import Triple
from oneedit.errors import BadReaderModel
from oneedit.reading.loading import ModelReading, load_reading
from oneedit.reading.local_chat_model import LocalChatModel
from oneedit.settings import Settings
from oneedit.wiring import Application, assemble, reading_of
from tests.support.chat_models import scripted
from tests.support.command_line import run
from tests.support.fakes import BOOK, DATA, FakeEditor, FakePatches
from tests.support.models import tiny_model, tiny_tokenizer


def init_chat_model(model: str, *, model_provider: str, **given: Any) -> BaseChatModel | str:
    """Do what that of langchain does, with a provider of its own."""
    match model_provider:
        case "fake":
            return scripted(f"{model} {sorted(given.items())}")
        case "keyless":
            raise RuntimeError("Missing credentials.\nPlease pass an `api_key`.")
        case "odd":
            return "no chat model"
        case _:
            raise ValueError(f"Unsupported provider={model_provider!r}.")


@pytest.fixture
def langchain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for the package, which is not among ours."""
    package, part = ModuleType("langchain"), ModuleType("langchain.chat_models")
    package.__spec__ = sys.__spec__
    part.init_chat_model = init_chat_model  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "langchain", package)
    monkeypatch.setitem(sys.modules, "langchain.chat_models", part)


def loaded(name: str, **more: Any) -> ModelReading:
    return load_reading(Settings(reader_model=name, **more))


def test_without_the_setting_there_is_none() -> None:
    assert reading_of(Settings()) is None


def test_without_the_setting_a_start_imports_no_langchain() -> None:
    code = (
        "import sys, oneedit.wiring, oneedit.cli.app, oneedit.settings as s; "
        "oneedit.wiring.reading_of(s.Settings()); "
        "print([each for each in sys.modules if each.startswith('langchain')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.usefixtures("langchain")
@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, "[('max_retries', 0), ('temperature', 0), ('timeout', 5.0)]"),
        (
            {"temperature": None, "base_url": "x"},
            "[('base_url', 'x'), ('max_retries', 0), ('timeout', 5.0)]",
        ),
    ],
)
def test_a_provider_gets_the_time_and_the_options(options: Mapping[str, Any], sent: str) -> None:
    reading = loaded("fake:small:1b", reader_timeout=5.0, reader_options=options)
    assert reading.model.invoke("").text == f"small:1b {sent}"
    assert reading.config.name == "fake:small:1b"
    assert reading.config.timeout == 5.0


@pytest.mark.usefixtures("langchain")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gpt", "write PROVIDER:NAME"),
        ("openai:", "write PROVIDER:NAME"),
        (":gpt", "write PROVIDER:NAME"),
        ("nobody:gpt", "Unsupported provider='nobody'"),
        ("keyless:gpt", "Missing credentials. Please pass an `api_key`."),
        ("odd:gpt", "it is no chat model"),
        ("local:/no/such/folder", "no model can be loaded"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(name: str, reason: str) -> None:
    with pytest.raises(BadReaderModel) as refused:
        loaded(name)
    assert f"ONEEDIT_READER_MODEL={name}: " in str(refused.value)
    assert reason in str(refused.value)
    assert refused.value.exit_code == 2


def test_without_langchain_the_packages_to_install_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("oneedit.reading.loading.find_spec", lambda _: None)
    with pytest.raises(BadReaderModel, match="pip install langchain langchain-openai"):
        loaded("openai:gpt-4o-mini")


def test_the_server_does_not_start_and_makes_no_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ONEEDIT_READER_MODEL", "nothing")
    code, output = run("serve")
    assert code == 2
    assert "ONEEDIT_READER_MODEL=nothing: write PROVIDER:NAME" in output
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("seconds", ["0", "-1", "soon"])
def test_a_time_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, seconds: str) -> None:
    monkeypatch.setenv("ONEEDIT_READER_TIMEOUT", seconds)
    code, output = run("status")
    assert code == 2
    assert "ONEEDIT_READER_TIMEOUT" in output


def test_a_local_model_is_loaded_from_its_folder(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    tiny_model("llama", tokenizer).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    reading = loaded(f"local:{tmp_path}", reader_options={"device": "cpu"}, reader_timeout=3.0)
    assert isinstance(reading.model, LocalChatModel)
    assert reading.model.seconds == 3.0


def test_an_option_that_a_local_model_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadReaderModel, match="base_url"):
        loaded(f"local:{tmp_path}", reader_options={"base_url": "x"})


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Application]:
    fact = {"subject": "Joe Biden", "relation": "place_of_birth", "object": "Paris"}
    ask = {"intent": "ask", "subject": "Joe Biden", "path": ["spouse"]}
    model = scripted({"intent": "tell", "facts": [fact]}, ask, "nonsense")
    application = assemble(
        tmp_path / "home",
        BOOK,
        DATA,
        editor=FakeEditor(),
        patches=FakePatches(tmp_path / "home" / "patches"),
        reading=ModelReading(model, ReaderConfig(name="fake:model")),
    )
    yield application
    application.close()


def test_the_application_reads_by_rules_first_and_then_by_the_model(wired: Application) -> None:
    read = wired.service.read
    by_rules = read("Joe Biden was born in Lyon.")
    assert by_rules == Tell((Triple("Joe Biden", "place_of_birth", "Lyon"),))
    by_model = read("For Joe Biden, Paris is where it all began.")
    assert by_model == Tell((Triple("Joe Biden", "place_of_birth", "Paris"),), read_by="fake:model")
    question = "Might you know who shares a home with Joe Biden?"
    assert read(question) == Ask(question, "Joe Biden", ("spouse",))
    unlinked = "What about the weather?"
    assert read(unlinked) == Ask(unlinked)
