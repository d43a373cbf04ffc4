"""One Chromium for all browser tests; for each test a server of its own, on a free port of this machine."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bot.web.app import build_web
from bot.web.desk import WebSettings
from tests.browser.chromium import FLAGS, find_chromium
from tests.fakes.files import fresh_database
from tests.fakes.small_core import SmallCore, furnish

OUTPUT = Path("test-output")
Check = Callable[[Page], None]
Keep = Callable[[Page, str], None]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}


@dataclass
class Running:
    """A server with a network in it. `run` does something on its own loop, between two requests."""

    url: str
    core: SmallCore
    room: str
    loop: asyncio.AbstractEventLoop

    def run(self, coroutine: Any) -> Any:
        waiting: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        return waiting.result(10)


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
    ready: Future[Running] = Future()
    stop = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(tmp_path, ready, stop)))
    thread.start()
    yield ready.result(20)
    stop.set()
    thread.join(15)


async def _serve(folder: Path, ready: "Future[Running]", stop: threading.Event) -> None:
    database = await fresh_database(folder)
    core = SmallCore(database)
    room = await furnish(core)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        web = build_web(core, core.local, WebSettings(secret="not a secret, a test"))
        config = uvicorn.Config(web, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        serving = uvicorn.Server(config)
        task = asyncio.create_task(serving.serve([listening]))
        while not serving.started:  # noqa: ASYNC110 - uvicorn tells by an attribute
            await asyncio.sleep(0.01)
        ready.set_result(Running(f"http://127.0.0.1:{port}", core, room, asyncio.get_running_loop()))
        await asyncio.to_thread(stop.wait)
        serving.should_exit = True
        await task
    await database.close()


@dataclass
class Windows:
    """Opens windows and holds what went wrong in any of them."""

    browser: Browser
    url: str
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def window(self, **options: Any) -> Page:
        context = self.browser.new_context(base_url=self.url, **({"viewport": DESKTOP} | options))
        context.set_default_timeout(30000)
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
