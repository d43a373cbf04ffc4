"""Without a mouse, and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Windows
from tests.browser.served import Running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until the element with this name has the focus, and see that the focus can be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText?.trim() ?? ''")
        if name == here:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", name
            return
    raise AssertionError(f"no way to {name!r} by the keyboard")


def test_everything_by_the_keyboard(windows: Windows, server: Running) -> None:
    page = windows.window()
    page.goto("/people")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "Become Ben")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/dm-ben")
    tab_to(page, "Join a cohort")
    page.keyboard.press("Enter")
    expect(page.get_by_label("What do you teach?")).to_be_focused()
    page.keyboard.type("Science")
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Join a cohort")).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator(".pane-head .help-text")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".pane-head .help-text")).to_be_hidden()
    tab_to(page, "Write to Cohortium")
    page.keyboard.type("What now?")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("And then?")
    page.keyboard.press("Enter")
    expect(page.locator("#messages li").last).to_contain_text("What now?")
    expect(page.locator("#messages li").last).to_contain_text("And then?")
    expect(page.get_by_label("Write to Cohortium")).to_be_focused()


def test_reading_and_writing_without_scripts(windows: Windows, server: Running) -> None:
    page = windows.become("ben", java_script_enabled=False, viewport=PHONE)
    expect(page.get_by_role("heading", name="Cohortium")).to_be_visible()
    page.get_by_role("link", name="All rooms").click()
    page.get_by_role("link", name="Sotol cohort").click()
    expect(page.get_by_text("Half my class nods")).to_be_visible()
    page.get_by_role("link", name="2 replies").click()
    page.get_by_label("Write a reply").fill("Without scripts, too.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Without scripts, too.")).to_be_visible()
    page.get_by_role("link", name="Close the thread").click()
    expect(page.get_by_role("link", name="3 replies")).to_be_visible()


def test_a_form_on_a_page_of_its_own(windows: Windows) -> None:
    page = windows.become("ben", java_script_enabled=False)
    page.get_by_role("button", name="Join a cohort").click()
    expect(page.get_by_role("heading", name="Join a cohort")).to_be_visible()
    page.get_by_label("What do you teach?").fill("Art")
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("What in your classroom")
    expect(page.get_by_label("What do you teach?")).to_have_value("Art")
    page.get_by_label("What in your classroom").fill("why they nod")
    page.get_by_label("High school").check()
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_text("You are in.")).to_be_visible()
