"""The demo's clock says what comes next, whatever it is: without words for it no page of the demo would open."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from bot.app import House, open_house
from bot.chat.local.ids import PLATFORM, WORKSPACE, direct_id
from bot.demo.clock import DemoClock
from bot.demo.desk import DemoDesk
from bot.demo.network import lay_network
from bot.demo.people import DemoPerson
from bot.demo.world import World
from bot.scheduler import KINDS
from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.pages_routes import PAGES
from cohorts.events import AccountRef, Done, Place, Sent
from tests.scenarios.test_demo_operator import BASE, csrf_in
from tests.scenarios.town import joining, settings_in


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[tuple[House, DemoDesk]]:
    clock = DemoClock()
    async with open_house(settings_in(tmp_path), clock.now, "OFF") as house:
        people: list[DemoPerson] = list(await house.database.transact(lay_network, 16, 3))
        world = World(house, clock, {person.educator.id: person for person in people}, 1, 3)
        yield house, DemoDesk(house, "not a secret, a test", world, people)


async def test_the_pages_open_after_the_newcomer_has_joined(demo: tuple[House, DemoDesk]) -> None:
    house, desk = demo
    (me,) = [one.user for one in await desk.personas("en") if "Has not joined yet" in one.story]
    account, place = AccountRef(platform=PLATFORM, workspace=WORKSPACE, user=me), Place(conversation=direct_id(me))
    joined = Sent(key="join", account=account, place=place, action="join.send", value="", values=joining())
    assert isinstance(await desk.handle(joined), Done)
    coming = await desk.clock.next_thing("en")
    assert coming is not None
    assert coming.what == "A seat is looked for, for somebody who waits"
    web = build_web(desk, house.local, WebSettings(secret="not a secret, a test"), PAGES)
    transport = httpx2.ASGITransport(app=web)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, follow_redirects=True) as client:
        door = (await client.get("/people")).text
        home = await client.post("/people/become", data={"csrf": csrf_in(door), "user": me})
        assert home.status_code == 200
        assert coming.what in home.text


@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_kind_of_work_has_words_of_its_own(demo: tuple[House, DemoDesk], language: str) -> None:
    house, desk = demo
    said = set()
    for kind in sorted({*KINDS, "work of another version"}):
        await house.database.transact(lambda tx, kind=kind: tx.due.set(kind, "one", house.now()))
        coming = await desk.clock.next_thing(language)
        assert coming is not None
        said.add(coming.what)
        await house.database.transact(lambda tx, kind=kind: tx.due.clear(kind, "one"))
    assert len(said) == len(KINDS) + 1
