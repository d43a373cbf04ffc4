"""On a phone in one hand, and by keys alone: what is touched is large enough, what is pressed leaves one somewhere."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, TOUCH, Windows, too_small
from tests.browser.served import Running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LINE = 68


def test_a_finger_finds_everything(windows: Windows, server: Running) -> None:
    page = windows.become("ben", **TOUCH)
    thread = page.goto(f"/chat/{server.room}") and page.locator("a.replies").first.get_attribute("href")
    for path in ("/chat", "/chat/me", f"/chat/{server.room}", thread, "/people", "/chat/room-of-nobody"):
        page.goto(str(path))
        page.locator(".top .menu > summary").first.click()
        assert too_small(page) == [], path


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_rooms_are_told_apart(windows: Windows, server: Running, size: dict[str, int]) -> None:
    local = server.core.local
    for number in (1, 2):
        name = f"Using Formative Assessment Strategies to Facilitate Student Learning · {number}"
        room = server.run(local.open_room(f"long-{number}", "", name, "Eight weeks", ("ana", "ben")))
        for word in range(12):
            server.run(local.people.post("ana", room, f"{number}-{word}", "Hello"))
    page = windows.become("ben", viewport=size)
    page.goto("/chat")
    for number in (1, 2):
        link = page.get_by_role("link", name=f"Student Learning · {number}")
        end = link.locator(".cut-name > :last-child")
        assert end.inner_text().strip() == f"· {number}"
        assert is_left_of(page, end.bounding_box(), link.locator(".count").bounding_box())
    assert page.evaluate(OFF_CENTRE) <= 1


def is_left_of(page: Page, one: object, other: object) -> bool:
    return bool(page.evaluate("([one, other]) => one.x + one.width <= other.x", [one, other]))


OFF_CENTRE = """() => {
  const count = document.querySelector('.count');
  const words = document.createRange();
  words.selectNodeContents(count.firstElementChild);
  const [box, text] = [count.getBoundingClientRect(), words.getBoundingClientRect()];
  return Math.abs(box.x + box.width / 2 - text.x - text.width / 2);
}"""


@pytest.mark.parametrize("scripts", [True, False])
def test_the_place_to_write_is_one_line(windows: Windows, server: Running, scripts: bool) -> None:
    name = "Using Formative Assessment Strategies to Facilitate Student Learning · 2"
    room = server.run(server.core.local.open_room("long-2", "", name, "Eight weeks", ("ana", "ben")))
    page = windows.become("ben", java_script_enabled=scripts, **TOUCH)
    page.goto(f"/chat/{room}")
    box = page.get_by_label(f"Write to {name}")
    assert box.evaluate("box => box.clientHeight") < LINE
    assert box.evaluate("box => box.scrollHeight <= box.clientHeight")


def test_a_press_that_takes_its_button_away_leaves_one_beside_it(windows: Windows, server: Running) -> None:
    page = windows.become("ben")
    page.get_by_role("button", name="Who sees what I write?").click()
    dismiss = page.get_by_role("button", name="Dismiss")
    expect(dismiss).to_be_visible()
    dismiss.press("Enter")
    expect(page.get_by_role("button", name="Dismiss")).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body")
