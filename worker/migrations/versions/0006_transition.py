"""What is decided goes to PostgreSQL as rows, not as columns."""

from worker.migrations.script import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the type of such a row."""
    run(__file__)
