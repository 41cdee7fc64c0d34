"""`handover migrate`."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from worker.config import Settings


def migrate(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 if there is work.")
    ] = False,
) -> None:
    """Bring the database to the revision this program needs. Safe to run twice, also at once."""
    import asyncio

    from worker.config import load

    asyncio.run(_check(load()) if check else _migrate(load()))


async def _check(settings: "Settings") -> None:
    from worker.cli.output import say
    from worker.cli.postgres import to_database
    from worker.migrations import HEAD

    async with to_database(settings):
        say(f"the database is at revision {HEAD}, which is the newest")


async def _migrate(settings: "Settings") -> None:
    from worker import migrations
    from worker.cli.output import say
    from worker.cli.postgres import reaching_database

    with reaching_database(settings):
        before, after = await migrations.migrate(settings.dsn)
    say(
        f"the database was at revision {after} already"
        if before == after
        else f"migrated: {before or 'nothing'} -> {after}"
    )
