"""What became of a session: the events `session.<what>.v1`, their identity, their route, their bytes."""

import re
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Annotated, Any, ClassVar, Literal, get_args
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema

from schemas.envelope import event_data, open_structured, seal
from schemas.errors import InvalidEvent, UnknownType, refusal, shown

What = Literal["assigned", "waiting", "released", "resolved", "deleted"]

SOURCE = "/handover-worker"
NAMESPACE = UUID("5f1d9c1e-6d0b-4f5e-9a53-0c8f5f7f2a41")
"""Of the UUIDv5 event ids; the name in it is `<session id>:<session version>`. It must never change."""

_HASHED_NAMESPACE = sha1(NAMESPACE.bytes, usedforsecurity=False)
_NOT_A_WORD = re.compile(r"[^A-Za-z0-9_-]")
_TYPES: dict[str, What] = {f"session.{what}.v1": what for what in get_args(What)}


@dataclass(slots=True, kw_only=True)
class SessionEvent:
    """One transition of a session; all times are aware, in UTC.

    `event_id` is the same for the same session and version, so a crash cannot mint a second one.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    event_id: Annotated[SkipJsonSchema[UUID], Field(exclude=True)] = field(init=False)
    what: Annotated[SkipJsonSchema[What], Field(exclude=True)]
    time: Annotated[SkipJsonSchema[AwareDatetime], Field(exclude=True)]
    session_id: Annotated[UUID, Field(description="The session; also the event's `subject`.")]
    session_version: Annotated[
        int,
        Field(
            description="Rises by one with every event of a session; drop what is not above the last seen."
        ),
    ]
    tenant_id: str
    contact_id: Annotated[str, Field(description="Normalised: a phone number is its digits.")]
    contact_name: str | None
    channel: str
    status: Annotated[str, Field(description="unassigned, assigned, resolved, or deleted: the row is gone.")]
    team_id: Annotated[
        UUID | None, Field(description="The team whose pool was asked; null is all of the tenant.")
    ]
    agent_id: UUID | None
    agent_name: str | None
    previous_agent_id: Annotated[UUID | None, Field(description="Who had it before; null when nobody did.")]
    reason: Annotated[str, Field(description="Why it came to this, or why it waits.")]
    created: Annotated[bool, Field(description="Whether this handover made the session.")]
    assigned_at: AwareDatetime | None
    waited_ms: Annotated[int | None, Field(description="How long the customer waited for the agent.")]
    priority: int
    context: dict[str, Any] | None
    handover_id: Annotated[
        str | None, Field(description="The id of the handover that led here; null when an operator did.")
    ] = None
    requested_team_id: Annotated[
        str | None, Field(description="The `teamId` asked for, when it could not be used.")
    ] = None
    team_fallback: Annotated[
        str | None, Field(description="Why it could not be used: unknown or inactive.")
    ] = None

    def __post_init__(self) -> None:
        self.event_id = _event_id(f"{self.session_id}:{self.session_version}")

    @property
    def type(self) -> str:
        return f"session.{self.what}.v1"

    @property
    def routing_key(self) -> str:
        """`session.<what>.<tenant>.<agent>`; `-` for no agent, `_` for a character outside [A-Za-z0-9_-].

        A session taken from an agent is that agent's news: it is on their screen.
        """
        left = self.previous_agent_id if self.what in ("released", "deleted") else None
        return f"session.{self.what}.{_NOT_A_WORD.sub('_', self.tenant_id)}.{self.agent_id or left or '-'}"


def _event_id(name: str) -> UUID:
    """`uuid5(NAMESPACE, name)`, in half its time."""
    digest = _HASHED_NAMESPACE.copy()
    digest.update(name.encode())
    return UUID(bytes=digest.digest()[:16], version=5)


_wire = TypeAdapter(SessionEvent)


def encode_session_event(event: SessionEvent) -> bytes:
    """Structured CloudEvents JSON, to publish with content type `application/cloudevents+json`."""
    envelope = seal(
        event_type=event.type,
        event_id=event.event_id,
        source=SOURCE,
        time=event.time,
        subject=event.session_id,
    )
    return b'%b,"data":%b}' % (envelope[:-1], _wire.dump_json(event, by_alias=True))


def decode_session_event(body: bytes) -> SessionEvent:
    """Read what `encode_session_event` wrote, or a later worker that says more. Raises only EventError."""
    envelope = open_structured(body)
    if envelope.type not in _TYPES:
        raise UnknownType(f"type {shown(envelope.type)} is unknown; known are {', '.join(_TYPES)}")
    wire = event_data(envelope) | {"what": _TYPES[envelope.type], "time": envelope.time}
    try:
        return _wire.validate_python(wire, by_alias=True, by_name=False)
    except ValidationError as error:
        raise InvalidEvent(refusal(error)) from error
