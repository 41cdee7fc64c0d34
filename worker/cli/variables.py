"""The environment variables of the settings, and what may be shown of their values."""

import os
from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import AliasChoices, Secret

from worker.config import DOT_ENV, Settings
from worker.durations import short
from worker.secret_files import SUFFIX


def variable(field: str) -> str:
    """The variable that sets a field of Settings; a variable's own name stays as it is."""
    if field not in Settings.model_fields:
        return field
    match Settings.model_fields[field].validation_alias:
        case AliasChoices(choices=[str(first), *_]):
            return first
        case _:
            return f"{Settings.model_config['env_prefix']}{field.upper()}"


def source(field: str) -> str:
    """Where the value of a field comes from: `environment`, the path of a file, or `default`."""
    from pydantic_settings import DotEnvSettingsSource

    told = {name.upper(): value for name, value in os.environ.items()}
    aliases = _aliases(field)
    if any(name in told for name in aliases):
        return "environment"
    if path := next((told[name + SUFFIX] for name in aliases if told.get(name + SUFFIX)), None):
        return path
    written = {name.upper() for name in DotEnvSettingsSource(Settings, env_file=DOT_ENV).env_vars}
    return str(DOT_ENV) if any(name in written for name in aliases) else "default"


def _aliases(field: str) -> list[str]:
    match Settings.model_fields[field].validation_alias:
        case AliasChoices(choices=choices):
            return [str(choice) for choice in choices]
        case _:
            return [variable(field)]


def shown(value: object) -> str:
    """The value for people's eyes: of a secret, which is a URL, only where it leads; empty if there is none."""
    match value:
        case None:
            return ""
        case Secret():
            return address(str(value.get_secret_value()))
        case timedelta():
            return short(value)
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def address(url: str) -> str:
    """Where a URL leads: its hosts and path, without user, password and parameters."""
    parts = urlsplit(url)
    # A password may have a slash in it.
    return f"{parts.netloc}{parts.path}".rpartition("@")[2]
