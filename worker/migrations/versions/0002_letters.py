"""What operators do about dead letters, and the audit of it."""

from worker.migrations.script import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Give letters a state, and every action on them a row."""
    run(__file__)
