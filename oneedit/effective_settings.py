"""The settings in force, and where each of them comes from; nothing secret is shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr
from pydantic_settings import EnvSettingsSource, SecretsSettingsSource

from oneedit.settings import SETTINGS_FILE, Settings, kept_settings

HIDDEN = "(hidden)"
DEFAULT, ENVIRONMENT, CALLER = "default", "environment", "command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveSetting:
    """A setting as it is in force.

    Attributes:
        variable: the environment variable that sets it.
        value: what it is, without anything secret; "" if it is empty.
        origin: where it comes from.
    """

    variable: str
    value: str
    origin: str


def effective_settings(settings: Settings) -> tuple[EffectiveSetting, ...]:
    """Return all settings, in the order in which they are declared.

    Raises:
        BadFile: the file of settings in the home cannot be read any more.
    """
    origins, read = _origins(settings), Settings()
    found = []
    for name in Settings.model_fields:
        value = getattr(settings, name)
        given = value != getattr(read, name)
        origin = CALLER if given else origins.get(name, DEFAULT)
        variable = f"ONEEDIT_{name.upper()}"
        found.append(EffectiveSetting(variable=variable, value=_shown(value), origin=origin))
    return tuple(found)


def _origins(settings: Settings) -> dict[str, str]:
    """Return where the settings that were given come from; the first place that has one counts."""
    places: list[tuple[str, Mapping[str, Any]]] = [
        (ENVIRONMENT, EnvSettingsSource(Settings)()),
        (f"file {SETTINGS_FILE} of the home", kept_settings(settings.home)),
    ]
    if settings.secrets_dir is not None:
        files = SecretsSettingsSource(Settings, secrets_dir=settings.secrets_dir)()
        places.insert(1, (f"file in {settings.secrets_dir}", files))
    return {name: place for place, found in reversed(places) for name in found}


def _shown(value: Any) -> str:  # noqa: ANN401  of any setting
    """Return a value in words; a password, or what may hold one, is hidden."""
    match value:
        case SecretStr():
            return HIDDEN if value.get_secret_value() else ""
        case dict():
            return json.dumps(dict.fromkeys(value, HIDDEN)) if value else ""
        case None:
            return ""
        case str() if "://" in value:
            return _without_password(value)
        case _:
            return str(value)


def _without_password(address: str) -> str:
    parts = urlsplit(address)
    if "@" not in parts.netloc and not parts.query:
        return address
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{HIDDEN}@{host}" if "@" in parts.netloc else host
    return urlunsplit(parts._replace(netloc=netloc, query=HIDDEN if parts.query else ""))
