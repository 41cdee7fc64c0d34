"""`handover publish`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.failures import Refused

if TYPE_CHECKING:
    from worker.cli.request import Request

Json = Annotated[bool, typer.Option("--json", help='Print {"id", "status"} instead of the bare id.')]


def publish(
    *,
    tenant: Annotated[str | None, typer.Option(help="Whose customer it is.")] = None,
    contact: Annotated[str | None, typer.Option(help="Who the customer is on the channel.")] = None,
    name: Annotated[str | None, typer.Option(help="What to call the customer.")] = None,
    channel: Annotated[
        str | None, typer.Option(help="Where the conversation runs; whatsapp if not given.")
    ] = None,
    team: Annotated[str | None, typer.Option(help="The team to ask, by id.")] = None,
    skill: Annotated[
        list[str] | None, typer.Option(help="What the agent must know; may be repeated.")
    ] = None,
    priority: Annotated[int | None, typer.Option(help="Of those who wait, the highest goes first.")] = None,
    context: Annotated[
        str | None, typer.Option(metavar="JSON", help="An object the agent should see.")
    ] = None,
    event_id: Annotated[str | None, typer.Option("--id", help="Identity: the same again is a retry.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="JSON Lines, `-` for stdin: each a CloudEvent, or its data, with an `id` if you have one.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Publish handovers as a bot does, and print the event id of each that the broker has confirmed.

    A line that cannot be used is reported and passed over. Publishing the same ids again changes nothing.
    """
    import asyncio

    from worker.cli import publishing
    from worker.cli.settings import load

    wire = {
        "tenantId": tenant,
        "contactId": contact,
        "contactName": name,
        "channel": channel,
        "teamId": team,
        "skills": skill or None,
        "priority": priority,
        "context": context,
        "id": event_id,
    }
    given = {field: value for field, value in wire.items() if value is not None}
    if file is None:
        request = _request(given)
        asyncio.run(publishing.publish_one(load(), request, as_json=as_json))
    elif given:
        raise Refused("with --file the lines say it all; give no other fields")
    else:
        asyncio.run(publishing.publish_file(load(), file, as_json=as_json))


def _request(wire: dict[str, Any]) -> "Request":
    from pydantic_core import from_json

    from schemas import EventError
    from worker.cli.request import plain_request

    for field, flag in (("tenantId", "--tenant"), ("contactId", "--contact")):
        if field not in wire:
            raise Refused(f"{flag} is missing; give --tenant and --contact, or --file")
    try:
        if "context" in wire:
            wire["context"] = from_json(wire["context"])
        return plain_request(wire)
    except EventError as error:
        raise Refused(str(error)) from error
    except ValueError as error:
        raise Refused(f"--context is not JSON: {error}") from error
