"""A histogram that takes a batch at a time counts as the library's does."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram

from worker.metrics import REGISTRY, Durations

BOUNDS = (0.5, 1.0, 2.5)
SECONDS = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, 2.0, 2.5, 3.0, 100.0]))


@given(st.lists(SECONDS))
def test_it_counts_as_the_library_s_own(batches: list[list[float]]) -> None:
    ours = Durations("a_test_seconds", "A test.", BOUNDS)
    REGISTRY.unregister(ours)
    registry = CollectorRegistry()
    theirs = Histogram("a_test_seconds", "A test.", buckets=BOUNDS, registry=registry)
    for batch in batches:
        for seconds in batch:
            theirs.observe(seconds)
        ours.add(list(batch))

    [family], [expected] = ours.collect(), registry.collect()
    assert [(each.name, each.labels, each.value) for each in family.samples] == [
        (each.name, each.labels, each.value) for each in expected.samples
    ]
