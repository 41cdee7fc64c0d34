"""The shared inbox tables, the roster, and the worker's records."""

from alembic import op

from worker.migrations.script import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make an empty database ready; refuse, untouched, one whose `inbox_sessions` somebody else made."""
    if op.get_bind().exec_driver_sql("select to_regclass('inbox_sessions')").scalar_one() is not None:
        msg = "inbox_sessions already exists and this program did not make it; nothing was changed"
        raise RuntimeError(msg)
    run(__file__)
