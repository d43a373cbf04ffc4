"""The forming board in a browser: carried by pointer, keys and buttons; pinned, locked, undone, approved in parts."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.pages_routes import PAGES
from tests.browser.conftest import DESKTOP, LOOKS, OUTPUT, PHONE, TOUCH, Check, Windows, too_small
from tests.browser.served import SECRET, Place, Running, served
from tests.fakes.small_network import Laid, build

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SIZES = {"phone": PHONE, "desktop": DESKTOP}


def _apart(building: Coroutine[Any, Any, Laid]) -> Laid:
    """In a thread of its own: the browser's loop runs in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, building).result(60)


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Laid:
    return _apart(build(tmp_path_factory.mktemp("waiting"), lived=False))


@pytest.fixture
def server(waiting: Laid, tmp_path: Path) -> Iterator[Running]:
    with served(_network(tmp_path, waiting)) as running:
        yield running


@asynccontextmanager
async def _network(folder: Path, laid: Laid) -> AsyncIterator[Place]:
    core = laid.open(folder)
    yield Place(build_web(core, core.local, WebSettings(secret=SECRET), PAGES), core, laid.busy)
    await core.database.close()


@pytest.fixture
def keep_whole() -> Callable[[Page, str], None]:
    def shoot(page: Page, name: str) -> None:
        OUTPUT.mkdir(exist_ok=True)
        # Else the bar that stays at the top would lie across the middle of a long picture.
        page.evaluate("document.querySelector('.top').style.position = 'static'")
        page.screenshot(path=OUTPUT / f"board-{name}.png", full_page=True)

    return shoot


def open_board(windows: Windows, server: Running, user: str = "fay", **look: Any) -> Page:
    """The board with a proposal of two cohorts, six in each."""
    server.run(server.core.do("fay", "form.propose"))
    page = windows.become(user, **look)
    page.goto("/forming")
    expect(page.locator(".lanes > .lane:visible")).to_have_count(2)
    return page


def seat_of(page: Page, group: int, place: int = 0) -> tuple[Locator, str]:
    seat = page.locator(f"#group-{group} .seat").nth(place)
    return seat, seat.locator("h4").inner_text()


def points(page: Page) -> int:
    return int(page.locator("#points").inner_text().split()[0])


def expect_in(page: Page, group: int, name: str) -> None:
    expect(page.locator(f"#group-{group} h4", has_text=name)).to_be_visible()


@LOOKS
def test_the_board_is_accessible(
    windows: Windows, server: Running, check_axe: Check, keep_whole: Callable[[Page, str], None], size: str, scheme: str
) -> None:
    user = "luz" if scheme == "dark" else "fay"
    page = open_board(windows, server, user, viewport=SIZES[size], color_scheme=scheme)
    page.locator("main details.versions summary").first.click()
    person = page.locator(".seat-do a").first.get_attribute("href")
    assert person
    for name, path in (("whole", "/forming"), ("person", person), ("approve", "/forming/approve")):
        if not page.url.endswith(path):
            page.goto(path)
        keep_whole(page, f"{name}-{size}-{scheme}")
        check_axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} scrolls sideways"
        ids: list[str] = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
        assert sorted(set(ids)) == sorted(ids)
    page.goto("/forming")
    page.locator(".grip").first.press("Enter")
    page.locator(".lane.is-open").first.wait_for()
    page.keyboard.press("ArrowRight")
    keep_whole(page, f"carried-{size}-{scheme}")
    check_axe(page)


@LOOKS
def test_the_report_is_accessible(
    windows: Windows, server: Running, check_axe: Check, keep_whole: Callable[[Page, str], None], size: str, scheme: str
) -> None:
    page = open_board(windows, server, "luz" if scheme == "dark" else "fay", viewport=SIZES[size], color_scheme=scheme)
    page.locator("main a[href='/forming/report']").click()
    picture = page.locator("svg.network")
    expect(picture).to_be_visible()
    assert picture.evaluate("svg => svg.getAttribute('aria-labelledby')") == "net-title net-desc"
    assert page.locator(".network-wrap").evaluate("wrap => wrap.scrollWidth <= wrap.clientWidth"), "all in sight"
    expect(page.get_by_role("row")).not_to_have_count(0)
    keep_whole(page, f"report-{size}-{scheme}")
    check_axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} scrolls sideways"


def test_a_report_without_a_proposal(windows: Windows, server: Running) -> None:
    page = windows.become("fay")
    page.goto("/forming/report")
    expect(page.get_by_text("There is no open proposal")).to_be_visible()
    page = windows.become("ben")
    answer = page.goto("/forming/report")
    assert answer is not None
    assert answer.status == 403


def test_a_finger_finds_everything_on_the_board(windows: Windows, server: Running) -> None:
    page = open_board(windows, server, **TOUCH)
    assert too_small(page) == []
    page.goto(page.locator(".seat-do a").first.get_attribute("href") or "")
    assert too_small(page) == []


def test_somebody_is_carried_with_the_mouse(windows: Windows, server: Running) -> None:
    page = open_board(windows, server)
    before = points(page)
    seat, name = seat_of(page, 1)
    seat.locator(".grip").hover()
    page.mouse.down()
    page.mouse.move(700, 500, steps=4)
    target = page.locator("#group-2 .lane-says")
    expect(target).to_have_text(re.compile(r"points? (more|less)|the same score"))
    promised = target.inner_text()
    box = page.locator("#group-2").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, min(box["y"] + 40, 860), steps=4)
    expect(page.locator("#group-2")).to_have_class(re.compile("is-over"))
    page.mouse.up()
    expect(page.locator("#toast")).to_contain_text(f"Moved. {promised}")
    expect_in(page, 2, name)
    change = re.match(r"(\d+) points? (more|less)", promised)
    assert points(page) - before == (int(change[1]) * (1 if change[2] == "more" else -1) if change else 0)


def test_a_carry_that_ends_nowhere_changes_nothing(windows: Windows, server: Running) -> None:
    page = open_board(windows, server)
    seat, name = seat_of(page, 1)
    seat.locator(".grip").hover()
    page.mouse.down()
    page.mouse.move(700, 300, steps=4)
    expect(page.locator("#group-2")).to_have_class(re.compile("is-open"))
    page.mouse.move(700, 30, steps=3)
    page.mouse.up()
    expect(page.locator(".lane.is-open")).to_have_count(0)
    expect(page.locator("#board-said")).to_have_text(f"{name} stays.")
    expect_in(page, 1, name)


def test_somebody_is_carried_with_the_keyboard(windows: Windows, server: Running) -> None:
    page = open_board(windows, server)
    seat, name = seat_of(page, 1)
    said = page.locator("#board-said")
    seat.locator(".grip").focus()
    page.keyboard.press("Enter")
    expect(said).to_contain_text(f"{name} is picked up.")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text(re.compile(r"^Cohort 2: .*(points?|score)"))
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text(re.compile("^a new cohort: "))
    page.keyboard.press("Escape")
    expect(said).to_have_text(f"{name} stays.")
    expect(page.locator(".lane.is-open")).to_have_count(0)
    page.keyboard.press("Space")
    expect(said).to_contain_text(f"{name} is picked up.")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Moved.")
    expect_in(page, 2, name)
    expect(page.locator(".grip:focus")).to_have_accessible_name(f"Move {name}")


def press(page: Page, keys: str) -> None:
    """Once the page that came anew says which keys there are; they work from then on."""
    expect(page.locator("#board-keys")).to_be_visible()
    page.keyboard.press(keys)


def test_who_cannot_drag_presses_twice(windows: Windows, server: Running) -> None:
    page = open_board(windows, server)
    seat, name = seat_of(page, 1)
    seat.locator(".grip").click()
    expect(page.locator("#board-said")).to_contain_text(f"{name} is picked up.")
    page.locator("h1").click()
    expect(page.locator("#board-said")).to_have_text(f"{name} stays.")
    seat.locator(".grip").click()
    expect(page.locator("#group-2")).to_have_class(re.compile("is-open"))
    page.locator("#group-2 .seat").first.get_by_role("link").click()
    expect(page.locator("#toast")).to_contain_text("Moved.")
    expect_in(page, 2, name)
    press(page, "Control+z")
    expect(page.locator("#toast")).to_have_text("Undone.")
    expect_in(page, 1, name)
    press(page, "Control+Shift+Z")
    expect(page.locator("#toast")).to_have_text("Done again.")


def test_who_presses_on_a_phone_is_told_where_to_go(windows: Windows, server: Running) -> None:
    page = open_board(windows, server, **TOUCH)
    hint = page.locator("#board-keys")
    expect(hint).to_contain_text("press the dots")
    assert "keyboard" not in hint.inner_text()
    seat, name = seat_of(page, 1)
    seat.locator(".grip").tap()
    bar = page.get_by_role("group", name=f"Carrying {name}: choose a cohort.")
    expect(bar).to_be_in_viewport()
    assert "keyboard" not in page.locator("#board-said").inner_text()
    expect(page.locator("#group-2 .lane-says")).to_be_in_viewport()
    assert too_small(page) == []
    bar.get_by_role("button", name="Cancel").tap()
    expect(bar).to_be_hidden()
    expect(seat.locator(".grip")).to_be_in_viewport()
    seat.locator(".grip").tap()
    bar.get_by_role("link", name="Where else").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    page.go_back()
    seat.locator(".grip").tap()
    expect(page.locator("#group-2")).to_have_class(re.compile("is-open"))
    page.locator("#group-2 summary").first.tap()
    expect(page.locator("#toast")).to_contain_text("Moved.")
    expect_in(page, 2, name)


def test_a_phone_shows_no_label_of_a_cell_that_is_not_told(windows: Windows, server: Running) -> None:
    page = open_board(windows, server, **TOUCH)
    page.goto("/forming/report")
    cell = page.locator("td[data-label]").first
    expect(cell).to_be_visible()
    cell.evaluate("cell => cell.textContent = ''")
    expect(cell).to_be_hidden()


def test_a_press_after_a_carry_is_a_press(windows: Windows, server: Running) -> None:
    page = open_board(windows, server)
    seat_of(page, 1)[0].locator(".grip").hover()
    page.mouse.down()
    page.mouse.move(700, 300, steps=4)
    expect(page.locator("#group-2")).to_have_class(re.compile("is-open"))
    page.mouse.move(700, 30, steps=3)
    page.mouse.up()
    expect(page.locator(".lane.is-open")).to_have_count(0)
    page.get_by_role("button", name="Close all").click()
    expect(page.locator(".seat:visible")).to_have_count(0)


def test_a_finger_carries_by_the_dots(windows: Windows, server: Running) -> None:
    page = open_board(windows, server, viewport={"width": 900, "height": 1000}, has_touch=True)
    seat, name = seat_of(page, 1)
    seat.scroll_into_view_if_needed()
    grip, target = seat.locator(".grip").bounding_box(), page.locator("#group-2").bounding_box()
    assert grip
    assert target
    touch = page.context.new_cdp_session(page)
    at = [{"x": grip["x"] + 20, "y": grip["y"] + 20}]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at})
    for step in range(1, 6):
        x = at[0]["x"] + (target["x"] + 60 - at[0]["x"]) * step / 5
        y = at[0]["y"] + (max(target["y"] + 60, 120) - at[0]["y"]) * step / 5
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    expect(page.locator("#group-2")).to_have_class(re.compile("is-over"))
    expect(page.locator("#group-2 .lane-says")).not_to_be_empty()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("#toast")).to_contain_text("Moved.")
    expect_in(page, 2, name)


def test_pinned_and_locked_stay_when_it_is_proposed_anew(windows: Windows, server: Running) -> None:
    page = open_board(windows, server)
    seat, name = seat_of(page, 1)
    seat.get_by_role("button", name="Pin").click()
    expect(page.locator("#toast")).to_have_text("Pinned.")
    page.locator("#group-2").get_by_role("button", name="Lock").click()
    expect(page.locator("#toast")).to_have_text("Locked.")
    expect(page.get_by_text("1 person is pinned, 1 cohort is locked")).to_be_visible()
    locked = page.locator("#group-2 h4").all_inner_texts()
    page.locator("#group-1 .seat", has_text=name).locator(".grip").press("Enter")
    expect(page.locator("#group-2 .lane-says")).to_contain_text("pinned")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Propose anew").click()
    page.get_by_role("dialog").get_by_text("A proposal is ready").wait_for()
    with page.expect_navigation():
        page.keyboard.press("Escape")
    expect(page.locator(".lane", has_text="locked").locator("h4")).to_have_text(locked)
    expect(page.locator(".seat", has_text=name).get_by_text("pinned", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo the last change").click()
    expect(page.locator("#toast")).to_have_text("Undone.")


def test_what_was_undone_is_done_again(windows: Windows, server: Running) -> None:
    page = open_board(windows, server)
    _, name = seat_of(page, 1)
    page.locator("#group-1 .seat").first.get_by_role("link").click()
    page.locator(".place", has_text="Cohort 2").get_by_role("button", name="Move").click()
    expect(page.locator("#toast")).to_contain_text("Moved.")
    page.get_by_role("link", name="Back to the proposal").click()
    expect_in(page, 2, name)
    page.get_by_role("button", name="Undo the last change").click()
    expect(page.locator("#toast")).to_have_text("Undone.")
    expect_in(page, 1, name)
    page.get_by_role("button", name="Do it again").click()
    expect(page.locator("#toast")).to_have_text("Done again.")
    expect_in(page, 2, name)
    expect(page.get_by_role("button", name="Do it again")).to_have_count(0)


def test_two_people_change_places(windows: Windows, server: Running) -> None:
    page = open_board(windows, server)
    _, name = seat_of(page, 1)
    page.locator("#group-1 .seat").first.get_by_role("link").click()
    other = page.locator("section[aria-labelledby=exchange] h3").first.inner_text().split(" · ")[0]
    page.get_by_role("button", name=f"Change places : {other}").click()
    expect(page.locator("#toast")).to_contain_text("Changed places.")
    page.get_by_role("link", name="Back to the proposal").click()
    expect_in(page, 2, name)
    expect_in(page, 1, other)


def test_some_cohorts_begin_and_the_others_stay(windows: Windows, server: Running) -> None:
    page = open_board(windows, server)
    left = sorted(page.locator("#group-2 h4").all_inner_texts())
    page.get_by_role("button", name="Approve the chosen…").click()
    expect(page.locator("#toast")).to_contain_text("No cohort is chosen yet.")
    page.get_by_label("Choose cohort 1").check()
    page.get_by_role("button", name="Approve the chosen…").click()
    expect(page.get_by_text("1 room opens, and 6 educators are told why they are together.")).to_be_visible()
    expect(page.get_by_text("1 other cohort stays open")).to_be_visible()
    page.wait_for_load_state()  # before its scripts run the answer is a page of its own
    page.get_by_role("button", name="Yes, open the rooms").click()
    page.get_by_role("dialog").get_by_text("Approved.").wait_for()
    with page.expect_navigation():
        page.keyboard.press("Escape")
    page.goto("/forming")
    expect(page.locator(".lanes > .lane:visible")).to_have_count(1)
    assert sorted(page.locator("#group-1 h4").all_inner_texts()) == left
    page.get_by_role("link", name="Approve…").click()
    expect(page.get_by_text("1 room opens, and 6 educators")).to_be_visible()
    page.wait_for_load_state()  # before its scripts run the answer is a page of its own
    page.get_by_role("button", name="Yes, open the rooms").click()
    page.get_by_role("dialog").get_by_text("Approved.").wait_for()
    with page.expect_navigation():
        page.keyboard.press("Escape")
    page.wait_for_url("**/forming")
    expect(page.get_by_text("Nobody is waiting for a cohort now.")).to_be_visible()


def test_people_are_found_and_cohorts_folded(windows: Windows, server: Running) -> None:
    page = open_board(windows, server)
    _, name = seat_of(page, 2)
    page.get_by_role("searchbox").fill(name.lower())
    expect(page.locator(".seat:visible")).to_have_count(1)
    expect(page.locator(".lanes > .lane:visible")).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    expect(page.locator(".seat:visible")).to_have_count(12)
    page.get_by_role("button", name="Close all").click()
    expect(page.locator(".seat:visible")).to_have_count(0)
    page.reload()
    expect(page.locator(".seat:visible")).to_have_count(0)
    page.get_by_role("button", name="Open all").click()
    expect(page.locator(".seat:visible")).to_have_count(12)


def test_the_board_without_scripts(windows: Windows, server: Running) -> None:
    page = windows.become("fay", java_script_enabled=False, viewport=PHONE)
    page.goto("/forming")
    page.get_by_role("button", name="Propose cohorts").click()
    expect(page.get_by_text("A proposal is ready")).to_be_visible()
    page.locator("main a.button-primary").click()
    seat, name = seat_of(page, 2)
    seat.get_by_role("button", name="Pin").click()
    page.locator("main a.button-primary").click()
    page.locator("#group-2 .seat", has_text=name).get_by_role("button", name="Take off the pin").click()
    page.locator("main a.button-primary").click()
    page.locator("#group-2 .seat", has_text=name).get_by_role("link").click()
    page.locator(".place", has_text="waiting").get_by_role("button").click()
    expect(page.get_by_text("Moved.")).to_be_visible()
    page.goto("/forming")
    expect(page.get_by_role("heading", name="Waiting: 1")).to_be_visible()
    page.get_by_role("searchbox").fill(name)
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".seat")).to_have_count(1)
