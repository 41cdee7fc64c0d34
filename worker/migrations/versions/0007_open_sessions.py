"""How many sessions an agent has open is looked up, whatever the statistics say."""

from worker.migrations.script import run

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the function that does."""
    run(__file__)
