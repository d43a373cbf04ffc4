"""Among the made-up people is one who looks after the installation, so that everybody can see that page too."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from bot.app import House, open_house
from bot.demo.clock import DemoClock
from bot.demo.desk import DemoDesk
from bot.demo.network import lay_network
from bot.demo.people import DemoPerson
from bot.demo.world import World
from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.pages_routes import PAGES
from tests.scenarios.town import settings_in

BASE = "http://127.0.0.1:8000"


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[tuple[House, DemoDesk]]:
    clock = DemoClock()
    async with open_house(settings_in(tmp_path), clock.now, "OFF") as house:
        people: list[DemoPerson] = list(await house.database.transact(lay_network, 14, 3))
        world = World(house, clock, {person.educator.id: person for person in people}, 1, 3)
        await world.resume()
        yield house, DemoDesk(house, "not a secret, a test", world, people)


def csrf_in(html: str) -> str:
    found = re.search(r'data-csrf="([0-9a-f]{64})"', html)
    assert found
    return found[1]


@pytest.mark.parametrize(("language", "badge"), [("en", "Operator"), ("es", "Administración")])
async def test_one_can_become_the_operator_and_see_the_queues(
    demo: tuple[House, DemoDesk], language: str, badge: str
) -> None:
    house, desk = demo
    (operator,) = [one for one in await desk.personas(language) if one.role == "operator"]
    web = build_web(desk, house.local, WebSettings(secret="not a secret, a test"), PAGES)
    transport = httpx2.ASGITransport(app=web)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, follow_redirects=True) as client:
        door = (await client.get("/people", headers={"accept-language": language})).text
        assert badge in door
        assert operator.story
        assert operator.story in door
        home = await client.post("/people/become", data={"csrf": csrf_in(door), "user": operator.user})
        assert 'href="/queues"' in home.text
        assert "You look after this installation." in home.text
        assert "Join" not in home.text.split("<main")[1]
        assert (await client.get("/queues")).status_code == 200


async def test_the_operator_does_nothing_by_themselves(demo: tuple[House, DemoDesk]) -> None:
    house, desk = demo
    (operator,) = [one for one in await desk.personas("en") if one.role == "operator"]
    assert desk.clock
    for _ in range(30):
        await desk.clock.next()
    assert not await house.database.read(lambda tx: tx.interests.of(operator.user))
