"""Contacts that are not spelt as the worker spells them."""

from collections.abc import Iterator

from schemas.contact import PHONE_CHANNELS
from worker.core.adoption.seen import Seen
from worker.core.diagnosis.finding import Finding, fail, psql, warn


def spelling(seen: Seen) -> Iterator[Finding]:
    """It warns, but fails while two spellings of one contact can still be made one, and merged."""
    spelt = seen.spelt
    if not spelt.sessions:
        return
    says = (
        "open sessions whose contact a handover would not find, for the worker takes a phone number for its digits:"
        f" {spelt.sessions}, such as {spelt.example!r}; your application has to spell them so, too"
    )
    beside = f"{says}; {spelt.twins} beside another of the same number, which is to be"
    if not spelt.twins:
        yield warn("contacts", says, psql(IN_DIGITS))
    elif seen.guarded:
        yield warn("contacts", f"{beside} resolved first", psql(IN_DIGITS))
    else:
        yield fail("contacts", f"{beside} merged with it", psql(IN_DIGITS))


_CHANNELS = ", ".join(f"$${channel}$$" for channel in sorted(PHONE_CHANNELS))
IN_DIGITS = (
    'update inbox_sessions s set "contactId" = regexp_replace("contactId", $$[^0-9]$$, $$$$, $$g$$)'  # noqa: S608 - ours
    f" where lower(trim(coalesce(to_jsonb(s) ->> $$channel$$, $$whatsapp$$))) in ({_CHANNELS})"
    ' and "contactId" ~ $$[^0-9]$$ and "contactId" ~ $$[0-9]$$'
)
"""Of the channels that count_spellings.sql counts: there may be no such column yet, or nothing in it."""
