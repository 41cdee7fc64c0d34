"""Settings of a command that talks to the broker for a person: it says itself what is wrong, so logs keep quiet."""

import logging

from worker import config, logs
from worker.config import Settings


def load() -> Settings:
    """The settings; only at level debug is anything logged, libraries' complaints included."""
    settings = config.load()
    if settings.log_level == "debug":
        logs.configure("debug", settings.log_format)
    else:
        logs.configure("error", settings.log_format)
        logging.disable(logging.CRITICAL)
    return settings
