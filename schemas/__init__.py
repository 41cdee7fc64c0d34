"""What both sides of a queue import: the events, and how they travel."""

from schemas.agent import (
    Acceptance,
    AgentEvent,
    Heartbeat,
    StatusChanged,
    decode_agent_event,
    encode_agent_event,
)
from schemas.contact import normalise_contact_id
from schemas.envelope import CONTENT_TYPE
from schemas.errors import EventError, InvalidEvent, InvalidJson, UnknownType
from schemas.handover import HANDOVER_TYPE, Handover, HandoverData, decode_handover, encode_handover
from schemas.session import SessionEvent, decode_session_event, encode_session_event

__all__ = [
    "CONTENT_TYPE",
    "HANDOVER_TYPE",
    "Acceptance",
    "AgentEvent",
    "EventError",
    "Handover",
    "HandoverData",
    "Heartbeat",
    "InvalidEvent",
    "InvalidJson",
    "SessionEvent",
    "StatusChanged",
    "UnknownType",
    "decode_agent_event",
    "decode_handover",
    "decode_session_event",
    "encode_agent_event",
    "encode_handover",
    "encode_session_event",
    "normalise_contact_id",
]
