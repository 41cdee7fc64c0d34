"""The page's pure modules, run by the browser that runs them."""

import pytest
from playwright.async_api import Page
from screens import OpenScreen

ROWS = """
const row = (id, version, status, more = {}) =>
  ({ id, version, status, tenant: 'acme', order: '', createdAt: 0, teamId: null, name: null, ...more });
"""


@pytest.fixture
async def page(address: str, open_screen: OpenScreen) -> Page:
    screen = await open_screen(address)
    return screen.page


async def run(page: Page, module: str, body: str) -> object:
    """What `body` returns; the module's exports are `it`."""
    return await page.evaluate(
        f"async () => {{ const it = await import('/page/{module}.js'); {ROWS} {body} }}"
    )


async def test_news_of_a_version_we_have_or_an_older_one_is_dropped(page: Page) -> None:
    heard = await run(
        page,
        "state",
        """
        const known = new it.Sessions();
        const heard = [2, 2, 1, 3].map((version) => known.hear(row('a', version, 'assigned')));
        return [heard, known.list('assigned').map((each) => each.version)];
        """,
    )
    assert heard == [[True, False, False, True], [3]]


async def test_of_a_version_we_have_only_what_was_changed_since_is_news(page: Page) -> None:
    heard = await run(
        page,
        "state",
        """
        const known = new it.Sessions();
        return [1, 1, 2].map((updatedAt) => known.hear(row('a', 1, 'assigned', { updatedAt })));
        """,
    )
    assert heard == [True, False, True]


async def test_late_news_does_not_bring_back_a_session_that_was_deleted(page: Page) -> None:
    left = await run(
        page,
        "state",
        """
        const known = new it.Sessions();
        known.hear(row('a', 3, 'deleted'));
        return [known.hear(row('a', 2, 'assigned')), known.list('assigned').length];
        """,
    )
    assert left == [False, 0]


async def test_an_answer_takes_away_what_left_the_tab_but_not_what_came_after_the_question(
    page: Page,
) -> None:
    left = await run(
        page,
        "state",
        """
        const known = new it.Sessions();
        known.hear(row('gone', 1, 'assigned'));
        const asked = known.asking();
        known.hear(row('new', 1, 'assigned'));
        known.fetched('assigned', [row('there', 1, 'assigned')], { asked, whole: true });
        return known.list('assigned').map((each) => each.id).sort();
        """,
    )
    assert left == ["new", "there"]


async def test_an_answer_does_not_undo_newer_news(page: Page) -> None:
    status = await run(
        page,
        "state",
        """
        const known = new it.Sessions();
        const asked = known.asking();
        known.hear(row('a', 2, 'resolved'));
        known.fetched('assigned', [row('a', 1, 'assigned')], { asked, whole: true });
        return known.rows.get('a').status;
        """,
    )
    assert status == "resolved"


async def test_of_what_is_closed_only_the_latest_is_kept_and_of_what_is_open_all(page: Page) -> None:
    kept = await run(
        page,
        "state",
        """
        const known = new it.Sessions();
        known.hear(row('open', 1, 'assigned'));
        for (let at = 0; at <= 20000; at += 1) known.hear(row('closed ' + at, 1, 'resolved'));
        return [known.versions.size, ...['open', 'closed 0', 'closed 20000'].map((id) => known.rows.has(id))];
        """,
    )
    assert kept == [10_001, True, False, True]


async def test_counts_are_those_of_a_tenant_or_of_all_and_end_at_ten_thousand(page: Page) -> None:
    counted = await run(
        page,
        "counting",
        """
        const tenants = { acme: { unassigned: 1, assigned: 2, resolved: 10001 }, globex: { unassigned: 3 } };
        return [it.summed(tenants, null), it.summed(tenants, 'globex'), it.told(10001), it.told(undefined)];
        """,
    )
    assert counted == [
        {"unassigned": 4, "assigned": 2, "resolved": 10_001},
        {"unassigned": 3, "assigned": 0, "resolved": 0},
        "10,000+",
        "",
    ]


async def test_what_lies_behind_the_last_row_that_was_read_is_not_shown(page: Page) -> None:
    shown = await run(
        page,
        "state",
        """
        const known = new it.Sessions();
        const read = [row('c', 1, 'resolved', { createdAt: 30 }), row('b', 1, 'resolved', { createdAt: 20 })];
        known.fetched('resolved', read, { asked: 0, whole: false });
        known.hear(row('old', 2, 'resolved', { createdAt: 10 }));
        known.hear(row('new', 1, 'resolved', { createdAt: 40 }));
        return known.list('resolved').map((each) => each.id);
        """,
    )
    assert shown == ["new", "c", "b"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (42.9, "42 s"), (192, "3 min 12 s"), (7500, "2 h 05 min"), (273600, "3 d 4 h")],
)
async def test_durations_are_told_in_two_units_at_most(page: Page, seconds: float, words: str) -> None:
    assert await run(page, "times", f"return it.duration({seconds});") == words


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", {}),
        ("  Wanjiku ", {"find": "Wanjiku"}),
        ("+254 745", {"contact": "+254 745"}),
        ("anna@x.example", {"contact": "anna@x.example"}),
        ("cust-abcdef", {"find": "cust-abcdef"}),
        ("visitor-81f3", {"contact": "visitor-81f3"}),
    ],
)
async def test_what_is_typed_is_a_contact_when_ids_look_like_that(
    page: Page, typed: str, asked: dict[str, str]
) -> None:
    assert await run(page, "filter", f"return it.asked({typed!r});") == asked


async def test_tries_to_connect_come_further_apart_and_never_at_once(page: Page) -> None:
    pauses = await run(page, "live", "return [1, 2, 3, 9].map((failures) => it.pause(failures, 0));")
    assert pauses == [0.25, 0.5, 1, 4]


async def test_a_page_that_was_too_slow_begins_anew_with_a_snapshot(page: Page) -> None:
    """What it was not told may be the end of a replay, or a count, which no list tells."""
    opened = await run(
        page,
        "live",
        """
        const opened = [];
        window.EventSource = class { constructor(url) { opened.push(url); } addEventListener() {} close() {} };
        const live = new it.Live('/stream', () => {}, () => {});
        live.open();
        for (const why of ['many', 'slow']) {
          live.heard('resync', { data: JSON.stringify({ why }) });
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return opened;
        """,
    )
    assert opened == ["/stream", "/stream"]


async def test_a_sparkline_breaks_where_nothing_was_measured(page: Page) -> None:
    path = await run(page, "spark", "return it.path([0, 2, null, 2], 2);")
    assert path == "M0 69L106.7 3M320 3"


async def test_parts_of_a_fairness_bar_fill_it_but_for_the_gaps(page: Page) -> None:
    parts = await run(page, "fairness", "return it.laidOut([{ turns: 1 }, { turns: 1 }], 2);")
    assert parts == [{"x": 0, "width": 149}, {"x": 151, "width": 149}]


async def test_a_body_that_is_no_json_object_is_named_before_it_is_sent(page: Page) -> None:
    said = await run(page, "editor", "return ['{', '[]', '{}'].map((text) => it.unreadable(text));")
    assert isinstance(said, list)
    assert said[0].startswith("It is no JSON: ")
    assert said[1:] == ["It has to be a JSON object.", None]


async def test_the_news_of_a_replay_add_up(page: Page) -> None:
    run_now = await run(
        page,
        "replays",
        """
        const first = it.progress(undefined, { replay: 'r', total: 2, settled: 1, outcomes: { replayed: 1 } });
        const news = { replay: 'r', settled: 2, outcomes: { replayed: 1, failed: 1 }, state: 'done' };
        const last = it.progress(first, news);
        return [last.total, last.settled, last.state, it.summary(last)];
        """,
    )
    assert run_now == [2, 2, "done", "1 handled, 1 failed again"]
