"""What both sides of a queue import: the events, and how they travel."""

from schemas.contact import normalise_contact_id
from schemas.envelope import CONTENT_TYPE
from schemas.errors import EventError, InvalidEvent, InvalidJson, UnknownType
from schemas.handover import HANDOVER_TYPE, Handover, HandoverData, decode_handover, encode_handover
from schemas.session import SessionEvent, decode_session_event, encode_session_event

__all__ = [
    "CONTENT_TYPE",
    "HANDOVER_TYPE",
    "EventError",
    "Handover",
    "HandoverData",
    "InvalidEvent",
    "InvalidJson",
    "SessionEvent",
    "UnknownType",
    "decode_handover",
    "decode_session_event",
    "encode_handover",
    "encode_session_event",
    "normalise_contact_id",
]
