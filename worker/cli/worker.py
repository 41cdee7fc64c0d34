"""`handover worker`."""

from collections.abc import Coroutine
from typing import Any

from worker.cli.options import WithConsole


def worker(*, console: WithConsole = False) -> None:
    """Run the worker until SIGTERM or Ctrl-C."""
    import gc

    import uvloop

    from worker import app, config, logs

    # Measured: 13 % of the worker's time a handover. What is imported stays, and a batch makes tens of thousands of
    # objects that need no collector: it is to look less often, and only at what is new.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    settings = config.load()
    logs.configure(settings.log_level, settings.log_format)
    run = app.run(settings)
    uvloop.run(_beside(run) if console else run)


async def _beside(run: Coroutine[Any, Any, None]) -> None:
    import os

    from worker.cli.companion import console_beside

    async with console_beside(os.environ):
        await run
