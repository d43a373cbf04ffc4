"""My evidence, the facilitator's pages and forming, in a browser, over the real core."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.pages_routes import PAGES
from tests.browser.conftest import DESKTOP, LOOKS, OUTPUT, PHONE, TOUCH, Check, Windows, too_small
from tests.browser.served import SECRET, Place, Running, served
from tests.fakes.small_network import SECRET_DRAFT, Laid, build
from tests.scenarios.town import joining

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SIZES = {"phone": PHONE, "desktop": DESKTOP}


def _apart(building: Coroutine[Any, Any, Laid]) -> Laid:
    """In a thread of its own: the browser's loop runs in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, building).result(60)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Laid:
    return _apart(build(tmp_path_factory.mktemp("lived"), lived=True))


@pytest.fixture
def server(lived: Laid, tmp_path: Path) -> Iterator[Running]:
    with served(_network(tmp_path, lived)) as running:
        yield running


@asynccontextmanager
async def _network(folder: Path, laid: Laid) -> AsyncIterator[Place]:
    core = laid.open(folder)
    yield Place(build_web(core, core.local, WebSettings(secret=SECRET), PAGES), core, laid.busy)
    await core.database.close()


def close_notice(page: Page) -> None:
    """Away with it; the page is asked for again, and its scripts are there when this returns."""
    with page.expect_navigation():
        page.keyboard.press("Escape")


@pytest.fixture
def keep_whole() -> Callable[[Page, str], None]:
    def shoot(page: Page, name: str) -> None:
        OUTPUT.mkdir(exist_ok=True)
        # Else the bar that stays at the top would lie across the middle of a long picture.
        page.evaluate("document.querySelector('.top').style.position = 'static'")
        page.screenshot(path=OUTPUT / f"pages-{name}.png", full_page=True)

    return shoot


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} scrolls sideways"


def assert_ids_once(page: Page) -> None:
    ids: list[str] = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert sorted(set(ids)) == sorted(ids)


@LOOKS
def test_pages_are_accessible(
    windows: Windows, server: Running, check_axe: Check, keep_whole: Callable[[Page, str], None], size: str, scheme: str
) -> None:
    look = {"viewport": SIZES[size], "color_scheme": scheme}
    for user, name, path in (
        ("ann", "evidence", "/evidence"),
        ("nat", "evidence-none", "/evidence"),
        ("fay", "cohorts", "/facilitator"),
        ("fay", "cohort", f"/facilitator/{server.room}"),
        ("luz", "forming-none", "/forming"),
        ("ann", "forbidden", "/facilitator"),
    ):
        page = windows.become(user, **look)
        page.goto(path)
        for summary in page.locator("main details.versions summary").all():
            summary.click()
        keep_whole(page, f"{name}-{size}-{scheme}")
        check_axe(page)
        assert_fits(page)
        assert_ids_once(page)
        page.context.close()


def test_a_finger_finds_everything(windows: Windows, server: Running) -> None:
    for user, paths in {
        "ann": ("/evidence", "/facilitator"),
        "nat": ("/evidence",),
        "fay": ("/facilitator", f"/facilitator/{server.room}", "/forming"),
        "olga": ("/queues",),
    }.items():
        page = windows.become(user, **TOUCH)
        for path in paths:
            page.goto(path)
            assert too_small(page) == [], path


def test_every_door_fits_on_the_narrowest_phone(windows: Windows, server: Running) -> None:
    page = windows.become("olga", viewport={"width": 320, "height": 640})
    page.goto("/queues")
    assert page.locator(".nav a").count() == 5
    menu = page.locator(".top .menu > summary")
    assert menu.evaluate("menu => menu.getBoundingClientRect().right <= innerWidth")


@LOOKS
def test_what_opens_on_a_page_is_accessible(
    windows: Windows, server: Running, check_axe: Check, keep_whole: Callable[[Page, str], None], size: str, scheme: str
) -> None:
    """Every kind of form on the evidence page and the facilitator's, and what a form says of a mistake."""
    for user, path, buttons in (
        ("ann", "/evidence", ("Go on writing", "Keep a link", "Tell what the issuer said", "Choose what to work on")),
        ("fay", f"/facilitator/{server.room}", ("Write to them", "Write to the cohort", "Move on now")),
    ):
        page = windows.become(user, viewport=SIZES[size], color_scheme=scheme)
        page.goto(path)
        for number, button in enumerate(buttons):
            page.get_by_role("button", name=button).first.click()
            page.get_by_role("dialog").wait_for()
            keep_whole(page, f"{user}-opens-{number}-{size}-{scheme}")
            check_axe(page)
            assert_ids_once(page)
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(0)
            assert page.evaluate("document.activeElement !== document.body"), button
        page.context.close()


@LOOKS
def test_a_proposal_without_a_cohort(
    windows: Windows, server: Running, check_axe: Check, keep_whole: Callable[[Page, str], None], size: str, scheme: str
) -> None:
    """One person waits: the page says what can be done, and there is nothing to approve."""
    server.run(server.core.do("nat", "join.send", **joining()))
    page = windows.become("fay", viewport=SIZES[size], color_scheme=scheme)
    page.goto("/forming")
    page.get_by_role("button", name="Propose cohorts").click()
    page.get_by_role("dialog").wait_for()
    close_notice(page)
    expect(page.get_by_role("heading", name="No cohort yet")).to_be_visible()
    page.goto("/forming/approve")
    page.wait_for_url("**/forming")
    expect(page.get_by_role("heading", name="Waiting: 1")).to_be_visible()
    keep_whole(page, f"forming-few-{size}-{scheme}")
    check_axe(page)
    assert_fits(page)


def test_a_facilitator_steers(windows: Windows, server: Running) -> None:
    page = windows.become("fay")
    page.goto("/facilitator")
    expect(page.locator(".wanted")).to_have_count(1)
    page.locator(".wanted a").click()
    expect(page.get_by_role("img", name="The 8 weeks of the cycle")).to_be_visible()
    assert SECRET_DRAFT[:15] not in page.content()
    page.locator(".wanted").get_by_role("button", name="Give two more school days").click()
    page.get_by_role("dialog").get_by_text("Two more school days.").wait_for()
    close_notice(page)
    expect(page.locator(".wanted")).to_have_count(0)
    row = page.locator(".assignments li", has=page.locator("select")).first
    row.get_by_role("button", name="Reassign").click()
    page.get_by_role("dialog").get_by_text("Asked somebody else.").wait_for()
    close_notice(page)
    page.get_by_role("button", name="Write to the cohort").click()
    page.get_by_role("dialog").get_by_label("Your words").fill("A good week so far. Thank you.")
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    page.get_by_role("dialog").get_by_text("On its way to the room.").wait_for()


def test_evidence_in_hand(windows: Windows, server: Running) -> None:
    page = windows.become("ann")
    page.goto("/evidence")
    expect(page.locator(".review")).to_have_count(3)
    page.get_by_text("2 versions").first.click()
    page.get_by_role("button", name="Bring this back").first.click()
    page.get_by_role("dialog").get_by_text("Version 1 is back").wait_for()
    close_notice(page)
    expect(page.get_by_text("3 versions")).to_be_visible()
    page.get_by_role("button", name="Keep a link").first.click()
    page.get_by_role("dialog").get_by_label("Link", exact=True).fill("https://drive.example.org/plan")
    page.get_by_role("dialog").get_by_label("Not yet").check()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.get_by_role("dialog").get_by_text("The link is kept.").wait_for()
    expect(page.get_by_role("dialog").get_by_role("button", name="Undo")).to_be_visible()
    close_notice(page)
    expect(page.locator(".links .is-missing")).to_have_text("consent missing")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the packet").click()
    assert download.value.suggested_filename.endswith(".zip")


@pytest.mark.parametrize("size", SIZES)
def test_the_check_is_read_on_the_page(
    windows: Windows, check_axe: Check, keep_whole: Callable[[Page, str], None], size: str
) -> None:
    page = windows.become("ann", viewport=SIZES[size])
    page.goto("/evidence")
    page.get_by_role("button", name="Ready to submit?").click()
    page.get_by_role("dialog").get_by_role("button", name="Check").click()
    expect(page.get_by_role("dialog").get_by_text("○ Every question is answered")).to_be_visible()
    keep_whole(page, f"ready-{size}")
    check_axe(page)


@pytest.mark.parametrize("size", SIZES)
def test_a_draft_is_counted_while_it_is_written(
    windows: Windows, check_axe: Check, keep_whole: Callable[[Page, str], None], size: str
) -> None:
    page = windows.become("ann", viewport=SIZES[size])
    page.goto("/evidence")
    item = page.locator(".item", has_text="words of up to").first
    most = int(item.locator(".block-progress span").inner_text().split()[-1])
    item.get_by_role("button").click()
    dialog = page.get_by_role("dialog")
    box = dialog.locator("textarea")
    expect(box).to_have_accessible_description(re.compile(rf"^To think about: .* Up to {most} words\.$"))
    assert box.evaluate("box => box.clientHeight / parseFloat(getComputedStyle(box).lineHeight) >= 8")
    box.fill("We wait – and then, once more, we ask.")
    expect(dialog.locator(".field-count span").first).to_have_text(f"8 of {most} words")
    expect(dialog.get_by_role("status")).to_have_text("")
    box.fill("word " * (most + 1))
    expect(dialog.get_by_role("status")).to_have_text(f"{most + 1} of {most} words")
    expect(dialog.locator(".field-count")).to_have_class(re.compile("is-over"))
    keep_whole(page, f"writing-{size}")
    check_axe(page)
    dialog.get_by_role("button", name="Save").click()
    page.get_by_role("dialog").get_by_text(f"{most} at most").wait_for()


def test_without_scripts_the_limit_stands_above_the_box(windows: Windows) -> None:
    page = windows.become("ann", java_script_enabled=False)
    page.goto("/evidence")
    page.locator(".item", has_text="words of up to").first.get_by_role("button").click()
    expect(page.locator(".field-hint").first).to_contain_text(re.compile(r"Up to \d+ words\."))


def test_the_form_asks_what_the_page_asked(windows: Windows) -> None:
    page = windows.become("ben")
    page.goto("/evidence")
    question = page.locator(".question").inner_text()
    page.locator(".next").get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_contain_text(question)


def test_words_in_another_language_are_marked(windows: Windows, server: Running, check_axe: Check) -> None:
    """A screen reader speaks what there is only in English as English."""
    server.run(server.core.do("ann", "home.language"))
    page = windows.become("ann")
    page.goto("/evidence")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    for place in (".page-head .lead", ".part h2", ".item-title", ".criteria th[scope=row]"):
        expect(page.locator(place).first).to_have_attribute("lang", "en")
    page.locator(".item").first.get_by_role("button", name="Seguir escribiendo").click()
    expect(page.get_by_role("dialog").locator("label").first).to_have_attribute("lang", "en")
    check_axe(page)


def test_the_clock_goes_on_beside_the_evidence(windows: Windows, server: Running) -> None:
    page = windows.become("ann")
    page.goto("/evidence")
    expect(page.locator(".clock-now")).not_to_be_empty()
    before = page.locator(".clock-now").inner_text()
    assert server.core.clock
    server.core.clock.at += timedelta(hours=18)
    expect(page.locator(".clock-now")).not_to_have_text(before)


def test_a_clock_that_moved_before_the_page_listened_is_shown(windows: Windows, server: Running) -> None:
    page = windows.become("ann")
    clock = server.core.clock
    assert clock
    before = f"{clock.at:%Y-%m-%dT%H:%M}"

    def move_then_listen(route: Route) -> None:
        clock.at += timedelta(hours=18)
        route.continue_()

    page.route("**/events*", move_then_listen, times=1)
    page.goto("/evidence")
    expect(page.locator(".clock-now time")).to_have_attribute("datetime", re.compile(f"^(?!{before})"))


def test_a_long_word_keeps_the_page_as_wide_as_it_is(windows: Windows, server: Running) -> None:
    page = windows.become("ann", viewport=PHONE)
    page.goto("/evidence")
    page.get_by_role("button", name="Keep a link").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What is it?").fill("Plan" + "ofthelesson" * 20)
    dialog.get_by_label("Link", exact=True).fill("https://drive.example.org/plan")
    dialog.get_by_label("Not yet").check()
    dialog.get_by_role("button", name="Save").click()
    page.get_by_role("dialog").get_by_text("The link is kept.").wait_for()
    close_notice(page)
    assert_fits(page)
    page.get_by_role("button", name="Say that consent is held").or_(
        page.get_by_role("button", name="consent")
    ).first.click()
    assert page.get_by_role("dialog").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")


def test_nobody_sees_my_drafts(windows: Windows, server: Running) -> None:
    for user in ("ann", "fay", "olga", "luz"):
        page = windows.become(user)
        for path in ("/evidence", "/facilitator", f"/facilitator/{server.room}", "/forming"):
            page.goto(path)
            assert SECRET_DRAFT[:15] not in page.content(), (user, path)
    page = windows.become("ben")
    page.goto("/evidence")
    assert SECRET_DRAFT[:15] in page.content()
    assert "three seconds and counted" not in page.content()


def test_doors_are_kept(windows: Windows, server: Running) -> None:
    page = windows.become("ben")
    for path in ("/facilitator", f"/facilitator/{server.room}", "/forming", "/forming/approve"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403
    page = windows.become("luz")
    answer = page.goto(f"/facilitator/{server.room}")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("h1")).to_be_visible()
