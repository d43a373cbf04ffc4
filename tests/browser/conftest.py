"""One Chromium for all browser tests; for each test a server of its own, on a free port of this machine."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.installing import installing
from tests.browser.chromium import FLAGS, find_chromium
from tests.browser.served import SECRET, Place, Running, served
from tests.fakes.files import fresh_database
from tests.fakes.small_core import SmallCore, furnish

OUTPUT = Path("test-output")
PATIENCE = 30_000
"""Milliseconds; a machine may have other work."""
expect.set_options(timeout=PATIENCE)
Check = Callable[[Page], None]
Keep = Callable[[Page, str], None]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
LOOKS = pytest.mark.parametrize(
    ("size", "scheme"),
    [
        ("phone", "light"),
        pytest.param("desktop", "dark", marks=pytest.mark.slow),
        pytest.param("phone", "dark", marks=pytest.mark.slow),
        pytest.param("desktop", "light", marks=pytest.mark.slow),
    ],
)
"""What most people see first; the other pairs are tried where there is time."""
FINGER = 44
_TOO_SMALL = """least => [...document.querySelectorAll('a, button, summary, input, select, textarea')]
  .filter(one => one.offsetParent && getComputedStyle(one).display !== 'inline')
  .map(one => one.closest('label.choice') ?? one)
  .map(one => [one.outerHTML.slice(0, 120), one.getBoundingClientRect()])
  .filter(([, box]) => box.width < least || box.height < least)
  .map(([html, box]) => `${Math.round(box.width)} × ${Math.round(box.height)} ${html}`)"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium; run tests/browser/chromium.py")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with served(_small(tmp_path)) as running:
        yield running


@asynccontextmanager
async def _small(folder: Path) -> AsyncIterator[Place]:
    core = SmallCore(fresh_database(folder))
    room = await furnish(core)
    known = WebSettings(secret=SECRET, connects=("slack",))
    yield Place(build_web(core, core.local, known, installing("/slack/installed", "/slack/not-installed")), core, room)
    await core.database.close()


@dataclass
class Windows:
    """Opens windows and holds what went wrong in any of them."""

    browser: Browser
    url: str
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def window(self, **options: Any) -> Page:
        context = self.browser.new_context(base_url=self.url, **({"viewport": DESKTOP} | options))
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        return page

    def become(self, user: str, **options: Any) -> Page:
        """A browser of their own in which somebody is this person, in their conversation."""
        page = self.window(**options)
        page.goto("/people")
        page.locator(f"form:has(input[name=user][value={user}]) button").click()
        page.wait_for_url("**/chat/dm-*")
        return page

    def _note(self, kind: str, text: str) -> None:
        # A refused or failed answer that a test asks for is no fault of the page.
        if kind in ("error", "warning") and "Failed to load resource" not in text:
            self.complaints.append(f"{kind}: {text}")


@pytest.fixture
def windows(browser: Browser, server: Running) -> Iterator[Windows]:
    opened = Windows(browser, server.url)
    yield opened
    for context in opened.contexts:
        context.close()
    assert opened.complaints == []


@pytest.fixture
def check_axe() -> Check:
    """axe-core finds nothing to mend, by any of its rules."""
    axe = Axe()

    def check(page: Page) -> None:
        found = axe.run(page)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"

    return check


@pytest.fixture
def keep() -> Keep:
    """A screenshot, kept as test output."""

    def shoot(page: Page, name: str) -> None:
        OUTPUT.mkdir(exist_ok=True)
        page.screenshot(path=OUTPUT / f"{name}.png")

    return shoot


def too_small(page: Page) -> list[str]:
    """What is pressed on this page and narrower or lower than a finger needs; links within a text are left out."""
    found: list[str] = page.evaluate(_TOO_SMALL, FINGER)
    return found
