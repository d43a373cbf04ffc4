"""A cohort meets live, in three browsers: a time is chosen, others answer, and a calendar takes it in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Check, Keep, Windows
from tests.browser.served import Running, served
from tests.browser.test_journey import _town, fill_in
from tests.scenarios.town import SIX, Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

TOPIC = "Compare what <b>we</b> saw"
LINK = "https://meet.example.org/j/1?pwd=x"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with served(_town(tmp_path)) as running:
        yield running


def test_a_meeting_is_set_answered_and_taken_into_a_calendar(
    windows: Windows, server: Running, check_axe: Check, keep: Keep
) -> None:
    town: Town = server.core  # type: ignore[assignment]
    (cohort,) = server.run(town.form(*SIX, times="1-after_school,3-after_school"))
    server.run(town.pass_days(0.2))
    room = server.run(town.room_of(cohort))
    ann, cam = windows.become("ann", viewport=PHONE), windows.become("cam")
    ann.goto(f"/chat/{room}")
    ann.get_by_role("button", name="Meet live").click()
    dialog = ann.get_by_role("dialog", name="Meet live")
    expect(dialog.get_by_text("Tuesday, Jan 13, 4:30 PM")).to_be_visible()
    check_axe(ann)
    keep(ann, "meeting-form-phone")
    dialog.locator('[name="f.other"]').fill("Jan 20")
    dialog.locator('[name="f.where"]').fill("http://meet.example.org")
    dialog.locator('[name="f.topic"]').fill(TOPIC)
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_text("does not end with a time")).to_be_visible()
    expect(dialog.get_by_text("A link has to begin with https://.")).to_be_visible()
    keep(ann, "meeting-problems-phone")
    fill_in(ann, other="Jan 20 3:30 pm", where=LINK)
    expect(ann.get_by_text("The meeting is set for Tuesday, Jan 20, 3:30 PM.")).to_be_visible()

    cam.goto(f"/chat/{room}")
    shown = cam.locator("#messages li", has_text="Live meeting:").last
    expect(shown).to_contain_text(TOPIC)
    expect(shown).to_contain_text("Tuesday, Jan 20, 2:30 PM")
    expect(shown.get_by_role("link", name="meet.example.org")).to_have_attribute("href", LINK)
    check_axe(cam)
    shown.scroll_into_view_if_needed()
    keep(cam, "meeting-card-desktop")
    shown.get_by_role("button", name="I will come").click()
    expect(shown).to_contain_text("2: Ann Lee, Cam Lee")
    expect(cam.get_by_text("Your cohort sees your name")).to_be_visible()
    with cam.expect_download() as downloading:
        shown.get_by_role("button", name="Add to calendar").click()
    assert downloading.value.suggested_filename == "meeting.ics"
    assert b"DTSTART:20260120T213000Z" in Path(downloading.value.path()).read_bytes()

    fay = windows.become("fay")
    fay.goto(f"/facilitator/{cohort.id}")
    expect(fay.locator("ol.coming")).to_contain_text("Live meeting")
    expect(fay.get_by_role("button", name="Meet live")).to_be_visible()
    fay.goto(f"/chat/{room}")
    fay.locator("#messages li", has_text="Live meeting:").last.get_by_role("button", name="Call off").click()
    fay.get_by_role("dialog", name="Call off the meeting").get_by_role("button", name="Call it off").click()
    expect(cam.locator("#messages li", has_text="Called off:").last).to_contain_text(TOPIC)
    expect(cam.get_by_role("button", name="I will come")).to_have_count(0)
