import pytest
from builders import a_handover
from hypothesis import given
from hypothesis import strategies as st

from worker.core.redelivery import conflicts, first_of_each
from worker.core.settlement import Fate, Unsettled, fate_of


@given(st.data())
def test_a_multiple_ack_never_covers_a_tag_that_is_not_settled(data: st.DataObject) -> None:
    unsettled, open_tags = Unsettled(), set[int]()
    for tag in range(1, data.draw(st.integers(1, 30)) + 1):
        unsettled.delivered(tag)
        open_tags.add(tag)
    acked = set[int]()
    while open_tags:
        batch = data.draw(st.lists(st.sampled_from(sorted(open_tags)), min_size=1, unique=True))
        open_tags -= set(batch)

        acks = unsettled.settle(batch)

        covered = set(range(1, (acks.up_to or 0) + 1))
        assert not covered & open_tags
        acked |= covered | set(acks.single)
        assert set(batch) <= acked
    assert len(unsettled) == 0


def test_a_batch_that_is_all_there_is_takes_one_ack() -> None:
    unsettled = Unsettled()
    for tag in (1, 2, 3):
        unsettled.delivered(tag)

    acks = unsettled.settle([1, 2, 3])

    assert (acks.up_to, acks.single) == (3, ())


@pytest.mark.parametrize(
    ("sqlstate", "fate"),
    [
        ("40001", Fate.RETRY),
        ("40P01", Fate.RETRY),
        ("55P03", Fate.BLOCKED),
        ("57014", Fate.BLOCKED),
        ("57P01", Fate.DOWN),
        ("08006", Fate.DOWN),
        ("25006", Fate.DOWN),
        ("53300", Fate.DOWN),
        ("42501", Fate.DOWN),
        ("42P01", Fate.DOWN),
        ("28P01", Fate.DOWN),
        ("22P05", Fate.POISON),
        ("23514", Fate.POISON),
        ("P0001", Fate.POISON),
        ("XX000", Fate.UNEXPECTED),
    ],
)
def test_an_error_is_named_for_its_fate(sqlstate: str, fate: Fate) -> None:
    assert fate == fate_of(sqlstate)


def test_the_first_event_with_an_id_counts_and_another_contact_is_a_conflict() -> None:
    first, same, other = (a_handover(contact, event_id="e") for contact in ("1", "1", "2"))
    elsewhere = a_handover("3", event_id="e", tenant_id="globex")

    assert [first, elsewhere] == list(first_of_each([first, same, other, elsewhere]).values())
    found = conflicts([first, same, other, elsewhere], {("acme", "e"), ("globex", "e")}, {})
    assert [other] == [conflict.handover for conflict in found]


def test_an_id_handled_long_ago_for_another_contact_is_a_conflict() -> None:
    [conflict] = conflicts([a_handover("2", event_id="e")], set(), {("acme", "e"): "1"})

    assert "'e' was already handled for contact '1', now it names '2'" in conflict.error
