"""The operators' page of the queues in a browser: how it looks, without scripts, and that it goes on by itself."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LOOKS, PHONE, Check, Running, Windows
from tests.browser.test_pages import SIZES, assert_fits, assert_ids_once, keep_whole, lived, server
from tests.fakes.sick_queues import SECRET_WORDS, sicken
from tests.fakes.small_network import educator_id

__all__ = ["keep_whole", "lived", "server"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def about(label: str, name: str) -> re.Pattern[str]:
    """A button and what those hear who do not see what stands beside it."""
    return re.compile(f"^{label}.*{name}$".replace("/", r"\/"))


def make_sick(running: Running) -> None:
    running.run(running.core.database.transact(sicken, running.core.now()))


@LOOKS
def test_queues_are_accessible(
    windows: Windows, server: Running, check_axe: Check, keep_whole: Callable[[Page, str], None], size: str, scheme: str
) -> None:
    page = windows.become("olga", viewport=SIZES[size], color_scheme=scheme)
    for name in ("well", "sick", "drop", "dropped"):
        if name == "sick":
            make_sick(server)
        if name == "dropped":
            page.get_by_role("button", name="Yes, drop it").click()
            expect(page.get_by_role("button", name=about("Bring back", "dead-letter"))).to_be_visible()
        page.goto("/queues/drop?name=dead-letter" if name == "drop" else "/queues")
        keep_whole(page, f"queues-{name}-{size}-{scheme}")
        check_axe(page)
        assert_fits(page)
        assert_ids_once(page)
        assert SECRET_WORDS not in page.content()


def test_an_operator_mends_them_without_scripts(windows: Windows, server: Running) -> None:
    make_sick(server)
    page = windows.become("olga", java_script_enabled=False, viewport=PHONE)
    page.get_by_role("link", name="Queues").click()
    page.get_by_role("link", name=about("Drop", "dead-letter")).click()
    expect(page.get_by_role("heading", name="Drop this?")).to_be_visible()
    page.get_by_role("button", name="Yes, drop it").click()
    expect(page.get_by_role("status").first).to_have_text("Dropped.")
    page.get_by_role("button", name=about("Bring back", "dead-letter")).click()
    expect(page.get_by_role("status").first).to_have_text("Brought back, as it was.")
    page.get_by_role("link", name=about("Drop", "dead-letter")).click()
    page.get_by_role("button", name="Yes, drop it").click()
    page.get_by_role("button", name=about("Try again", "run/run-lost")).click()
    expect(page.get_by_text("Nothing is dead.")).to_be_visible()
    page.get_by_role("button", name=about("Take back", "slack/T1")).click()
    expect(page.get_by_role("status").first).to_have_text("Taken back. What was held goes out.")
    expect(page.get_by_role("button", name=about("Take back", "slack/T1"))).to_have_count(0)


def test_what_is_shown_goes_on_by_itself_and_waits_for_who_is_in_it(windows: Windows, server: Running) -> None:
    page = windows.become("olga")
    page.clock.install()
    page.goto("/queues")
    expect(page.get_by_text("Nothing is dead.")).to_be_visible()
    make_sick(server)
    page.clock.fast_forward(6000)
    expect(page.get_by_text("ChannelGoneError")).to_be_visible()
    button = page.get_by_role("button", name=about("Try again", "dead-letter"))
    button.focus()
    page.clock.fast_forward(6000)
    expect(button).to_be_focused()


def test_a_page_in_spanish(windows: Windows, server: Running) -> None:
    def speak_spanish(tx: object) -> None:
        olga = tx.people.get_educator(educator_id("olga"))  # type: ignore[attr-defined]
        tx.people.save_educator(olga.model_copy(update={"language": "es"}))  # type: ignore[attr-defined]

    make_sick(server)
    server.run(server.core.database.transact(speak_spanish))
    page = windows.become("olga")
    page.goto("/queues")
    expect(page.get_by_role("heading", name="Colas")).to_be_visible()
    expect(page.get_by_role("heading", name="Espacios que nos rechazan")).to_be_visible()
