"""The shared inbox tables, the roster, and the worker's records."""

from worker.migrations.script import run, run_on_inbox

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the inbox, unless there was one and it was adopted, and schema handover."""
    run_on_inbox(__file__)
    run(__file__)
