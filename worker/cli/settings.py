"""Settings of a command that talks to the broker for a person: it says itself what is wrong, so logs keep quiet."""

import logging

from worker import config
from worker.config import Settings


def load() -> Settings:
    """The settings; only at level debug is anything logged, libraries' complaints included."""
    from worker import logs

    settings = config.load()
    if settings.log_level == "debug":
        logs.configure("debug", settings.log_format)
    else:
        logs.configure("error", settings.log_format)
        logging.disable(logging.CRITICAL)
    return settings


def load_for_database() -> Settings:
    """The settings, for what logs nothing of its own: making a logger takes longer than most statements."""
    settings = config.load()
    if settings.log_level == "debug":
        return load()
    logging.disable(logging.CRITICAL)
    return settings
