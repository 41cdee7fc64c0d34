"""What `handover db` prints."""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from worker.adoption.adopting import BUILD_LOCK_TIMEOUT, Done, Report
from worker.adoption.merging import Merged
from worker.cli.output import emit, printable, say
from worker.core.adoption import How, Plan, Settlement, Step
from worker.core.adoption.mends import LOCK_TIMEOUT

WIDTH = 10


def show_plan(plan: Plan, *, as_json: bool) -> None:
    """Problems, what would be done, notes: a line each on stdout."""
    for state, check, says, mend in _lines(plan):
        if as_json:
            _emit_json({"check": check, "state": state, "says": says, "mend": mend})
            continue
        emit(f"{state:4}  {check:{WIDTH}}  {printable(says)}")
        if mend:
            emit(f"{'':{WIDTH + 8}}{printable(mend)}")


def _lines(plan: Plan) -> Iterator[tuple[str, str, str, str | None]]:
    for finding in (*plan.problems, *plan.notes):
        yield finding.state.value, finding.check, finding.says, finding.mend
    for step in plan.steps:
        yield "todo", "adopt", step.name, None
    if plan.is_done:
        yield "ok", "adopt", "inbox_sessions has all the worker needs: nothing to do", None
    elif plan.problems:
        yield "todo", "adopt", "solve what failed first", None
    else:
        yield "todo", "adopt", "nothing is in the way of it", "handover db adopt"


def show_sql(plan: Plan, settlements: Sequence[Settlement]) -> None:
    """The statements, for psql but for those of a merge, which take lists."""
    for number, step in enumerate(plan.steps):
        if number:
            emit("")
        emit(f"-- {step.name}")
        lines = "\n".join(f"{statement};" for statement in step.statements)
        match step.how:
            case How.MERGING:
                _show_merge(step, settlements)
            case How.BRIEFLY:
                emit(f"set lock_timeout = '{LOCK_TIMEOUT}';\nbegin;\n{lines}\ncommit;")
            case How.CONCURRENTLY:
                if step.undo:
                    emit(f"-- should it fail, what it leaves passes for the index: {step.undo}")
                emit(f"set lock_timeout = '{BUILD_LOCK_TIMEOUT}';\n{lines}")
            case _:
                assert_never(step.how)


def _show_merge(step: Step, settlements: Sequence[Settlement]) -> None:
    emit(
        "-- contacts at a time, in a transaction; $1 are the sessions resolved, $2 the one kept in place of each:"
    )
    for each in settlements:
        others = " ".join(str(other.id) for other in each.resolved)
        who = f"{each.kept.contact_id!r} of {each.kept.tenant_id!r}"
        emit(printable(f"-- {who}: keep {each.kept.id} ({each.kept.status}), resolve {others}"))
    for statement in step.statements:
        emit(f"-- {statement};")


def intentions(plan: Plan) -> None:
    """What is about to be done, on stderr."""
    for step in plan.steps:
        say(f"to do: {step.name}")


def report(*, as_json: bool) -> Report:
    """What is done, as it happens: on stdout merges and, in JSON, steps; on stderr all else."""

    def done(step: Done) -> None:
        if as_json:
            _emit_json({"kind": "step", "step": step.step, "seconds": step.seconds})
        else:
            say(f"done: {step.step} ({step.seconds:.1f} s)")

    def merged(contact: Merged) -> None:
        if as_json:
            from dataclasses import asdict

            _emit_json({"kind": "merged", **asdict(contact)})
        else:
            emit(printable(_sentence(contact)))

    return Report(done, merged, say)


def _sentence(merged: Merged) -> str:
    resolved = " ".join(map(str, merged.resolved))
    moved = _counted(merged.moved) or "nothing"
    stayed = f"; could not move {_counted(merged.stayed)}" if merged.stayed else ""
    return (
        f"merged {merged.contact_id!r} of {merged.tenant_id!r}: kept {merged.kept} ({merged.kept_status}),"
        f" resolved {resolved}, moved {moved}{stayed}"
    )


def _counted(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{count} of {table}" for table, count in rows.items())


def _emit_json(line: dict[str, object]) -> None:
    from pydantic_core import to_json

    emit(to_json(line).decode())
