"""`handover console`."""

from typing import Annotated

import typer


def console(
    *,
    host: Annotated[
        str | None, typer.Option("--host", metavar="HOST", help="Instead of HANDOVER_CONSOLE_HOST.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65_535, metavar="PORT", help="Instead of HANDOVER_CONSOLE_PORT."),
    ] = None,
) -> None:
    """Serve a page that shows the inbox, agents, dead letters and health as they change, until Ctrl-C.

    Whoever knows HANDOVER_CONSOLE_TOKEN may act in it; without one it only shows, and only on this machine.
    """
    import asyncio

    import uvloop

    from worker import config, logs
    from worker.cli.interrupts import on_interrupt
    from worker.console.serving import serve
    from worker.servers.orphan import die_with_parent_if_asked

    die_with_parent_if_asked()
    given = {"console_host": host, "console_port": port}
    settings = config.load().model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    logs.configure(settings.log_level, settings.log_format)

    async def until_interrupted() -> None:
        stop = asyncio.Event()
        on_interrupt(stop.set)
        await serve(settings, stop)

    uvloop.run(until_interrupted())
