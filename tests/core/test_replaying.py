"""What a replay makes of a letter, in which order letters go, and what an edited copy is called."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import MAX_EVENT_ID_BYTES
from worker.core.replaying import MAX_EVENT_ID, Contact, Findings, edited_id, judge, next_to_send

WHEN = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
GOOD = Findings(contact_id="254", event_id="e")
HANDLED = replace(GOOD, handled_for="254", handled_at=WHEN)
SUPERSEDED = replace(GOOD, newer_event_id="f", newer_at=WHEN)
CONFLICT = replace(GOOD, handled_for="255", handled_at=WHEN)
BROKEN = Findings(problem="contactId is missing; it is required")
NAMELESS = Findings(problem="the event has no id", unsendable="give it one")


@pytest.mark.parametrize(
    ("findings", "verdict", "sent", "forced"),
    [
        (GOOD, "replay", True, True),
        (HANDLED, "handled", False, True),
        (SUPERSEDED, "superseded", False, True),
        (CONFLICT, "broken", False, True),
        (BROKEN, "broken", False, True),
        (NAMELESS, "broken", False, False),
        (replace(HANDLED, newer_event_id="f"), "handled", False, True),
    ],
)
def test_what_was_handled_or_overtaken_or_is_refused_is_not_sent_unless_forced(
    findings: Findings, verdict: str, *, sent: bool, forced: bool
) -> None:
    judgement = judge(findings, force=False)

    assert (judgement.verdict, judgement.sends) == (verdict, sent)
    assert judge(findings, force=True).sends == forced
    assert (judgement.detail is None) == sent


def test_the_detail_says_which_event_and_when() -> None:
    assert judge(HANDLED, force=False).detail == "event 'e' was handled at 2026-01-05 09:30:00 UTC"
    assert (
        judge(SUPERSEDED, force=False).detail
        == "event 'f' of the same contact was handled at 2026-01-05 09:30:00 UTC"
    )


@dataclass(frozen=True)
class Waiting:
    number: int
    contact: Contact | None


contacts = st.one_of(st.none(), st.tuples(st.just("acme"), st.sampled_from("abcd")))
letters = st.lists(contacts).map(lambda whose: [Waiting(n, contact) for n, contact in enumerate(whose)])


@given(letters, st.sets(contacts), st.integers(0, 10))
def test_of_a_contact_only_the_oldest_goes_and_none_while_one_is_under_way(
    waiting: list[Waiting], busy: set[Contact | None], room: int
) -> None:
    chosen = next_to_send(waiting, busy, room)

    assert len(chosen) <= room
    assert chosen == sorted(chosen, key=lambda letter: letter.number)
    for letter in chosen:
        if letter.contact is not None:
            assert letter.contact not in busy
            assert letter.number == min(other.number for other in waiting if other.contact == letter.contact)


@given(letters)
def test_every_letter_goes_sooner_or_later(waiting: list[Waiting]) -> None:
    gone: list[Waiting] = []
    left = list(waiting)
    while left:
        chosen = next_to_send(left, (), 3)
        assert chosen
        gone += chosen
        left = [letter for letter in left if letter not in chosen]

    assert sorted(gone, key=lambda letter: letter.number) == waiting


@given(st.text(max_size=300), st.integers(1, 10_000))
def test_a_copys_id_fits_and_says_whose_copy_it_is(original: str, number: int) -> None:
    new = edited_id(original, UUID(int=7), number)

    assert len(new) <= MAX_EVENT_ID
    assert len(new.encode()) <= MAX_EVENT_ID_BYTES
    stem, edit, numbered = new.rpartition(".edit-")
    assert (edit, numbered) == (".edit-", str(number))
    assert (original or f"letter-{UUID(int=7)}").startswith(stem)


def test_a_copy_of_what_had_no_id_names_the_letter() -> None:
    assert edited_id(None, UUID(int=7), 2) == "letter-00000000-0000-0000-0000-000000000007.edit-2"
    assert edited_id("e-1", UUID(int=7), 1) == "e-1.edit-1"
