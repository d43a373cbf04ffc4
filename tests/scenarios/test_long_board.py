"""The forming page with more cohorts and people than one page shows."""

import re
from html import escape
from pathlib import Path

import pytest

from bot.web.forming.groups import AT_ONCE
from tests.adapters.test_local_web import csrf_in
from tests.scenarios.test_proposing import newest
from tests.scenarios.test_security_forming_pages import browser
from tests.scenarios.town import open_town

PAIRS = "smallest = 2\ntarget = 2\nlargest = 2\n"
CROWDS = "smallest = 29\ntarget = 29\nlargest = 30\n"
MANY = [f"a{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(2 * AT_ONCE + 4)]


def people_on(page: str) -> list[str]:
    return re.findall(r'data-person="(\w+)"', page)


async def test_cohorts_come_so_many_a_page(tmp_path: Path) -> None:
    async with open_town(tmp_path, *MANY, policy=PAIRS) as town:
        await town.join(*MANY)
        await town.press("fay", "form.propose")
        groups = (await newest(town)).groups
        assert len(groups) == AT_ONCE + 2
        last = groups[-1].members[0].educator_id
        async with browser(town, "fay") as client:
            first, second = [(await client.get(f"/forming?page={number}")).text for number in (1, 2)]
            assert (await client.get("/forming")).text.count('class="card lane') == first.count('class="card lane')
            assert sorted(people_on(first) + people_on(second)) == sorted(MANY)
            assert f"Cohorts 1 to {AT_ONCE} of {AT_ONCE + 2}" in first
            assert f"Cohorts {AT_ONCE + 1} to {AT_ONCE + 2} of {AT_ONCE + 2}" in second
            assert 'href="/forming?page=2#groups"' in first
            assert 'href="/forming?page=1#groups"' in second
            found = (await client.get("/forming", params={"find": f"{last.title()} Lee"})).text
            assert last in people_on(found), "a search goes through all of them"
            assert "Cohorts 1 to" not in found
            for wild in ("0", "-3", "many", "99999999999999999999999", "3"):
                assert (await client.get(f"/forming?page={wild}")).status_code == 200
            assert people_on((await client.get("/forming?page=3")).text) == people_on(second)


async def test_what_keeps_a_cohort_from_its_start_leads_to_its_page(tmp_path: Path) -> None:
    async with open_town(tmp_path, *MANY, policy=PAIRS) as town:
        await town.join(*MANY)
        await town.press("fay", "form.propose")
        groups = (await newest(town)).groups
        for number in (1, len(groups)):
            await town.press(groups[number - 1].members[0].educator_id, "join.leave")
        async with browser(town, "fay") as client:
            page = (await client.get("/forming")).text
        assert 'href="#group-1"' in page
        assert f'href="/forming?page=2#group-{len(groups)}"' in page


async def test_a_press_without_scripts_leads_back_to_the_page_it_came_from(tmp_path: Path) -> None:
    async with open_town(tmp_path, *MANY, policy=PAIRS) as town:
        await town.join(*MANY)
        await town.press("fay", "form.propose")
        groups = (await newest(town)).groups
        async with browser(town, "fay") as client:
            for place in ("/forming?page=2", "/forming?find=a&waiting=1"):
                page = (await client.get(place)).text
                ticket = re.findall(r'name="ticket" value="([^"]+)" id="form-lock-', page)[0]
                data = {"csrf": csrf_in(page), "nonce": f"once{len(place)}", "ticket": ticket}
                came = {"Referer": f"http://127.0.0.1:8000{place}"}
                said = await client.post("/press", data=data, headers=came)
                assert f'href="{escape(place)}"' in said.text
            for number, who in ((1, groups[0]), (len(groups), groups[-1])):
                page = (await client.get(f"/forming/person/{who.members[0].educator_id}")).text
                assert f'href="/forming{"?page=2" if number > 1 else ""}#group-{number}"' in page


@pytest.mark.parametrize("query", ["", "?waiting=2"])
async def test_those_who_wait_come_so_many_a_page(tmp_path: Path, query: str) -> None:
    waiting = MANY[: AT_ONCE + 4]
    async with open_town(tmp_path, *waiting, policy=CROWDS) as town:
        await town.join(*waiting)
        await town.press("fay", "form.propose")
        async with browser(town, "fay") as client:
            page = (await client.get(f"/forming{query}")).text
            assert len(people_on(page)) == (4 if query else AT_ONCE)
            span = f"{AT_ONCE + 1} to {AT_ONCE + 4}" if query else f"1 to {AT_ONCE}"
            assert f"{span} of {AT_ONCE + 4} who wait" in page
            assert ('href="/forming?waiting=1#waiting"' if query else 'href="/forming?waiting=2#waiting"') in page
            found = (await client.get("/forming", params={"find": f"{waiting[-1].title()} Lee"})).text
            assert people_on(found) == [waiting[-1]]
