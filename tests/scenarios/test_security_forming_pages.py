"""The forming and cohort pages as different facilitators read them in a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from bot.desk import HouseDesk
from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.pages_routes import PAGES
from tests.adapters.test_local_web import csrf_in
from tests.scenarios.town import SIX, Town, open_town

SECRET = "not a secret, a test"
FACILITATOR = {"roles": ("teacher", "facilitator")}


@asynccontextmanager
async def browser(town: Town, name: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Signed in as this person."""
    desk = HouseDesk(town.house, SECRET)
    web = build_web(desk, town.house.local, WebSettings(secret=SECRET), more=PAGES)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=web), base_url="http://127.0.0.1:8000") as client:
        csrf = csrf_in((await client.get("/enter")).text)
        await client.post("/enter", data={"csrf": csrf, "token": await desk.write_link(name)})
        yield client


async def test_whom_one_may_not_see_is_only_counted(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("abe", **FACILITATOR)
        await town.settle_in("ann", evaluators=("abe@example.org",))
        await town.join("ann", problem="Heliotrope: my students stop after the first try.")
        await town.join(*SIX[1:])
        await town.press("fay", "form.propose")
        async with browser(town, "fay") as client:
            page = (await client.get("/forming")).text
            assert "Ann Lee" in page
            assert "Heliotrope" in page
            assert 'href="/forming/approve"' in page
        async with browser(town, "abe") as client:
            page = (await client.get("/forming")).text
            assert "Ben Lee" in page
            assert "Ann Lee" not in page
            assert "Heliotrope" not in page
            assert "1 person whom you may not see" in page
            assert 'href="/forming/approve"' not in page
            assert "an operator approves this proposal" in page
            assert (await client.get("/forming/approve")).headers["location"] == "/forming"


async def test_a_cohort_that_nobody_can_lead_says_so(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.settle_in(*SIX, lea=dict.fromkeys(SIX, 1))
        await town.join("ann", share="")
        (cohort,) = await town.form(*SIX[1:])
        async with browser(town, "fay") as client:
            for path in ("/facilitator", f"/facilitator/{cohort.id}"):
                assert "No facilitator fits" in (await client.get(path)).text
