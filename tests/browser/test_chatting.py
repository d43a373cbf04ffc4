"""Two people talk, each in their own browser: live, in threads, with edits, forms and a clock."""

import pytest
from playwright.sync_api import Page, expect

from cohorts.messages import Message
from tests.browser.conftest import DESKTOP, PHONE, Keep, Windows
from tests.browser.served import Running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def say(page: Page, text: str, label: str = "Write to Sotol cohort") -> None:
    page.get_by_label(label).fill(text)
    page.get_by_label(label).press("Enter")


def test_two_people_talk_live(windows: Windows, server: Running, keep: Keep) -> None:
    ben, chloe = windows.become("ben"), windows.become("chloe")
    ben.goto(f"/chat/{server.room}")
    chloe.goto(f"/chat/{server.room}")
    say(ben, "Hello <b>Chloe</b> 👋🏽 — mañana?")
    expect(chloe.locator("#messages li").last).to_contain_text("Hello <b>Chloe</b> 👋🏽 — mañana?")
    expect(ben.get_by_label("Write to Sotol cohort")).to_have_value("")
    say(chloe, "Yes, tomorrow.")
    say(chloe, "After four.")
    expect(ben.locator("#messages li").last).to_contain_text("After four.")
    expect(ben.locator("#messages li").last).to_have_class("message follows")
    assert ben.locator("#messages li", has_text="Hello").count() == 1
    keep(ben, "talking-desktop")


def test_what_was_said_while_the_line_was_down_arrives(windows: Windows, server: Running) -> None:
    ben, chloe = windows.become("ben"), windows.become("chloe")
    ben.goto(f"/chat/{server.room}")
    chloe.goto(f"/chat/{server.room}")
    ben.context.set_offline(True)
    say(ben, "Is this thing on?")
    expect(ben.locator("#toast")).to_contain_text("Your words are still here")
    expect(ben.get_by_label("Write to Sotol cohort")).to_have_value("Is this thing on?")
    ben.evaluate("dispatchEvent(new Event('pagehide'))")
    say(chloe, "You missed this.")
    expect(chloe.locator("#messages li").last).to_contain_text("You missed this.")
    ben.context.set_offline(False)
    ben.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(ben.locator("#messages li").last).to_contain_text("You missed this.")
    ben.get_by_label("Write to Sotol cohort").press("Enter")
    expect(chloe.locator("#messages li").last).to_contain_text("Is this thing on?")


def test_an_edit_and_a_deletion_arrive(windows: Windows, server: Running) -> None:
    ben, chloe = windows.become("ben"), windows.become("chloe")
    ben.goto(f"/chat/{server.room}")
    chloe.goto(f"/chat/{server.room}")
    say(ben, "See you at fore.")
    expect(chloe.locator("#messages")).to_contain_text("See you at fore.")
    ben.locator("#messages li").last.hover()
    ben.get_by_role("link", name="Edit your message").click()
    dialog = ben.get_by_role("dialog", name="Edit your message")
    expect(dialog.get_by_label("Edit your message")).to_have_value("See you at fore.")
    dialog.get_by_label("Edit your message").fill("See you at *four*.")
    dialog.get_by_role("button", name="Save").click()
    expect(chloe.locator("#messages li").last).to_contain_text("See you at *four*.")
    expect(chloe.locator("#messages li").last).to_contain_text("edited")
    expect(chloe.locator("#messages li").last.get_by_role("link", name="Edit your message")).to_have_count(0)
    ben.get_by_role("link", name="Edit your message").click()
    ben.get_by_role("button", name="Delete message").click()
    expect(chloe.locator("#messages li").last).to_contain_text("This message was deleted.")
    assert "four" not in chloe.content()


def test_unread_marks_come_and_go(windows: Windows, server: Running) -> None:
    ben, chloe = windows.become("ben"), windows.become("chloe")
    ben.goto(f"/chat/{server.room}")
    expect(ben.locator(".count")).to_have_count(0)
    ben.goto("/chat/dm-ben")
    chloe.goto(f"/chat/{server.room}")
    say(chloe, "Anybody here?")
    expect(ben.locator(".room-link", has_text="Sotol cohort").locator(".count")).to_contain_text("1 unread")
    ben.locator(".room-link", has_text="Sotol cohort").click()
    expect(ben.locator("#new")).to_be_visible()
    expect(ben.locator(".count")).to_have_count(0)
    say(chloe, "There you are.")
    expect(ben.locator("#messages li").last).to_contain_text("There you are.")
    ben.goto("/chat/dm-ben")
    expect(ben.locator(".count")).to_have_count(0)


def test_a_thread_beside_the_room(windows: Windows, server: Running) -> None:
    ben, chloe = windows.become("ben"), windows.become("chloe")
    chloe.goto(f"/chat/{server.room}")
    ben.goto(f"/chat/{server.room}")
    ben.locator("a.replies").click()
    expect(ben.get_by_role("heading", name="Thread")).to_be_visible()
    expect(ben.locator("#thread-messages li")).to_have_count(3)
    say(ben, "I use that one too.", "Write a reply")
    expect(ben.locator("#thread-messages li").last).to_contain_text("I use that one too.")
    expect(chloe.locator("a.replies")).to_contain_text("3 replies")
    assert chloe.locator("#messages", has_text="I use that one too.").count() == 0


def test_a_form_with_a_mistake_then_none(windows: Windows, server: Running) -> None:
    ben = windows.become("ben")
    ben.get_by_role("button", name="Join a cohort").click()
    form = ben.get_by_role("dialog", name="Join a cohort")
    expect(form.get_by_label("What do you teach?")).to_be_focused()
    form.get_by_label("What do you teach?").fill("Science <3")
    form.get_by_label("What in your classroom").fill("I want to know everything")
    expect(form.locator(".field-count")).to_have_text("5 of 40 words")
    form.get_by_label("Middle school").check()
    form.get_by_label("Tuesday").check()
    form.get_by_role("button", name="Join", exact=True).click()
    practice = form.get_by_label("What in your classroom")
    expect(practice).to_have_accessible_description(
        "3 to 40 words. “Everything” is a lot. Name one thing you could look at."
    )
    expect(form.get_by_label("What do you teach?")).to_have_value("Science <3")
    expect(form.get_by_label("Tuesday")).to_be_checked()
    practice.fill("why they nod and then fail")
    form.get_by_role("button", name="Join", exact=True).click()
    expect(ben.locator("#messages li").last).to_contain_text("You are in.")
    expect(ben.get_by_role("dialog")).to_have_count(0)
    sent = server.core.heard[-1]
    assert getattr(sent, "values", {})["days"] == "tue"


def test_what_was_written_survives_closing(windows: Windows, server: Running) -> None:
    ben = windows.become("ben")
    ben.get_by_role("button", name="Join a cohort").click()
    ben.get_by_label("What do you teach?").fill("Biology")
    ben.keyboard.press("Escape")
    expect(ben.get_by_role("dialog")).to_have_count(0)
    expect(ben.get_by_role("button", name="Join a cohort")).to_be_focused()
    ben.get_by_role("button", name="Join a cohort").click()
    expect(ben.get_by_label("What do you teach?")).to_have_value("Biology")
    ben.keyboard.press("Escape")
    ben.get_by_label("Write to Cohortium").fill("half a thou")
    ben.goto(f"/chat/{server.room}")
    ben.goto("/chat/dm-ben")
    expect(ben.get_by_label("Write to Cohortium")).to_have_value("half a thou")


def test_a_whisper_is_seen_by_one(windows: Windows, server: Running) -> None:
    ben, chloe = windows.become("ben"), windows.become("chloe")
    ben.goto(f"/chat/{server.room}")
    chloe.goto(f"/chat/{server.room}")
    say(ben, "hold on, I have a question")
    whisper = ben.locator(".is-whisper", has_text="Only you see this").last
    expect(whisper).to_contain_text("The presenter listens until step 6.")
    say(ben, "Good morning.")
    expect(chloe.locator("#messages li").last).to_contain_text("Good morning.")
    assert "The presenter listens" not in chloe.content()
    whisper.get_by_role("button", name="Dismiss").click()
    expect(ben.get_by_text("The presenter listens")).to_have_count(0)


def test_held_words_are_their_authors_until_they_are_sent(windows: Windows, server: Running, keep: Keep) -> None:
    ben, chloe = windows.become("ben", viewport=PHONE), windows.become("chloe")
    chloe.goto(f"/chat/{server.room}")
    chloe.locator("a.replies").click()
    ben.goto(chloe.url)
    say(ben, "hold on, why that question?", "Write a reply")
    held = ben.locator("#thread-messages .is-whisper", has_text="why that question?")
    expect(held).to_contain_text("Held: only you see this")
    expect(ben.locator("#thread-messages .is-whisper").last).to_contain_text("The presenter listens until step 6.")
    keep(ben, "held-phone")
    held.get_by_role("button", name="Send it now").click()
    expect(ben.locator("#thread-messages li", has_text="The presenter listens")).to_have_count(2)
    say(chloe, "Ask away.", "Write a reply")
    expect(ben.locator("#thread-messages li").last).to_contain_text("Ask away.")
    chloe.reload()
    assert "why that question?" not in chloe.content()
    assert "The presenter listens" not in chloe.content()
    held.get_by_role("button", name="Delete").click()
    expect(held).to_have_count(0)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_an_answer_comes_into_view(windows: Windows, server: Running, viewport: dict[str, int]) -> None:
    ben = windows.become("ben", viewport=viewport)
    for number in range(30):
        server.run(server.core.local.send(f"old {number}", "", "dm-ben", Message(text=f"Word number {number}.")))
    ben.reload()
    expect(ben.locator("#messages li").last).to_contain_text("Word number 29.")
    ben.locator("#log").evaluate("log => (log.scrollTop = 0)")
    ben.get_by_role("button", name="Who sees what I write?").click()
    expect(ben.locator(".is-whisper").get_by_role("button", name="Join a cohort")).to_be_in_viewport()
    ben.locator("#log").evaluate("log => (log.scrollTop = 0)")
    ben.get_by_role("button", name="Join a cohort").first.click()
    form = ben.get_by_role("dialog", name="Join a cohort")
    form.get_by_label("What do you teach?").fill("Art")
    form.get_by_label("What in your classroom").fill("why they whisper")
    form.get_by_label("Middle school").check()
    form.get_by_role("button", name="Join", exact=True).click()
    expect(ben.get_by_role("dialog")).to_have_count(0)
    expect(ben.locator(".is-whisper", has_text="Kept, for you alone.")).to_be_in_viewport()
    ben.locator("#log").evaluate("log => (log.scrollTop = 0)")
    ben.get_by_role("button", name="Join a cohort").first.click()
    form.get_by_label("What do you teach?").fill("Art")
    form.get_by_label("What in your classroom").fill("why they copy")
    form.get_by_label("Middle school").check()
    form.get_by_role("button", name="Join", exact=True).click()
    expect(ben.locator("#messages li", has_text="You are in.")).to_be_in_viewport()


def test_a_file_comes_as_a_file(windows: Windows) -> None:
    ben = windows.become("ben")
    with ben.expect_download() as coming:
        ben.get_by_role("button", name="Get my packet").click()
    assert coming.value.suggested_filename.endswith(".zip")
    ben.get_by_role("button", name="Get my packet").click()
    expect(ben.locator("#toast")).to_be_empty()


def test_the_clock_is_moved_and_everybody_sees_it(windows: Windows) -> None:
    ben, dara = windows.become("ben"), windows.become("dara", viewport=PHONE)
    expect(ben.locator(".clock-now")).to_contain_text("Monday, Jan 12, 9:20 AM")
    expect(dara.locator(".clock-now")).to_contain_text("Monday, Jan 12, 8:20 AM")
    ben.get_by_role("button", name="To the next thing that happens").click()
    expect(ben.locator(".clock-now")).to_contain_text("Tuesday, Jan 13, 3:20 AM")
    expect(dara.locator(".clock-now")).to_contain_text("Tuesday, Jan 13, 2:20 AM")
    ben.get_by_role("button", name="Let time run").click()
    expect(ben.get_by_role("button", name="Stop time")).to_be_focused()
    expect(dara.get_by_role("button", name="Stop time")).to_be_visible()


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_what_comes_next_is_read_to_its_end(windows: Windows, viewport: dict[str, int]) -> None:
    dara = windows.become("dara", viewport=viewport)
    at = dara.locator(".clock-next time")
    expect(at).to_contain_text("2:20 AM")
    assert at.evaluate("time => time.getBoundingClientRect().right <= innerWidth")
    assert dara.locator(".clock-next").evaluate("line => line.scrollWidth <= line.clientWidth")


def test_light_and_dark_by_choice(windows: Windows) -> None:
    ben = windows.become("ben", color_scheme="light")
    light = ben.evaluate("getComputedStyle(document.body).backgroundColor")
    ben.locator(".top .menu summary").click()
    ben.get_by_role("button", name="Dark", exact=True).click()
    expect(ben.locator("html")).to_have_attribute("data-theme", "dark")
    assert ben.url.endswith("/chat/dm-ben")
    assert ben.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_the_filter_of_people(windows: Windows) -> None:
    page = windows.window()
    page.goto("/people")
    page.get_by_label("Find by name, subject or district").fill("marfa agri")
    expect(page.locator(".persona:visible")).to_have_count(1)
    expect(page.locator(".lea:visible")).to_have_count(1)


def test_the_page_speaks_the_persons_language(windows: Windows) -> None:
    ana = windows.become("ana")
    expect(ana.locator("html")).to_have_attribute("lang", "es")
    expect(ana.get_by_label("Escribe en Cohortium")).to_be_visible()
    expect(ana.locator(".clock-now")).to_contain_text("lunes, 12 ene, 09:20")
