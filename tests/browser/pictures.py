"""The pictures of the README and the manual: `make pictures` takes them of a demo that begins anew, in week three; the
forming board, which the demo has behind it by then, of a small network."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.pages_routes import PAGES
from tests.browser.chromium import ADVICE, FLAGS, find_chromium
from tests.browser.served import SECRET, Place, Running, served
from tests.fakes.small_network import Laid, build

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MOST = 250_000
WEEK_THREE = "2026-01-28T18"
TEACHER, LEADER = "Ivy Hazelmere", "Marigold Dewberry"


@contextmanager
def demo(folder: str) -> Iterator[str]:
    """A demo of its own on a free port; its address."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
    settings = {"COHORTIUM_DATA": folder, "COHORTIUM_PORT": port, "COHORTIUM_OPEN_BROWSER": "false"}
    command = [sys.executable, "-m", "bot", "demo", "--fresh"]
    process = subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        next(line for line in process.stdout if "answers on" in line)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def become(browser: Browser, url: str, name: str, scheme: str = "light") -> Page:
    context = browser.new_context(
        base_url=url, viewport={"width": 1280, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    page.goto("/people")
    page.locator(".persona", has=page.get_by_role("heading", name=name)).get_by_role("button").click()
    page.wait_for_url("**/chat/dm-*")
    return page


def live_on(page: Page) -> None:
    page.goto("/evidence")
    page.locator("#clock-play").click()
    page.wait_for_function(
        "until => document.querySelector('.clock-now time').dateTime >= until", arg=WEEK_THREE, timeout=300_000
    )
    page.locator("#clock-pause").click()
    expect(page.locator("#clock-play")).to_be_visible()


def take(page: Page, name: str) -> None:
    """A picture of what is on the screen. Raises SystemExit when it is too heavy for a page."""
    page.mouse.move(0, 0)
    file = IMAGES / f"{name}.png"
    page.screenshot(path=file, animations="disabled")
    weight = file.stat().st_size
    print(f"{file.relative_to(Path.cwd())}: {weight // 1000} kB")
    if weight > MOST:
        raise SystemExit(f"{file.name} is heavier than {MOST // 1000} kB")


def take_room(page: Page, name: str) -> None:
    """The cohort's room at the message that says where the cohort is, and beside it what opened together."""
    page.locator(".room-link").nth(1).click()
    page.wait_for_url("**/chat/room-*")
    page.locator("#messages li", has=page.locator(".block-facts")).locator("a.replies").first.click()
    page.wait_for_url("**/thread/*")
    header = page.locator("#messages li", has=page.locator(".block-facts")).first
    header.evaluate("header => header.scrollIntoView({ block: 'start' })")
    take(page, name)


@asynccontextmanager
async def small_network(laid: Laid, folder: Path) -> AsyncIterator[Place]:
    core = laid.open(folder)
    yield Place(build_web(core, core.local, WebSettings(secret=SECRET), PAGES), core)
    await core.database.close()


def take_board(browser: Browser, board: Running, name: str) -> None:
    """A proposal with somebody picked up: what each place would do to the score."""
    board.run(board.core.do("fay", "form.propose"))
    page = browser.new_context(base_url=board.url, viewport={"width": 1280, "height": 800}).new_page()
    page.goto("/people")
    page.locator("form:has(input[name=user][value=fay]) button").click()
    page.wait_for_url("**/chat/dm-*")
    page.goto("/forming")
    page.locator(".grip:visible").first.press("Enter")
    page.locator(".lane.is-open").first.wait_for()
    page.keyboard.press("ArrowRight")
    page.locator("#board").evaluate("board => board.scrollIntoView({ block: 'start' })")
    take(page, name)


def take_all(browser: Browser, url: str) -> None:
    live_on(become(browser, url, "Perla Nogaleda"))
    for scheme, name in (("light", "room"), ("dark", "room-dark")):
        take_room(become(browser, url, TEACHER, scheme), name)
    page = become(browser, url, TEACHER)
    page.goto("/evidence")
    take(page, "evidence")
    page = become(browser, url, LEADER)
    page.goto("/facilitator")
    page.locator(".cohort", has_text="Primary Sources").first.get_by_role("link", name="Look closer").click()
    page.wait_for_url("**/facilitator/*")
    take(page, "facilitator")


def main() -> None:
    path = find_chromium()
    if path is None:
        raise SystemExit(ADVICE)
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as laid,
        tempfile.TemporaryDirectory() as opened,
        served(small_network(asyncio.run(build(Path(laid), lived=False)), Path(opened))) as board,
        demo(folder) as url,
        sync_playwright() as playwright,
        closing(playwright.chromium.launch(executable_path=path, args=list(FLAGS))) as browser,
    ):
        take_board(browser, board, "forming")
        take_all(browser, url)


if __name__ == "__main__":
    main()
