"""`handover demo`."""

from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.failures import Refused
from worker.cli.options import WithConsole, Yes

if TYPE_CHECKING:
    from worker.config import Settings


def demo(
    *,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="End by itself so many seconds after the first handover.")
    ] = None,
    console: WithConsole = False,
    yes: Yes = False,
) -> None:
    """Run the whole system with its own PostgreSQL and RabbitMQ, and show handovers being assigned. Ctrl-C ends it.

    With DATABASE_URL or AMQP_URL set it uses what is there, if --yes allows it to write to it.
    """
    import signal

    from worker import config, logs
    from worker.servers.orphan import die_with_parent_if_asked

    die_with_parent_if_asked()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = config.load()
    _refuse_to_intrude(settings, yes=yes)
    logs.configure("warning", settings.log_format)
    try:
        _with_servers(settings, seconds, console=console)
    except KeyboardInterrupt:
        return


def _refuse_to_intrude(settings: "Settings", *, yes: bool) -> None:
    if (given := sorted(_given(settings))) and not yes:
        raise Refused(
            f"{' and '.join(given)} set: the demo would migrate that database, write agents, teams and sessions of"
            " tenants acme and globex into it, and publish to that broker; pass --yes, or unset it to have one started"
        )


def _given(settings: "Settings") -> set[str]:
    from worker.cli.variables import variable

    return {variable(name) for name in ("database_url", "amqp_url") if name in settings.model_fields_set}


def _with_servers(settings: "Settings", seconds: float | None, *, console: bool) -> None:
    import asyncio

    from worker.cli.demo_console import demo_console
    from worker.cli.output import say
    from worker.cli.stage import at, perform
    from worker.servers import servers

    given = _given(settings)
    say("finding or starting PostgreSQL and RabbitMQ ...")
    with servers(
        database_url=settings.dsn if "DATABASE_URL" in given else None,
        amqp_url=settings.amqp if "AMQP_URL" in given else None,
        say=say,
    ) as found:
        urls = {"DATABASE_URL": found.database_url, "AMQP_URL": found.amqp_url}
        say(_invitation(urls, given))
        beside = demo_console(settings, urls) if console else None
        if beside:
            say(beside.invitation)
        environ = beside.environ if beside else None
        asyncio.run(perform(at(settings, found.database_url, found.amqp_url), seconds, environ))


def _invitation(urls: dict[str, str], given: set[str]) -> str:
    """What to type in another terminal. Only addresses of servers of our own are shown: the others are secrets."""
    exports = [f"  export {name}='{url}'" for name, url in urls.items() if name not in given]
    exports += [f"  export {name}=...  # as it is here" for name in sorted(given)]
    return "\n".join(
        [
            "",
            "In another terminal:",
            *exports,
            "  handover publish --tenant acme --contact '+254 745 050 238' --name Wanjiku",
            "  handover watch --tenant acme",
            "  handover agents list",
            '  psql "$DATABASE_URL"',
            "",
        ]
    )
