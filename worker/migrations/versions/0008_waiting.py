"""Sessions wait since they last changed, and who is back on the roster has not been removed."""

from worker.migrations.script import run, run_on_inbox

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the indexes of those who wait anew, and the trigger that tells of agents."""
    run(__file__)
    run_on_inbox(__file__)
