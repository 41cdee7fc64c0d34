"""A session is too old to be given out when it was last changed too long ago, not when it was opened."""

from worker.migrations.script import run_on_inbox

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the indexes of those who wait anew."""
    run_on_inbox(__file__)
