"""The forming and cohort pages as different facilitators read them in a browser."""

import re
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
            assert "form-lock-" in page
            assert 'href="/forming/approve"' in page
        async with browser(town, "abe") as client:
            page = (await client.get("/forming")).text
            assert "Ben Lee" in page
            assert "Ann Lee" not in page
            assert "Heliotrope" not in page
            assert "1 person whom you may not see" in page
            assert "form-lock-" not in page
            assert 'href="/forming/approve"' not in page
            assert "an operator approves it as a whole" in page
            assert (await client.get("/forming/approve")).headers["location"] == "/forming"


async def test_a_cohort_that_nobody_can_lead_says_so(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.settle_in(*SIX, lea=dict.fromkeys(SIX, 1))
        await town.join("ann", share="no")
        (cohort,) = await town.form(*SIX[1:])
        async with browser(town, "fay") as client:
            for path in ("/facilitator", f"/facilitator/{cohort.id}"):
                assert "No facilitator fits" in (await client.get(path)).text


async def test_what_is_proposed_anew_is_in_view_where_it_was_asked_for(tmp_path: Path) -> None:
    """No door to this page on this page; in the conversation, which says it too, there is one."""
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        await town.press("fay", "form.propose")
        async with browser(town, "fay") as client:
            page = (await client.get("/forming")).text
            again = re.search(r'value="([^"]+)"[^>]*>(?:<button[^>]*>)?Propose anew', page)
            assert again, page
            fields = {"csrf": csrf_in(page), "nonce": "n", "ticket": again[1]}
            told = await client.post("/press", data=fields, headers={"Referer": f"{client.base_url}/forming"})
            assert "A proposal is ready" in told.text
            assert "See the proposal" not in told.text
        assert ("form.look.open", "") in await town.actions("fay")


async def test_the_report_and_the_places_keep_what_one_may_not_see(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("abe", **FACILITATOR)
        await town.settle_in("ann", lea={"ann": 2}, evaluators=("abe@example.org",))
        await town.settle_in(*SIX[1:], lea=dict.fromkeys(SIX[1:], 1))
        await town.join(*SIX)
        await town.press("fay", "form.propose")
        async with browser(town, "abe") as client:
            page = (await client.get("/forming/report")).text
            assert "Fabens" not in page
            assert "Districts not told" in page
            assert (await client.get("/forming/person/ann")).status_code == 404
            assert (await client.get("/forming/person/ben")).status_code == 200
            assert (await client.get("/forming/person/nobody")).status_code == 404
        async with browser(town, "fay") as client:
            assert "Fabens" in (await client.get("/forming/report")).text
            assert (await client.get("/forming/person/ann")).status_code == 200
            await town.press("fay", "form.move", f"{await town.open_proposal()}/ann/waiting")
            waits = (await client.get("/forming/person/ann")).text
            assert "Waiting now" in waits
            assert "points more" in waits
        async with browser(town, "ben") as client:
            assert (await client.get("/forming/person/ann")).status_code == 403


async def test_a_part_is_approved_by_whoever_sees_all_in_it(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        twelve = (*SIX, "gil", "hope", "ida", "jon", "kim", "lou")
        await town.settle_in(*twelve)
        await town.settle_in("abe", **FACILITATOR)
        await town.settle_in("ann", evaluators=("abe@example.org",))
        await town.join(*twelve)
        await town.press("fay", "form.propose")
        found = await town.ask(lambda tx: tx.proposals.newest("open"))
        assert found is not None
        hers = found[1].group_of("ann")
        assert hers is not None
        other = next(group.id for group in found[1].groups if group is not hers)
        async with browser(town, "abe") as client:
            page = await client.get("/forming/approve", params={"some": "1", "group": other})
            assert "1 room opens" in page.text
            assert (await client.get("/forming/approve?some=1")).headers["location"] == "/forming"
            mine = await client.get("/forming/approve", params={"some": "1", "group": hers.id})
            assert "Yes, open the rooms" not in mine.text
            board = (await client.get("/forming")).text
            assert f'name="group" value="{other}"' in board
            assert f'name="group" value="{hers.id}"' not in board, "no choice that leads nowhere"


async def test_of_many_cohorts_the_summary_comes_first(tmp_path: Path) -> None:
    names = [f"p{number:03}" for number in range(90)]
    async with open_town(tmp_path, *names) as town:
        await town.join(*names)
        await town.press("fay", "form.propose")
        async with browser(town, "fay") as client:
            page = (await client.get("/forming")).text
            assert page.count('<details class="fold">') > 12
            assert '<details class="fold" open>' not in page
            assert page.count('class="seat"') == 90
            found = (await client.get("/forming", params={"find": "p042"})).text
            assert found.count('<details class="fold" open>') == 1
            none = (await client.get("/forming", params={"find": "nobody like this"})).text
            assert "Nobody here fits these words." in none


async def test_a_running_cohort_still_says_why_these_people(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        async with browser(town, "fay") as client:
            page = (await client.get(f"/facilitator/{cohort.id}")).text
            assert "All 6 work on the same microcredential." in page
            assert "Weak points: " in page
        await town.change(lambda tx: tx.cohorts.save(cohort.model_copy(update={"members": cohort.members[:1]})))
        other = cohort.model_copy(update={"id": "by-hand", "members": ()})
        await town.change(lambda tx: tx.cohorts.save(other))
        async with browser(town, "fay") as client:
            assert "Why these people" not in (await client.get("/facilitator/by-hand")).text
