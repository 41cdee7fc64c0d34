"""Ids of new sessions: UUIDs of version 7, so that rows made together lie together in every index."""

import os
import time
from uuid import UUID

from asyncpg.pgproto import pgproto


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562, 5.7): milliseconds, then 74 random bits. Of the client's own type: sent unconverted."""
    milliseconds = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    rest = bytearray(os.urandom(10))
    rest[0] = rest[0] & 0x0F | 0x70  # the version
    rest[2] = rest[2] & 0x3F | 0x80  # the variant
    return pgproto.UUID(milliseconds + rest)
