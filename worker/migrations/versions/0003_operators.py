"""What operators do to sessions is audited, and what a handover asked for is kept to explain it."""

from worker.migrations.script import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns that may be null: no table is rewritten."""
    run(__file__)
