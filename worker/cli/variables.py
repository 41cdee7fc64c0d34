"""The environment variables of the settings, and what may be shown of their values."""

from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import AliasChoices, Secret

from worker.config import Settings
from worker.durations import short


def variable(field: str) -> str:
    """The variable that sets a field of Settings; a variable's own name stays as it is."""
    if field not in Settings.model_fields:
        return field
    match Settings.model_fields[field].validation_alias:
        case AliasChoices(choices=[str(first), *_]):
            return first
        case _:
            return f"{Settings.model_config['env_prefix']}{field.upper()}"


def shown(value: object) -> str:
    """The value for people's eyes: of a secret, which is a URL, only where it leads; empty if there is none."""
    match value:
        case None:
            return ""
        case Secret():
            return address(str(value.get_secret_value()))
        case timedelta():
            return short(value)
        case _:
            return str(value)


def address(url: str) -> str:
    """Where a URL leads: its hosts and path, without user, password and parameters."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path
