"""Pictures of the console for README.md, taken of the demonstration: `python tests/console/pictures.py FOLDER`."""

import asyncio
import json
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Literal

import aio_pika
from playwright.async_api import Browser, Page, async_playwright

HANDOVER = Path(sys.executable).with_name("handover")
SIZES = ((1440, 900), (390, 844))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PLAYED_SECONDS = 240
"""Until there are some minutes to show."""
SEEN_SECONDS = 15
"""Until what bots did wrong is dead letters."""
START_SECONDS = 120


async def take(folder: Path) -> None:
    """All pictures, into the folder."""
    demo = await asyncio.create_subprocess_exec(
        HANDOVER, "demo", "--console", env=_environment(), stdout=asyncio.subprocess.DEVNULL, stderr=PIPE
    )
    try:
        address, amqp_url = await _invitation(demo)
        await asyncio.sleep(PLAYED_SECONDS)
        await _spoil(amqp_url)
        await asyncio.sleep(SEEN_SECONDS)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox"]
            )
            for width, height in SIZES:
                for scheme in SCHEMES:
                    await _views(browser, address, folder, (width, height), scheme)
            await browser.close()
    finally:
        demo.terminate()
        await demo.wait()


async def _views(
    browser: Browser, address: str, folder: Path, size: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    width, height = size
    page = await browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)

    async def shoot(name: str) -> None:
        await page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")

    await page.goto(f"{address}#inbox?tab=assigned")
    await page.locator(".row").nth(3).wait_for()
    await shoot("inbox")
    await _open(page, "#inbox?tab=assigned", "Handovers and decisions")
    await shoot("story")
    await page.goto(f"{address}#agents")
    await page.locator(".fair").first.wait_for()
    await shoot("agents")
    await page.goto(f"{address}#letters")
    await page.locator(".letter").first.wait_for()
    await shoot("letters")
    await _open(page, "#letters", "A replay now")
    await shoot("letter")
    await page.goto(f"{address}#health")
    await page.locator(".spark").first.wait_for()
    await shoot("health")
    await page.close()


async def _open(page: Page, where: str, heading: str) -> None:
    """The second row of a list, whole."""
    await page.goto(page.url.partition("#")[0] + where)
    await page.locator(".row .open").nth(1).click()
    await page.get_by_role("heading", name=heading).wait_for()


async def _invitation(demo: Process) -> tuple[str, str]:
    """What the demonstration says of where its console is, and its RabbitMQ."""
    assert demo.stderr
    said = ""
    async with asyncio.timeout(START_SECONDS):
        while not (found := re.search(r"http://\S+", said)):
            said += (await demo.stderr.readline()).decode()
    amqp = re.search(r"AMQP_URL='(\S+)'", said)
    assert amqp
    return found[0], amqp[1]


async def _spoil(amqp_url: str) -> None:
    """What bots do wrong: a contact forgotten, a body cut off, an id used twice."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange("handover")
        bodies = [
            *(
                (f"refunds-{number}", {"tenantId": "acme", "contactId": "", "contactName": name})
                for number, name in enumerate(("Wanjiku", "Otieno", "Léa", "Mei"), start=4711)
            ),
            ("chat-81f3", {"tenantId": "globex", "contactId": "254745050238"}),
            ("chat-81f3", {"tenantId": "globex", "contactId": "254711223344"}),
        ]
        for event_id, body in bodies:
            await exchange.publish(_message(json.dumps(body).encode(), event_id), "handover.requested")
        for number in range(2):
            cut = _message(b'{"tenantId": "globex", "contactId": ', f"web-{number}")
            await exchange.publish(cut, "handover.requested")


def _message(body: bytes, event_id: str) -> aio_pika.Message:
    return aio_pika.Message(body, message_id=event_id, delivery_mode=2)


def _environment() -> dict[str, str]:
    names = ("DATABASE_URL", "AMQP_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HANDOVER_")}
    return {name: value for name, value in kept.items() if name not in names}


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1])))
