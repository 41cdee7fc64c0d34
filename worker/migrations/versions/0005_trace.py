"""The bot's trace goes on at the subscriber's, also when the event is published by another worker."""

from worker.migrations.script import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add a column that may be null."""
    run(__file__)
