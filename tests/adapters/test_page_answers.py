"""What a page says after its buttons: over the real core, as a browser without scripts would see it."""

import asyncio
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.pages_routes import PAGES
from tests.adapters.test_local_web import BASE, SECRET, Person, csrf_in, ticket_in
from tests.fakes.small_network import MICROCREDENTIAL, Laid, SmallNetwork, build


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Laid:
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, build(tmp_path_factory.mktemp("lived"), lived=True)).result(60)


@pytest.fixture
async def network(lived: Laid, tmp_path: Path) -> AsyncIterator[SmallNetwork]:
    core = lived.open(tmp_path)
    yield core
    await core.database.close()


async def become(core: SmallNetwork, user: str) -> Person:
    web = build_web(core, core.local, WebSettings(secret=SECRET), PAGES)
    transport = httpx2.ASGITransport(app=web, raise_app_exceptions=False)
    client = httpx2.AsyncClient(transport=transport, base_url=BASE)
    await client.post("/people/become", data={"csrf": csrf_in((await client.get("/people")).text), "user": user})
    return Person(client, csrf_in((await client.get("/evidence")).text))


def ticket_of(html: str, label: str) -> str:
    """The ticket of the button that says this."""
    found = re.search(rf'value="([^"]+)"[^>]*>(?:<button[^>]*>)?{re.escape(label)}', html)
    assert found, label
    return found[1]


async def from_evidence(person: Person, ticket: str, nonce: str) -> str:
    """Press it on the evidence page; what comes back."""
    fields = {"csrf": person.csrf, "nonce": nonce, "ticket": ticket}
    answer = await person.client.post("/press", data=fields, headers={"Referer": f"{BASE}/evidence"})
    return answer.text


async def test_a_check_made_on_the_page_says_every_point_there(network: SmallNetwork) -> None:
    ann = await become(network, "ann")
    form = await from_evidence(ann, ticket_of((await ann.get("/evidence")).text, "Ready to submit?"), "n2")
    said = (await ann.post("/form", ticket=ticket_in(form))).text
    assert "○ Every question is answered" in said
    assert "✓ No answer holds anything" in said
    assert 'href="/evidence"' in said


async def test_a_kept_link_can_be_shared_from_the_page(network: SmallNetwork) -> None:
    ann = await become(network, "ann")
    parts = (await network.read(lambda tx: tx.catalogue.get(MICROCREDENTIAL))).parts
    part = next(part for part in parts if part.artifacts)
    place = f"{MICROCREDENTIAL}/{part.id}/{part.artifacts[0].id}"
    kept = {"link": "https://drive.example.org/plan", "consent": "held"}
    await network.do("ann", "evidence.link.send", place, title="Plan of the lesson", **kept)
    await network.do("ann", "evidence.link.send", place, title="Another plan", **kept | {"link": "https://e.example/x"})
    page = (await ann.get("/evidence")).text
    said = await from_evidence(ann, ticket_of(page, "Share with your cohort"), "n3")
    assert "Shared with your cohort." in said
    page = (await ann.get("/evidence")).text
    assert "shared with my cohort" in page
    form = await from_evidence(ann, ticket_of(page, "Change a link"), "n4")
    fields = {"f.title": "A plan", "f.link": "https://drive.example.org/new", "f.consent": "held"}
    kept_page = (await ann.post("/form", ticket=ticket_in(form), **fields)).text
    share = ticket_of(kept_page, "Share with your cohort")
    # Without scripts the answer is a page of its own, and its buttons lead back to the evidence all the same.
    done = await ann.client.post("/press", data={"csrf": ann.csrf, "nonce": "n5", "ticket": share})
    assert "Shared with your cohort." in done.text
    assert 'href="/evidence"' in done.text
