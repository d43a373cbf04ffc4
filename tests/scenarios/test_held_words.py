"""While the others talk about a draft its author listens: what they write waits, for them alone, until they send it."""

import re
from pathlib import Path

import httpx2

from bot.desk import HouseDesk
from bot.web.app import build_web
from bot.web.desk import WebSettings
from cohorts.events import AccountRef, Held, Place, Posted
from tests.adapters.test_local_web import BASE, csrf_in
from tests.scenarios.test_feedback_rounds import SEVEN, begun, reach
from tests.scenarios.town import Town, open_town, spoken

SECRET = "not a secret, a test"
WORDS = "May I explain what I meant by that?"


async def signed_in(town: Town, user: str) -> httpx2.AsyncClient:
    desk = HouseDesk(town.house, SECRET)
    web = build_web(desk, town.house.local, WebSettings(secret=SECRET))
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=web), base_url=BASE, follow_redirects=True)
    token = await desk.write_link(user)
    page = await client.get(f"/enter?token={token}")
    await client.post("/enter", data={"csrf": csrf_in(page.text), "token": token})
    return client


async def write(client: httpx2.AsyncClient, room: str, thread: str, nonce: str) -> httpx2.Response:
    csrf = csrf_in((await client.get("/chat")).text)
    fields = {"csrf": csrf, "nonce": nonce, "text": WORDS, "thread": thread}
    return await client.post(f"/chat/{room}/messages", data=fields)


async def test_an_author_who_should_listen_is_not_heard(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SEVEN) as town:
        run = await begun(town)
        await town.answer("ann", run, "share")
        await reach(town, run, "examine")
        room, thread = await town.room_of(await town.cohort("ann")), await town.thread_of(run)
        ann = await signed_in(town, "ann")
        page = await write(ann, room, thread, "n1")
        assert page.url.path == f"/chat/{room}/thread/{thread}"
        assert "Held: only you see this" in page.text
        assert "Please hold this until" in page.text
        await write(ann, room, thread, "n1")
        for reader in (*SEVEN, "fay"):
            assert (WORDS in await town.reads(reader)) == (reader == "ann"), reader
        said = [one for one in await town.heard() if "hold this until" in spoken(one.message)]
        assert [(one.thread, one.readers) for one in said] == [(thread, ("ann",))]
        await town.tick_until(lambda tx: tx.runs.get(run.id).step("respond").status == "open")
        page = await ann.get(f"/chat/{room}/thread/{thread}")
        path = re.search(r'action="([^"]+/release)"', page.text)
        assert path
        await ann.post(path[1], data={"csrf": csrf_in(page.text), "nonce": "n2"})
        for reader in (*SEVEN, "fay"):
            assert (await town.reads(reader)).count(WORDS) == 1, reader
        await ann.aclose()


async def test_asked_twice_the_core_holds_twice(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SEVEN) as town:
        run = await begun(town)
        await town.answer("ann", run, "share")
        await reach(town, run, "examine")
        place = Place(conversation=await town.room_of(await town.cohort("ann")), thread=await town.thread_of(run))
        account = AccountRef(platform="local", workspace="local", user="ann")
        event = Posted(key="once", account=account, place=place, text=WORDS)
        assert [type(await town.house.handle(event)) for _ in range(2)] == [Held, Held]
