"""Two teachers and a facilitator, in three browsers, from joining to the packet: the real thing, but for the clock."""

import io
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.desk import HouseDesk
from bot.web.app import build_web
from bot.web.desk import Persona, WebSettings
from bot.web.pages_routes import PAGES
from tests.browser.conftest import PHONE, Check, Keep, Windows
from tests.browser.served import SECRET, Place, Running, served
from tests.scenarios.town import SIX, Town, open_town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EVERYBODY = ("fay", *SIX)
MARBLES = "Nine of thirty students answered in a full sentence, marbles on the desk."
PEBBLES = "Eleven of thirty students wrote two lines, pebbles on the desk."
SEEN = "I see nine answers after a pause of four seconds and who gave them."
BLAME = "Your instructions are unclear and the whole lesson is poorly planned and boring"
TRY = "You could put the count of answers before the story of the lesson."


class TownDesk(HouseDesk):
    """The real desk, with everybody of the town to become."""

    demo = True

    async def personas(self, language: str) -> list[Persona]:
        return [Persona(user=name, name=f"{name.title()} Lee", subject="Science", lea="Marfa") for name in EVERYBODY]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with served(_town(tmp_path)) as running:
        yield running


@asynccontextmanager
async def _town(folder: Path) -> AsyncIterator[Place]:
    async with open_town(folder, *SIX) as town:
        yield Place(build_web(TownDesk(town.house, SECRET), town.house.local, WebSettings(secret=SECRET), PAGES), town)


def fill_in(page: Page, **values: str) -> None:
    """The open form: texts are typed, options ticked by their value; then it is sent and gone."""
    dialog = page.get_by_role("dialog")
    dialog.locator("form").wait_for()
    for name, value in values.items():
        field = dialog.locator(f'[name="f.{name}"]')
        if field.first.evaluate("field => field.type") in ("radio", "checkbox"):
            dialog.locator(f'[name="f.{name}"][value="{value}"]').check(force=True)
        elif field.first.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    dialog.locator("button[type=submit]").click()
    expect(dialog.locator("form[action='/form']")).to_have_count(0)


def join_in_browser(windows: Windows, name: str, **options: Any) -> Page:
    page = windows.become(name, **options)
    page.get_by_role("button", name="Join a cohort").click()
    fill_in(
        page,
        microcredential="formative-assessment",
        subject="Physics",
        grade_band="9-12",
        share="yes",
        problem="Few students answer when I ask an open question.",
    )
    expect(page.get_by_text("You are in")).to_be_visible()
    return page


def test_from_joining_to_the_packet(windows: Windows, server: Running, check_axe: Check, keep: Keep) -> None:
    town: Town = server.core  # type: ignore[assignment]
    ann = join_in_browser(windows, "ann")
    ben = join_in_browser(windows, "ben", viewport=PHONE)
    keep(ben, "journey-joined-phone")
    server.run(town.join(*SIX[2:]))

    fay = windows.become("fay")
    fay.goto("/forming")
    fay.get_by_role("button", name="Propose cohorts").click()
    fay.get_by_role("dialog").get_by_text("A proposal is ready").wait_for()
    with fay.expect_navigation():
        fay.keyboard.press("Escape")
    fay.get_by_role("link", name="Approve…").click()
    fay.wait_for_url("**/forming/approve*")
    fay.get_by_role("button", name="Yes, open the rooms").click()
    fay.get_by_role("dialog").get_by_text("Approved.").wait_for()
    cohort = server.run(town.cohort("ann"))
    server.run(town.pass_days(1))
    room = server.run(town.room_of(cohort))

    _sealed_round(server, town, ann, ben, room, keep)
    check_axe(ann)
    _review(windows, server, town, ann, room, keep)
    fay.goto("/facilitator")
    expect(fay.get_by_text(cohort.name).first).to_be_visible()
    keep(fay, "journey-facilitator-desktop")

    ann.goto("/evidence")
    check_axe(ann)
    keep(ann, "journey-evidence-desktop")
    with ann.expect_download() as downloading:
        ann.get_by_role("button", name="Download the packet").click()
    with zipfile.ZipFile(io.BytesIO(Path(downloading.value.path()).read_bytes())) as packet:
        words = "".join(packet.read(name).decode() for name in packet.namelist())
    assert "marbles" in words


def _sealed_round(server: Running, town: Town, ann: Page, ben: Page, room: str, keep: Keep) -> None:
    """What Ann seals Ben cannot read, until all answers open together."""
    run = server.run(town.begin("sealed-round", server.run(town.cohort("ann"))))
    thread = server.run(town.thread_of(run))
    for page, words in ((ann, MARBLES), (ben, PEBBLES)):
        page.goto(f"/chat/{room}/thread/{thread}")
        page.locator("#thread-messages").get_by_role("button", name="Answer").first.click()
        fill_in(page, answer=words, no_students="yes")
    ben.goto(f"/chat/{room}/thread/{thread}")
    assert "marbles" not in ben.content()
    keep(ben, "journey-sealed-phone")
    for name in SIX[2:]:
        server.run(town.answer(name, run, "answer"))
    server.run(town.pass_days(3))
    for page, words in ((ann, "pebbles"), (ben, "marbles")):
        page.goto(f"/chat/{room}/thread/{thread}")
        expect(page.locator("#thread-messages")).to_contain_text(words)
    keep(ann, "journey-revealed-desktop")


def _review(windows: Windows, server: Running, town: Town, ann: Page, room: str, keep: Keep) -> None:
    """Ann writes a draft on her page and shares it; a colleague reviews it in a browser of their own."""
    ann.goto("/evidence")
    ann.get_by_role("button", name="Write", exact=True).first.click()
    fill_in(ann, text=MARBLES)
    run = server.run(town.begin("tune-a-draft", server.run(town.cohort("ann")), presenter="ann"))
    thread = server.run(town.thread_of(run))
    ann.goto(f"/chat/{room}/thread/{thread}")
    ann.locator("#thread-messages").get_by_role("button", name="My part").first.click()
    draft = server.run(town.ask(lambda tx: tx.evidence.drafts("ann", "formative-assessment")))[-1]
    fill_in(ann, draft=draft.id, context="One lesson on forces.", goal="More answers.", focus="Is the count clear?")
    server.run(town.tick_until(lambda tx: tx.runs.get(run.id).step("examine").status == "open"))
    asked = server.run(town.run(run.id)).role("reviewer")
    reviewer = windows.become(asked[0], viewport={"width": 390, "height": 480})
    reviewer.goto(f"/chat/{room}/thread/{thread}")
    expect(reviewer.locator("#thread-messages")).to_contain_text("marbles")
    reviewer.locator("#thread-messages").get_by_role("button", name="My part").last.click()
    expect(reviewer.get_by_role("dialog").get_by_role("heading").first).to_be_focused()
    assert reviewer.get_by_role("dialog").evaluate("dialog => dialog.scrollTop") == 0
    criterion = "/".join(_first_criterion(server, town))
    _blame_comes_back(reviewer, criterion)
    keep(reviewer, "journey-blame-desktop")
    fill_in(reviewer, see=SEEN, place="paragraph one", criterion=criterion, **{"try": TRY}, no_students="yes")
    for other in asked[1:]:
        see = {"see": SEEN, "try": TRY, "place": "paragraph two", "criterion": criterion}
        server.run(town.answer(other, run, "examine", **see))
    server.run(town.tick_until(lambda tx: tx.runs.get(run.id).step("examine").status == "done"))
    ann.goto(f"/chat/{room}/thread/{thread}")
    expect(ann.locator("#thread-messages")).to_contain_text("put the count of answers before")
    keep(ann, "journey-review-desktop")


def _blame_comes_back(reviewer: Page, criterion: str) -> None:
    """A review that only finds fault is not sent: each field says what to add, and every word is still there."""
    dialog = reviewer.get_by_role("dialog")
    dialog.locator("form").wait_for()
    dialog.locator('[name="f.see"]').fill(BLAME)
    dialog.locator('[name="f.place"]').fill("the whole thing")
    dialog.locator(f'[name="f.criterion"][value="{criterion}"]').check()
    dialog.locator('[name="f.try"]').fill("You should throw it away and start again from nothing because it fails")
    dialog.locator("button[type=submit]").click()
    for problem in ("Before what is missing, say what is there", "Where is it?", "worth keeping"):
        expect(dialog.locator(".field-problem", has_text=problem)).to_be_visible()
    expect(dialog.locator('[name="f.see"]')).to_have_value(BLAME)


def _first_criterion(server: Running, town: Town) -> tuple[str, str]:
    part = server.run(town.ask(lambda tx: tx.catalogue.get("formative-assessment"))).parts[0]
    return part.id, part.criteria[0].id
