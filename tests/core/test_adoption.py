"""From what was seen of an inbox to what is to be done, and which of several open sessions stays."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.adoption import Column, Doubled, Doubles, How, Index, Open, Seen, Spelt, plan, settle
from worker.core.adoption.needs import ADDABLE, INDEXES, LABELS, ONE_ACTIVE, TRIGGERS, TYPES

KEY = Index("PK_1", ("id",), unique=True, condition=None, valid=True, being_built=False)
NONE = Doubles(0, 0, ())
SOME = Doubles(1, 2, (Doubled("acme", "1", 2),))


def column(name: str, base: str, *, nullable: bool = True, labels: tuple[str, ...] | None = None) -> Column:
    return Column(name, base, base, labels, None, nullable, given=False)


def of_wanted(wanted: object) -> Index:
    assert wanted is ONE_ACTIVE or wanted in INDEXES
    each = next(index for index in (*INDEXES, ONE_ACTIVE) if index is wanted)
    return Index(each.name, each.columns, each.unique, condition="true", valid=True, being_built=False)


COLUMNS = {name: column(name, min(bases)) for name, bases in TYPES.items()}
READY = Seen(
    kind="r",
    columns={**COLUMNS, "status": column("status", "any", labels=LABELS)},
    indexes=[KEY, *map(of_wanted, INDEXES), of_wanted(ONE_ACTIVE)],
    triggers=list(TRIGGERS),
    has_schema=True,
    has_function=True,
    guarded=True,
    doubles=NONE,
    blanks={},
    others={},
    refused={},
    spelt=Spelt(0, None),
    outgoing=(),
    incoming=(),
    loose=(),
    strangers=0,
    typeorm=False,
)
BARE = replace(
    READY,
    columns={name: COLUMNS[name] for name in ("id", "tenantId", "contactId")}
    | {"status": READY.columns["status"]},
    indexes=[KEY],
    triggers=[],
    has_schema=False,
    has_function=False,
    guarded=False,
)


def names(seen: Seen, *, merge: bool = False) -> list[str]:
    return [step.name for step in plan(seen, merge=merge).steps]


def test_nothing_is_left_to_do_where_everything_is_there() -> None:
    assert plan(READY, merge=False).is_done


def test_the_index_that_keeps_contacts_unique_comes_last_and_merging_just_before() -> None:
    steps = names(replace(BARE, doubles=SOME), merge=True)
    assert steps == [
        "make schema handover",
        f"add columns {', '.join(ADDABLE)}",
        *(f"build index {each.name}" for each in INDEXES),
        "make the triggers that tell of free agents",
        "merge duplicates",
        "build index inbox_sessions_one_active",
    ]


def test_nothing_is_merged_unasked() -> None:
    asked, unasked = (plan(replace(BARE, doubles=SOME), merge=merge) for merge in (True, False))
    assert ([*asked.problems], [each.check for each in unasked.problems]) == ([], ["doubles"])
    assert How.MERGING not in {step.how for step in unasked.steps}


def test_an_invalid_index_of_ours_is_dropped_and_built_again_one_of_others_is_only_named() -> None:
    ours, theirs = (
        replace(of_wanted(INDEXES[0]), name=name, valid=False) for name in (INDEXES[0].name, "IDX_1")
    )
    seen = replace(READY, indexes=[*READY.indexes[:1], *READY.indexes[2:], ours, theirs])
    assert names(seen) == [f"drop invalid index {ours.name}", f"build index {ours.name}"]
    assert [note.mend for note in plan(seen, merge=False).notes if note.check == "indexes"] == [
        'psql "$DATABASE_URL" -c \'reindex index concurrently "IDX_1"\''
    ]


def test_an_index_that_somebody_builds_is_waited_for() -> None:
    building = replace(of_wanted(INDEXES[0]), valid=False, being_built=True)
    [problem] = plan(replace(READY, indexes=[KEY, building]), merge=False).problems
    assert "is being built by somebody" in problem.says


def test_a_command_that_alters_the_table_gives_up_soon_while_somebody_is_in_it() -> None:
    columns = {**READY.columns, "brand": column("brand", "text", nullable=False)}
    columns["createdAt"] = column("createdAt", "timestamp")
    problems = plan(replace(READY, columns=columns, indexes=[*READY.indexes[1:]]), merge=False).problems
    mends = [problem.mend or "" for problem in problems]
    assert ["alter table" in mend for mend in mends] == [True] * 3
    assert [mend for mend in mends if "set local lock_timeout to $$1500ms$$; alter table" not in mend] == []


@pytest.mark.parametrize("kind", ["p", "v", "f"])
def test_only_a_plain_table_will_do(kind: str) -> None:
    assert [each.check for each in plan(replace(READY, kind=kind), merge=False).problems] == ["table"]


def test_every_statement_but_those_of_a_merge_can_be_done_again() -> None:
    again = ("if not exists", "if exists", "or replace")
    for step in plan(BARE, merge=False).steps:
        assert [each for each in step.statements if not any(word in each for word in again)] == []


opened = st.builds(
    Open,
    id=st.uuids(),
    tenant_id=st.sampled_from("ab"),
    contact_id=st.sampled_from("123"),
    status=st.sampled_from(["assigned", "unassigned"]),
    created_at=st.none()
    | st.integers(0, 9).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n)),
)


@given(st.lists(opened, unique_by=lambda session: session.id))
def test_of_each_contact_exactly_one_session_stays(sessions: list[Open]) -> None:
    settlements = settle(sessions)
    resolved: set[UUID] = {other.id for each in settlements for other in each.resolved}
    left = [session for session in sessions if session.id not in resolved]

    assert len({(each.tenant_id, each.contact_id) for each in left}) == len(left)
    counts = Counter((each.tenant_id, each.contact_id) for each in sessions)
    assert len(settlements) == sum(count > 1 for count in counts.values())
    for each in settlements:
        assert each.kept.status == "assigned" or all(other.status != "assigned" for other in each.resolved)
        times = [other.created_at for other in each.resolved if other.status == each.kept.status]
        assert each.kept.created_at or not any(times)
        assert [time for time in times if time and each.kept.created_at and time > each.kept.created_at] == []
