"""Settings from environment variables that begin with ``ONEEDIT_``, and from a file of the home."""

import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from kg_data.errors import BadFile
from kg_data.prompting import PromptStyle

SETTINGS_FILE = "settings.toml"
"""Name of the file in a home that keeps what it was made with."""

KEPT = ("model", "prompt_style", "dtype", "statistics_text", "consequences", "policy")
"""Settings that the file may hold; addresses and passwords are not kept."""

DEFAULT_HOME = Path(".oneedit")


def demo_model() -> Path:
    """Return the folder of the demonstration model."""
    return Path(str(files("oneedit") / "demo" / "model"))


def expanded(path: Path) -> Path:
    """Return a path with "~" replaced by the user's home; a "~" that names nobody stays.

    A shell replaces it only where a word begins with it, and a file of settings never does.
    """
    try:
        return path.expanduser()
    except RuntimeError:  # there is no such user
        return path


def kept_settings(home: Path) -> Mapping[str, Any]:
    """Return the settings that a home keeps; none if it has no file of them.

    Raises:
        BadFile: the file cannot be read, or holds something else.
    """
    path = home / SETTINGS_FILE
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadFile(path, None, str(error)) from error
    unknown = sorted(content.keys() - set(KEPT))
    if unknown:
        raise BadFile(path, None, f"{unknown[0]} cannot be kept here; these can: {', '.join(KEPT)}")
    return content


def keep_settings(settings: "Settings") -> Path:
    """Write those of the settings that were given and may be kept into the home, and return where.

    Raises:
        OSError: the file cannot be written.
    """
    lines = [
        f"{name} = {_written(getattr(settings, name))}\n"
        for name in KEPT
        if name in settings.model_fields_set and getattr(settings, name) is not None
    ]
    settings.home.mkdir(parents=True, exist_ok=True)
    path = settings.home / SETTINGS_FILE
    head = "# What this home was made with; the environment goes before it.\n"
    path.write_text(head + "".join(lines), encoding="utf-8")
    return path


def _written(value: Any) -> str:  # noqa: ANN401  of any setting
    """Return a value as TOML writes it; a path means the same in any folder."""
    if isinstance(value, int):
        return str(value)
    exists = Path(str(value)).exists()
    return json.dumps(str(Path(value).resolve() if exists else value), ensure_ascii=False)


class SecretFiles(PydanticBaseSettingsSource):
    """The settings in files of a folder, one each, named as the variable in small letters.

    So passwords need not be in the environment, which other programs may read: containers and
    systemd mount them as files.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return nothing: the folder is read as a whole."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the settings in the folder that the environment names.

        Raises:
            BadFile: it is no folder.
        """
        named = self.current_state.get("secrets_dir")
        if not named:
            return {}
        folder = expanded(Path(named))
        if not folder.is_dir():
            raise BadFile(folder, None, "ONEEDIT_SECRETS_DIR names no folder")
        return SecretsSettingsSource(self.settings_cls, secrets_dir=folder)()


class HomeFile(PydanticBaseSettingsSource):
    """The settings that a home keeps; those of the environment go before them."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return nothing: the file is read as a whole."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the settings of the home that the environment names."""
        home = expanded(Path(self.current_state.get("home", DEFAULT_HOME)))
        return dict(kept_settings(home))


class Settings(BaseSettings):
    """The settings, read once by the command line and passed to ``oneedit.wiring.build``.

    Those of ``KEPT`` that the environment does not give come from the file ``settings.toml`` of the
    home, where ``oneedit init`` has written what the home was made with.

    Attributes:
        home: folder of the ledger, the patches and the statistics (``ONEEDIT_HOME``).
        secrets_dir: folder with settings as files, such as "oneedit_neo4j_password"; the
            environment goes before them (``ONEEDIT_SECRETS_DIR``).
        database_url: address of the PostgreSQL database that keeps the ledger, such as
            "postgresql://user:password@host/name"; empty keeps it in a file of the home
            (``ONEEDIT_DATABASE_URL``).
        user: name of the account that acts on the command line; empty is the user of the machine
            (``ONEEDIT_USER``).
        host: address that the server listens on (``ONEEDIT_HOST``).
        port: port that the server listens on (``ONEEDIT_PORT``).
        allowed_hosts: host names that requests may use, separated by commas; empty allows those
            of loopback, or any name if ``host`` is another address (``ONEEDIT_ALLOWED_HOSTS``).
        public_url: address by which people reach the server, if it is another than that of host and
            port, as behind a proxy; links begin with it (``ONEEDIT_PUBLIC_URL``).
        trusted_proxies: addresses of proxies, separated by commas, whose X-Forwarded headers are
            believed; those of anybody else are left out (``ONEEDIT_TRUSTED_PROXIES``).
        requests_per_minute: how many requests an account, and an address, may send to the server
            in a minute; 0 for any number (``ONEEDIT_REQUESTS_PER_MINUTE``).
        logs: how the server writes its log lines: "text" for people, "json" for programs
            (``ONEEDIT_LOGS``).
        model: folder of the language model, a GGUF file, or a name on the Hugging Face Hub
            (``ONEEDIT_MODEL``).
        device: "auto", "cpu", "cuda" or "cuda:1" (``ONEEDIT_DEVICE``).
        dtype: "float32", "bfloat16" or "float16" for the weights; "auto" takes the one that
            the home was made with; for a new home float32 on a CPU and bfloat16 elsewhere
            (``ONEEDIT_DTYPE``).
        prompt_style: how questions are put to the model: "chat" by its chat template, "qa" after
            examples, "statement" as beginnings of statements; "auto" is a chat where the template
            can be used, else after examples (``ONEEDIT_PROMPT_STYLE``).
        threads: CPU threads of the model; 0 leaves the choice to torch (``ONEEDIT_THREADS``).
        replicas: copies of the model that answer questions in processes of their own; 0 lets the
            model that is edited answer (``ONEEDIT_REPLICAS``). Only the server starts them.
        engine: what runs them: "ray" (``ONEEDIT_ENGINE``).
        ray_address: address of a running Ray cluster; empty starts one on this machine
            (``ONEEDIT_RAY_ADDRESS``).
        answer_timeout: seconds to wait for an answer of the model (``ONEEDIT_ANSWER_TIMEOUT``).
        statistics_text: file of ordinary text on which the statistics of the model's keys are
            computed; if empty, the model generates the text (``ONEEDIT_STATISTICS_TEXT``).
        consequences: most changed chains that an edit teaches, step by step
            (``ONEEDIT_CONSEQUENCES``).
        policy: file of verdicts, limits and thresholds that override those of
            ``controller/policy.toml`` (``ONEEDIT_POLICY``).
        guard: model that judges how abusive a fact is: folder of a sequence classifier, or a chat
            model of langchain-core as "package.module:Class"; empty asks none (``ONEEDIT_GUARD``).
        guard_options: its arguments, as JSON (``ONEEDIT_GUARD_OPTIONS``).
        reader_model: chat model that reads what rules cannot: "provider:name" for one that
            langchain knows, "local:" and a folder, GGUF file or hub name for one of this machine;
            empty reads by rules alone (``ONEEDIT_READER_MODEL``).
        reader_timeout: seconds to wait for it (``ONEEDIT_READER_TIMEOUT``).
        reader_options: its arguments, as JSON; null leaves one of ours out
            (``ONEEDIT_READER_OPTIONS``).
        neo4j_uri: address of the Neo4j server that keeps the graph, such as
            "bolt://localhost:7687"; empty keeps the graph in memory (``ONEEDIT_NEO4J_URI``).
        neo4j_user: name to log in with (``ONEEDIT_NEO4J_USER``).
        neo4j_password: its password; empty does not log in (``ONEEDIT_NEO4J_PASSWORD``).
        neo4j_database: name of the database on that server (``ONEEDIT_NEO4J_DATABASE``).
    """

    model_config = SettingsConfigDict(env_prefix="ONEEDIT_", frozen=True, extra="forbid")

    home: Path = DEFAULT_HOME
    secrets_dir: Path | None = None
    database_url: SecretStr = SecretStr("")
    user: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    allowed_hosts: str = ""
    public_url: str = Field(default="", pattern=r"^(https?://[^\s/]+(/\S*)?)?$")
    trusted_proxies: str = ""
    requests_per_minute: int = Field(default=600, ge=0)
    logs: str = Field(default="text", pattern=r"^(text|json)$")
    model: str = Field(default_factory=lambda: str(demo_model()))
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    dtype: str = Field(default="auto", pattern=r"^(auto|float32|bfloat16|float16)$")
    prompt_style: PromptStyle = PromptStyle.AUTO
    threads: int = Field(default=0, ge=0)
    replicas: int = Field(default=0, ge=0)
    engine: str = Field(default="", pattern=r"^(ray)?$")
    ray_address: str = ""
    answer_timeout: float = Field(default=120.0, gt=0)
    statistics_text: Path | None = None
    consequences: int = Field(default=12, ge=0)
    policy: Path | None = None
    guard: str = ""
    guard_options: dict[str, Any] = Field(default_factory=dict)
    reader_model: str = ""
    reader_timeout: float = Field(default=20.0, gt=0)
    reader_options: dict[str, Any] = Field(default_factory=dict)
    neo4j_uri: str = Field(default="", pattern=r"^((neo4j|bolt)(\+s|\+ssc)?://.+)?$")
    neo4j_user: str = "neo4j"
    neo4j_password: SecretStr = SecretStr("")
    neo4j_database: str = "neo4j"

    @property
    def address(self) -> str:
        """Return the address by which people reach the server, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, those that go before others first."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, SecretFiles(settings_cls), HomeFile(settings_cls)

    @field_validator("home", "statistics_text", "policy")
    @classmethod
    def _expanded(cls, path: Path | None) -> Path | None:
        return None if path is None else expanded(path)

    @field_validator("model", "guard")
    @classmethod
    def _expanded_name(cls, name: str) -> str:
        """Return the name of a model with "~" replaced, if it is a path."""
        return str(expanded(Path(name))) if name.startswith("~") else name
