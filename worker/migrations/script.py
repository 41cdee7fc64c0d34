"""A revision's SQL, in the file beside it."""

from pathlib import Path

from alembic import op


def run(revision_file: str) -> None:
    """Run the whole `.sql` file beside a revision, in the revision's transaction."""
    _run(Path(revision_file).with_suffix(".sql"))


def run_on_inbox(revision_file: str) -> None:
    """Run `<revision>_inbox.sql` beside a revision, unless `handover db adopt` has done all that to a table in use."""
    config = op.get_context().config
    if config is None or not config.attributes["adopted"]:
        path = Path(revision_file)
        _run(path.with_name(f"{path.name.partition('_')[0]}_inbox.sql"))


def _run(path: Path) -> None:
    script = path.read_text(encoding="utf-8")
    driver = op.get_bind().connection.dbapi_connection
    if driver is None:
        msg = "migrations need a live connection; there is no offline mode"
        raise RuntimeError(msg)
    # asyncpg's own execute takes many statements at once, function bodies included; a cursor takes one.
    driver.run_async(lambda asyncpg_connection: asyncpg_connection.execute(script))
