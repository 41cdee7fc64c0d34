"""From what was seen to what is printed: paces, percentiles, rows, goals."""

import pytest

from bench.goals import goals
from bench.instructions import counted
from bench.percentiles import percentile
from bench.report import text
from bench.result import Result
from bench.samples import Sample, pace
from bench.summary import rows


def a_result(
    contestant: str, rate: float, *, case: str = "100 tenants, 1 process", wrong: str = ""
) -> Result:
    return Result(
        group="throughput",
        case=case,
        contestant=contestant,
        figures={"handovers/s": rate, "RSS MB": 70.0},
        wrong=[wrong] if wrong else [],
    )


def test_the_pace_leaves_out_the_warm_up_and_the_last_sample() -> None:
    samples = [
        Sample(0, 0, 1.0, 50),
        Sample(1, 1, 1.5, 60),
        Sample(2, 100, 2.0, 90),
        Sample(3, 300, 2.4, 80),
        Sample(4, 310, 3.0, 70),
    ]

    found = pace(samples)

    assert found is not None
    assert found.rate == 200
    assert found.cpu_us == pytest.approx(2000)
    assert (found.resident, found.resident_at_first, found.resident_at_last) == (90, 90, 80)


def test_a_run_that_was_over_between_two_samples_is_measured_over_both() -> None:
    found = pace([Sample(0, 0, 0, 1), Sample(1, 40, 0, 1), Sample(3, 100, 0, 1)])

    assert found is not None
    assert found.rate == 30


@pytest.mark.parametrize("samples", [[], [Sample(0, 0, 0, 1), Sample(1, 0, 0, 1)], [Sample(0, 10, 0, 1)]])
def test_nothing_handled_has_no_pace(samples: list[Sample]) -> None:
    assert pace(samples) is None


def test_a_percentile_is_a_value_that_occurred() -> None:
    values = [float(number) for number in range(1, 101)]

    assert [percentile(values, share) for share in (0, 0.5, 0.99, 1)] == [1, 50, 99, 100]
    assert percentile([7.0], 0.99) == 7


def test_a_row_has_the_median_the_spread_and_how_ours_compares() -> None:
    found = rows([a_result("ours", rate) for rate in (80, 90, 70)] + [a_result("the pipe", 100)])

    ours, pipe = (row.figures["handovers/s"] for row in found)
    assert (ours.median, ours.least, ours.most) == (80, 70, 90)
    assert pipe.median == 100
    assert [row.ours_is["handovers/s"].median for row in found] == [1, 0.8]


def test_what_is_compared_ran_in_the_same_round() -> None:
    """The machine was twice as fast in the second round, and as slow again in the third for one of the two."""
    results = [a_result("ours", rate) for rate in (300, 600, 600)]
    results += [a_result("one transaction a message", rate) for rate in (100, 200, 100)]

    [_, other] = rows(results)
    ratio = other.ours_is["handovers/s"]
    assert (ratio.median, ratio.least, ratio.most) == (3, 3, 6)
    [goal, *_] = goals(rows(results))
    assert (goal.found, goal.reached) == (ratio, False)
    assert "3.00 (3.00-6.00)" in text(results)


def test_a_round_that_brought_nothing_is_compared_with_nothing() -> None:
    lost = Result(group="throughput", case="100 tenants, 1 process", contestant="ours", wrong=["nothing"])
    found = rows(
        [a_result("ours", 100), lost, a_result("ours", 300), *(a_result("the pipe", n) for n in (50, 7, 50))]
    )

    assert found[1].ours_is["handovers/s"].rounds == {0: 2, 2: 6}


def test_a_contestant_the_oracle_failed_is_shown_as_failed_ours_included() -> None:
    shown = text([a_result("ours", 10, wrong="2 handovers are lost"), a_result("the pipe", 20)])

    assert "FAILED: 100 tenants, 1 process: ours: 2 handovers are lost" in shown
    assert [line.split()[-1] for line in shown.splitlines()[2:4]] == ["FAILED", "ok"]


def test_goals_are_reached_missed_or_not_measured() -> None:
    found = {
        goal.what: goal.reached
        for goal in goals(
            rows(
                [
                    a_result("ours", 900),
                    a_result("one transaction a message", 100),
                    a_result("one SQL function a message", 300),
                    a_result("ours", 850, case="one hot tenant, 1 process"),
                ]
            )
        )
    }

    assert found["backlog, over one transaction a message"] is True
    assert found["backlog, over one SQL function a message"] is False
    assert found["backlog, over the pipe"] is None
    assert found["a hot tenant, over a hundred tenants"] is True
    assert found["MB resident, one process"] is True


def test_a_count_of_instructions_is_read_or_known_to_be_none() -> None:
    assert counted("\n     1,234,567      instructions:u      #  1.2 insn per cycle\n") == 1_234_567
    assert counted("\n   <not supported>      instructions:u\n") is None
