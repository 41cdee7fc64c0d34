"""Presence, waiting, acceptance and leaving: what wakes the worker, and what it needs to decide."""

from worker.migrations.script import run, run_on_inbox

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add columns that may be null, partial indexes, and triggers that tell of changes."""
    run(__file__)
    run_on_inbox(__file__)
