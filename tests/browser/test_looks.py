"""Every page, at phone and desktop size, in the light and in the dark: kept as pictures, and clean for axe-core."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, LOOKS, PHONE, Check, Keep, Windows
from tests.browser.served import Running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SIZES = {"phone": PHONE, "desktop": DESKTOP}


def pages_of(server: Running) -> dict[str, str]:
    return {
        "conversation": "/chat/dm-ben",
        "rooms": "/chat",
        "room": f"/chat/{server.room}",
        "missing": "/chat/room-of-nobody",
        "people": "/people",
        "people-filtered": "/people?q=nobody+at+all",
    }


@LOOKS
def test_every_page_is_accessible(
    windows: Windows, server: Running, check_axe: Check, keep: Keep, size: str, scheme: str
) -> None:
    page = windows.become("ben", viewport=SIZES[size], color_scheme=scheme)
    for name, path in pages_of(server).items():
        page.goto(path)
        keep(page, f"{name}-{size}-{scheme}")
        check_axe(page)
        assert_fits(page)
    page.goto(f"/chat/{server.room}")
    page.locator("a.replies").first.click()
    page.wait_for_url("**/thread/*")
    keep(page, f"thread-{size}-{scheme}")
    check_axe(page)
    assert_fits(page)


@LOOKS
def test_form_whisper_and_menus(
    windows: Windows, server: Running, check_axe: Check, keep: Keep, size: str, scheme: str
) -> None:
    page = windows.become("ben", viewport=SIZES[size], color_scheme=scheme)
    page.get_by_role("button", name="Who sees what I write?").click()
    page.get_by_text("Only you see this").wait_for()
    keep(page, f"whisper-{size}-{scheme}")
    check_axe(page)
    page.get_by_role("button", name="Join a cohort").first.click()
    page.get_by_role("dialog").wait_for()
    keep(page, f"form-{size}-{scheme}")
    check_axe(page)
    page.get_by_role("dialog").get_by_role("button", name="Join", exact=True).click()
    page.locator(".form-wrong").wait_for()
    keep(page, f"form-wrong-{size}-{scheme}")
    check_axe(page)
    page.keyboard.press("Escape")
    page.locator(".top .menu summary").click()
    keep(page, f"menu-{size}-{scheme}")
    check_axe(page)


@LOOKS
def test_the_door_and_pages_of_their_own(
    windows: Windows, server: Running, check_axe: Check, keep: Keep, size: str, scheme: str
) -> None:
    page = windows.window(viewport=SIZES[size], color_scheme=scheme)

    def look(name: str) -> None:
        keep(page, f"{name}-{size}-{scheme}")
        check_axe(page)
        assert_fits(page)

    page.goto("/enter")
    look("door")
    page.goto("/enter?token=worn-out")
    look("door-link")
    page.locator("main form button").click()
    page.get_by_role("alert").wait_for()
    look("door-refused")
    page = windows.become("ben", viewport=SIZES[size], color_scheme=scheme)
    page.goto(f"/chat/{server.room}")
    page.get_by_label("Write to Sotol cohort").fill("See you at four.")
    page.get_by_role("button", name="Send").click()
    page.goto(str(page.locator("a[href$='/edit']").last.get_attribute("href")))
    look("edit")
    page.goto("/chat/dm-ben")
    for button, name in (("Join a cohort", "form-page"), ("Who sees what I write?", "notice-page")):
        with page.expect_navigation():
            page.get_by_role("button", name=button).first.evaluate("button => button.form.submit()")
        look(name)
        page.goto("/chat/dm-ben")


def test_the_narrowest_phone(windows: Windows, server: Running, keep: Keep) -> None:
    page = windows.become("ana", viewport={"width": 360, "height": 640})
    for name, path in {"conversation": "/chat/dm-ana", "room": f"/chat/{server.room}", "people": "/people"}.items():
        page.goto(path)
        keep(page, f"{name}-narrow-es")
        assert_fits(page)


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} scrolls sideways"


@LOOKS
def test_connecting_another_chat_and_having_installed_one(
    windows: Windows, server: Running, check_axe: Check, keep: Keep, size: str, scheme: str
) -> None:
    page = windows.become("ben", viewport=SIZES[size], color_scheme=scheme)

    def look(name: str) -> None:
        keep(page, f"{name}-{size}-{scheme}")
        check_axe(page)
        assert_fits(page)

    page.locator(".top .menu summary").click()
    page.get_by_role("link", name="Connect another chat").click()
    look("connect")
    page.get_by_role("button", name="Make a code").click()
    assert page.locator("pre code").inner_text().startswith("/cohort connect ")
    look("connect-code")
    for name, path in {
        "installed": "/slack/installed?app=A1&workspace=T1",
        "installed-whole": "/slack/installed?app=A1&workspace=E1&whole=yes",
        **{f"not-installed-{why}": f"/slack/not-installed?why={why}" for why in ("denied", "expired", "away")},
    }.items():
        page.goto(path)
        look(name)
