"""What somebody wrote is never cut, never sent as somebody else, and never lost; and pages count what they show."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Check, Windows
from tests.browser.served import Running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def say(page: Page, text: str) -> None:
    box = page.locator(".composer textarea").first
    box.fill(text)
    box.press("Enter")


def test_another_tab_as_somebody_else_is_said(windows: Windows, server: Running, check_axe: Check) -> None:
    """One browser, two tabs: the first is told who it is now, its words are not sent and not lost."""
    first = windows.become("ben")
    first.goto(f"/chat/{server.room}")
    second = first.context.new_page()
    second.goto("/people")
    second.locator("form:has(input[name=user][value=chloe]) button").click()
    second.wait_for_url("**/chat/dm-*")
    say(first, "I wait five seconds.")
    dialog = first.get_by_role("dialog", name="You are now Chloe Marchetti-Vandenberg")
    expect(dialog).to_contain_text("nothing is sent")
    check_axe(first)
    dialog.get_by_role("link", name="Close").click()
    expect(first.locator(".composer textarea").first).to_have_value("I wait five seconds.")
    first.get_by_role("button", name="Send").first.click()
    first.get_by_role("dialog").get_by_role("link", name="Go on as Chloe Marchetti-Vandenberg").click()
    first.wait_for_url("**/chat**")
    assert not any(getattr(event, "text", "") == "I wait five seconds." for event in server.core.heard)


def test_news_for_somebody_else_never_reaches_an_old_tab(windows: Windows, server: Running) -> None:
    first = windows.become("ben")
    first.goto(f"/chat/{server.room}")
    second = first.context.new_page()
    second.goto("/people")
    second.locator("form:has(input[name=user][value=chloe]) button").click()
    second.goto(f"/chat/{server.room}")
    say(second, "From Chloe, for the room.")
    expect(first.get_by_role("dialog", name="You are now Chloe Marchetti-Vandenberg")).to_be_visible()
    expect(first.locator("#sidebar")).not_to_be_empty()


def test_a_message_that_is_too_long_is_kept_whole(windows: Windows, server: Running, check_axe: Check) -> None:
    page = windows.become("ben", viewport=PHONE)
    page.goto(f"/chat/{server.room}")
    box = page.locator(".composer textarea").first
    box.fill("Long. " * 1400)
    alert = page.locator(".composer-problem").first
    expect(alert).to_contain_text("longer than a message can be (8,000 characters)")
    expect(alert).to_contain_text("8,399")
    page.get_by_role("button", name="Send").first.click()
    expect(box).to_have_value("Long. " * 1400)
    check_axe(page)
    box.fill("Short.")
    expect(alert).to_be_hidden()
    page.get_by_role("button", name="Send").first.click()
    expect(page.locator("#messages li").last).to_contain_text("Short.")


def test_without_scripts_a_message_that_is_too_long_comes_back(windows: Windows, server: Running) -> None:
    page = windows.become("ben", java_script_enabled=False)
    page.goto(f"/chat/{server.room}")
    text = "Line one.\nLine two.\n" + "Long. " * 1400
    page.locator(".composer textarea").first.fill(text)
    page.get_by_role("button", name="Send").first.click()
    box = page.get_by_label("Shorten your message")
    expect(box).to_have_value(text.strip())
    expect(box).to_have_accessible_description(re.compile("8,000"))
    box.fill("Line one.\nLine two.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#messages li").last).to_contain_text("Line two.")


def test_how_many_are_found_is_how_many_are_shown(windows: Windows) -> None:
    page = windows.window()
    page.goto("/people")
    heading = page.locator(".lea", has_text="Chloe").get_by_role("heading", level=2)
    expect(heading).to_contain_text(re.compile(r"\d (person|people)$"))
    page.get_by_role("searchbox").fill("chloe")
    expect(heading).to_contain_text(re.compile(r"1 of \d people$|1 person$"))
    page.get_by_role("searchbox").fill("")
    expect(heading).not_to_contain_text(" of ")
