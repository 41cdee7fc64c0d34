"""Secrets from files: `DATABASE_URL_FILE` names the file that holds DATABASE_URL, and so for every setting.

That is how Docker, Kubernetes and systemd hand secrets over: an environment is seen by too many.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic_settings import EnvSettingsSource

from worker.errors import CannotStart, sentence

SUFFIX = "_FILE"


class FileSource(EnvSettingsSource):
    """Settings whose variable ends in `_FILE`: what the file holds, but for white space around it."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        # Names come in lower case.
        return {
            name.removesuffix(SUFFIX.lower()): _read(name, path)
            for name, path in super()._load_env_vars().items()
            if path and name.endswith(SUFFIX.lower()) and self._is_ours(name)
        }

    def _is_ours(self, name: str) -> bool:
        return name.startswith((self.env_prefix.lower(), "database_url", "amqp_url"))


def _read(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"{name.upper()}: cannot read the file it names: {sentence(error)}") from error
