"""The dashboard and the alert rules ask for nothing a worker does not tell."""

import re
import subprocess

import asyncpg
import pytest
from asking import ON, until_ready, until_sample
from builders import a_handover, given_agents
from manifests import DEPLOY, dashboard, rules
from processes import Bot, StartWorkers, Subscriber
from promtool import find_promtool

from worker.topology import Topology

PANELS = [panel for panel in dashboard()["panels"] if panel["type"] != "row"]
ASKED = {
    **{f"alert {rule['alert']}": rule["expr"] for rule in rules()},
    **{
        f"panel {panel['title']} {target['refId']}": target["expr"]
        for panel in PANELS
        for target in panel["targets"]
    },
}
NAME = re.compile(r"\b(?:handover|process)_[a-z_]+\b")
LABELS = re.compile(r"(?:by \(([^)]*)\))")
SCRAPED = {"instance", "job"}
"""Labels that Prometheus adds."""


async def test_every_metric_and_label_they_ask_for_is_there(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection)
    [worker] = await start_workers(**ON)
    await bot.hand_over(a_handover())
    await subscriber.until(1)
    await bot.publish(b"no json", message_id="1")
    await until_ready(worker, lambda status, _: status == 200)
    letters = f'handover_dead_lettered_total{{queue="{Topology().requests}",reason="invalid-json"}}'
    told = await until_sample(worker, letters, 1)
    there = {name.partition("{")[0] for name in told}
    labels = {label for name in told for label in re.findall(r"[{,](\w+)=", name)} | SCRAPED

    missing = {
        name: unknown for name, asked in ASKED.items() if (unknown := set(NAME.findall(asked)) - there)
    }
    assert missing == {}
    for name, asked in ASKED.items():
        wanted = {label.strip() for group in LABELS.findall(asked) for label in group.split(",")}
        assert wanted <= labels, name


def test_every_expression_asks_for_something() -> None:
    assert [name for name, asked in ASKED.items() if not NAME.findall(asked)] == []


def test_every_alert_says_how_bad_it_is_and_what_is_wrong() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["summary"]
        assert re.fullmatch(r"\d+[ms]", rule["for"])


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + right, place["y"] + down)
            for right in range(place["w"])
            for down in range(place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(dashboard()["panels"])


def test_the_dashboard_is_bound_to_no_one_s_data_source() -> None:
    sources = {panel["datasource"]["uid"] for panel in PANELS}
    assert sources == {"${datasource}"}


def test_promtool_takes_the_rules() -> None:
    promtool = find_promtool()
    if promtool is None:
        pytest.skip("there is no promtool: the tests above go as far as one can without")
    checked = subprocess.run(
        [promtool, "check", "rules", DEPLOY / "prometheus/alerts.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
