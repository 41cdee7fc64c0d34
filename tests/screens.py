"""Screens: Debian's chromium, looking at `handover console` as a process."""

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Literal

import pytest
from consoles import Open
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, async_playwright, expect
from processes import IN_TIME
from visiting import AS, TOKEN

from worker.servers.package import have_installed
from worker.servers.place import Places
from worker.servers.refusal import Skipped

NAMES = ("chromium", "chromium-browser", "google-chrome")
LOST = "Failed to load resource"
"""How chromium says that an answer was no 2xx, or did not come."""

SELDOM = 60_000
"""Milliseconds, for what no event tells of: a console that is slow looks at it every half minute."""

expect.set_options(timeout=IN_TIME * 1000)


class Screen:
    """A page in a browser of its own, and whatever the browser complained of."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, where: str = "") -> "Screen":
        """Go there, and wait until the page is live."""
        await self.page.goto(f"{self.address}/{where}")
        await expect(self.page.locator("#link")).to_have_attribute("data-state", "live")
        return self

    def row(self, name: str) -> Locator:
        """The row of the inbox, or of the letters, that has this name."""
        named = self.page.get_by_role("button", name=name, exact=True)
        return self.page.locator(".row").filter(has=named)

    def tab(self, name: str) -> Locator:
        """A tab by its label, whatever it counts."""
        return self.page.get_by_role("tab", name=re.compile(f"^{name}"))

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def sign_in(self, name: str = AS, token: str = TOKEN) -> None:
        await self.button("Sign in").click()
        await self.say_who(name, token)
        await expect(self.page.locator("#account")).to_have_text(f"{name} · Sign out")

    async def say_who(self, name: str = AS, token: str = TOKEN) -> None:
        """Fill in the dialog that asks, and send it."""
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_label("Your name").fill(name)
        await dialog.get_by_label("Token").fill(token)
        await dialog.get_by_role("button", name="Sign in").click()

    async def shows(self, name: str) -> None:
        """Return in the frame in which a row of this name is there."""
        script = (
            "name => [...document.querySelectorAll('.row .open')].some(each => each.textContent === name)"
        )
        await self.page.wait_for_function(script, arg=name, timeout=IN_TIME * 1000)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


OpenScreen = Callable[..., Awaitable[Screen]]


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> str:
    """The browser; installed if it can be, else the tests that look are skipped."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(line, flush=True)  # noqa: T201 - the first start may install it; do not look hung

    if not _found():
        try:
            have_installed(Places().apt_get, "chromium", say)
        except Skipped as reason:
            pytest.skip(str(reason))
    return _found() or pytest.fail("chromium was installed and is not on PATH")


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        await started.close()


@pytest.fixture
async def address(open_console: Open) -> str:
    """Of a console whose token is known."""
    return str((await (await open_console()).logged("console_open"))["address"])


@pytest.fixture
async def open_screen(browser: Browser) -> AsyncIterator[OpenScreen]:
    """Open a screen in a browser context of its own. At the end no screen may have complained.

    Of answers that were refused or lost only those of a screen opened with `losing=True` may tell.
    """
    async with AsyncExitStack() as stack:
        opened: list[tuple[Screen, bool]] = []

        async def start(
            address: str,
            where: str = "",
            *,
            losing: bool = False,
            scheme: Literal["light", "dark"] = "light",
            width: int = 1440,
            height: int = 900,
            **options: Any,
        ) -> Screen:
            context = await browser.new_context(
                color_scheme=scheme, viewport={"width": width, "height": height}, **options
            )
            stack.push_async_callback(context.close)
            screen = Screen(await context.new_page(), address)
            opened.append((screen, losing))
            return await screen.open(where)

        yield start
        for screen, losing in opened:
            assert [said for said in screen.complaints if not (losing and LOST in said)] == []


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)
