"""How fast a replay goes, and when it stops by itself."""

from hypothesis import given
from hypothesis import strategies as st

from worker.core.pacing import WINDOW, Limits, Progress, Throttle

outcomes = st.lists(st.booleans(), min_size=1, max_size=60)


def play(limits: Limits, outcomes: list[bool]) -> tuple[Progress, str | None]:
    """A replay whose letters are handled or fail as told, each time all at once that may be under way."""
    done = Progress()
    left = list(outcomes)
    while not (stopped := limits.stopped_by(done)) and left:
        room = min(limits.room(done), len(left))
        assert room > 0
        batch, left = left[:room], left[room:]
        done = Progress(done.sent + room, done.replayed + sum(batch), done.failed + len(batch) - sum(batch))
    return done, stopped or limits.stopped_by(done)


@given(outcomes)
def test_without_limits_everything_goes(outcomes: list[bool]) -> None:
    done, stopped = play(Limits(), outcomes)

    assert (done.sent, done.replayed, stopped) == (len(outcomes), sum(outcomes), None)


@given(outcomes, st.integers(1, 70))
def test_there_are_never_more_failures_than_are_allowed(outcomes: list[bool], failures: int) -> None:
    done, stopped = play(Limits(failures=failures), outcomes)

    assert done.failed <= failures
    assert (stopped == "failures") == (done.failed == failures)


@given(outcomes, st.integers(1, 70))
def test_nothing_goes_before_the_canaries_are_handled(outcomes: list[bool], canary: int) -> None:
    done, stopped = play(Limits(canary=canary), outcomes)

    if all(outcomes[:canary]):
        assert (done.sent, stopped) == (len(outcomes), None)
    else:
        assert (done.sent, stopped) == (min(canary, len(outcomes)), "canary")


def test_a_window_of_letters_is_under_way_at_most() -> None:
    assert Limits().room(Progress(sent=WINDOW)) == 0
    assert Limits().room(Progress(sent=WINDOW, replayed=3)) == 3


@given(
    st.floats(0.1, 500),
    st.lists(st.floats(0.001, 5), min_size=1, max_size=50),
)
def test_the_rate_holds_over_any_time(rate: float, pauses: list[float]) -> None:
    throttle = Throttle(rate, at=0.0)
    now, sent = 0.0, 0
    for pause in pauses:
        now += pause
        allowed = throttle.allowed(now, 10_000)
        throttle.spend(allowed)
        sent += allowed
        assert sent <= now * rate + 1 + 1e-6


def test_a_pause_saves_nothing_up() -> None:
    throttle = Throttle(10, at=0.0)

    assert throttle.allowed(3600.0, 1000) == 2


def test_no_rate_is_no_limit() -> None:
    assert Throttle(None, at=0.0).allowed(0.0, 1000) == 1000
