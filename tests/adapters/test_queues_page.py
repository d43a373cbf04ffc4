"""The operators' page of the queues: for operators alone, by forms of ours alone, and never anybody's words."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.pages_routes import PAGES
from bot.web.queues.lines import say_age
from cohorts.ports import Delivery
from cohorts.words import LANGUAGES
from storage.queues import report
from tests.fakes.files import fresh_database
from tests.fakes.sick_queues import SECRET_WORDS, sicken
from tests.fakes.small_network import SmallNetwork, lay

BASE = "http://127.0.0.1:8000"


@dataclass
class Person:
    client: httpx2.AsyncClient
    csrf: str

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        return await self.client.post(path, data={"csrf": self.csrf} | fields)

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.client.get(path, headers=headers)


@dataclass
class Site:
    core: SmallNetwork

    async def become(self, user: str) -> Person:
        web = build_web(self.core, self.core.local, WebSettings(secret="not a secret, a test"), PAGES)
        transport = httpx2.ASGITransport(app=web, raise_app_exceptions=False)
        client = httpx2.AsyncClient(transport=transport, base_url=BASE)
        person = Person(client, csrf_in((await client.get("/people")).text))
        await person.post("/people/become", user=user)
        return Person(client, csrf_in((await client.get("/chat/me", follow_redirects=True)).text))

    async def history(self, name: str) -> list[tuple[str, str]]:
        records = await self.core.read(lambda tx: tx.history.about(name))
        return [(record.kind, record.actor) for record in records]


def csrf_in(html: str) -> str:
    found = re.search(r'data-csrf="([0-9a-f]{64})"', html)
    assert found
    return found[1]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    database = fresh_database(tmp_path)
    core = SmallNetwork(database)
    await lay(core)
    await core.database.transact(sicken, core.now())
    yield Site(core)
    await database.close()


async def test_only_an_operator_comes_in_and_is_shown_the_way(site: Site) -> None:
    for user in ("ann", "fay"):
        person = await site.become(user)
        assert "/queues" not in (await person.get("/chat/me")).text
        for path in ("/queues", "/queues/drop?name=letter"):
            assert (await person.get(path)).status_code == 403
        for verb in ("retry", "retry-all", "drop", "restore", "regain"):
            assert (await person.post(f"/queues/{verb}", name="dead-letter")).status_code == 403
    assert await site.core.read(lambda tx: list(report.names_of_dead(tx.connection))) == [
        "dead-letter",
        "run/run-lost",
    ]
    olga = await site.become("olga")
    assert 'href="/queues"' in (await olga.get("/queues")).text


async def test_who_is_nobody_is_led_to_the_door(site: Site) -> None:
    person = await site.become("olga")
    await person.post("/leave")
    assert (await person.get("/queues")).status_code == 303


async def test_everything_is_there_with_its_reason_and_nobody_s_words(site: Site) -> None:
    text = (await (await site.become("olga")).get("/queues")).text
    for told in (
        "ChannelGoneError",
        "StaleError",
        "token revoked",
        "Not before its own time",
        "The last try failed",
        "Its workspace refuses us.",
        "2 hours",
        "A step of a cycle",
        "Other work",
        "This version does not know such work",
    ):
        assert told in text, told
    assert SECRET_WORDS not in text


async def test_its_numbers_are_those_of_its_lists_and_its_times_have_a_zone(site: Site) -> None:
    text = (await (await site.become("olga")).get("/queues")).text
    numbers = dict(re.findall(r"<dt>([^<]*)</dt><dd>(\d+)</dd>", text))
    assert numbers == {
        "Due now": "2",
        "Held or put off": "4",
        "Waiting to go out": "2",
        "Dead": "2",
        "Workspaces that refuse us": "1",
    }
    for part, number in (("due", 2), ("held", 4), ("waiting", 2)):
        block = text.split(f'aria-labelledby="{part}"')[1].split("</section>")[0]
        assert block.count("<li>") == number
    assert re.search(r"Times are those of \w+/\w+; the log and the command line tell them in UTC\.", text)


async def test_dead_things_are_tried_again_and_dropped_under_a_name(site: Site) -> None:
    olga = await site.become("olga")
    answer = await olga.post("/queues/retry", name="run/run-lost")
    assert (answer.status_code, answer.headers["location"]) == (303, "/queues?done=retried")
    assert "It is tried again." in (await olga.get("/queues?done=retried")).text
    confirm = (await olga.get("/queues/drop?name=dead-letter")).text
    assert "Drop this?" in confirm
    answer = await olga.post("/queues/drop", name="dead-letter")
    assert answer.headers["location"] == "/queues?done=dropped"
    assert (await olga.post("/queues/drop", name="dead-letter")).headers["location"] == "/queues?done=nothing"
    assert "Nothing is dead." in (await olga.get("/queues")).text
    assert await site.history("run/run-lost") == [("queue_retried", "educator-olga")]
    assert await site.history("dead-letter") == [("queue_dropped", "educator-olga")]


async def test_what_was_dropped_is_brought_back_by_a_button_that_says_who_dropped_it(site: Site) -> None:
    olga = await site.become("olga")
    assert "Bring back" not in (await olga.get("/queues")).text
    for name in ("dead-letter", "run/run-lost"):
        await olga.post("/queues/drop", name=name)
    text = (await olga.get("/queues")).text
    block = text.split('aria-labelledby="dropped"')[1].split("</section>")[0]
    assert sorted(re.findall(r'name="name" value="([^"]*)"', block)) == ["dead-letter", "run/run-lost"]
    assert re.search(r"Dropped by Olga \w+ \(ChannelGoneError\)\.", block)
    assert "A step of a cycle" in block
    assert SECRET_WORDS not in text
    for name in ("dead-letter", "run/run-lost"):
        assert (await olga.post("/queues/restore", name=name)).headers["location"] == "/queues?done=restored"
        assert (await olga.post("/queues/restore", name=name)).headers["location"] == "/queues?done=nothing"
    text = (await olga.get("/queues?done=restored")).text
    assert "Brought back, as it was." in text
    assert "Bring back" not in text
    assert "ChannelGoneError" in text
    assert await site.history("dead-letter") == [
        ("queue_dropped", "educator-olga"),
        ("queue_restored", "educator-olga"),
    ]


async def test_what_failed_is_tried_again_without_waiting_for_its_hour(site: Site) -> None:
    olga = await site.become("olga")
    text = (await olga.get("/queues")).text
    held = text.split('aria-labelledby="held"')[1].split("</section>")[0]
    assert sorted(re.findall(r'name="name" value="([^"]*)"', held)) == ["failed-letter", "run/run-late"]
    assert (await olga.post("/queues/retry", name="run/run-late")).headers["location"] == "/queues?done=retried"
    assert await site.history("run/run-late") == [("queue_retried", "educator-olga")]


async def test_all_are_tried_again_and_a_workspace_is_taken_back(site: Site) -> None:
    olga = await site.become("olga")
    assert (await olga.post("/queues/retry-all")).headers["location"] == "/queues?done=retried"
    assert (await olga.post("/queues/retry-all")).headers["location"] == "/queues?done=nothing"
    assert (await olga.post("/queues/regain", name="slack/T1")).headers["location"] == "/queues?done=regained"
    assert "Take back" not in (await olga.get("/queues")).text
    assert await site.history("slack/T1") == [("queue_regained", "educator-olga")]


async def test_a_form_that_is_not_ours_changes_nothing(site: Site) -> None:
    olga = await site.become("olga")
    answer = await olga.client.post("/queues/drop", data={"csrf": "0" * 64, "name": "dead-letter"})
    assert answer.status_code == 403
    assert (await olga.client.post("/queues/retry-all", data={})).status_code == 403
    assert (await olga.get("/queues/retry")).status_code == 405
    assert await site.history("dead-letter") == []


async def test_its_script_gets_what_changes_and_no_page(site: Site) -> None:
    piece = (await (await site.become("olga")).get("/queues", **{"x-live": "1"})).text
    assert "<html" not in piece
    assert 'class="numbers"' in piece


async def test_names_and_reasons_are_text_and_never_markup(site: Site) -> None:
    bad = Delivery(
        key="<script>alert(1)</script>",
        platform="<b>x",
        workspace='"w',
        conversation="dm:<i>",
        not_before=site.core.now() + timedelta(days=1),
    )
    await site.core.database.transact(lambda tx: tx.outbox.enqueue(bad, site.core.now()))
    olga = await site.become("olga")
    text = (await olga.get("/queues")).text + (await olga.get("/queues/drop?name=<script>alert(1)</script>")).text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert "<b>x" not in text
    assert "<script" not in (await olga.get("/queues?done=<script>")).text.split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_age_is_told_in_its_largest_unit(language: str) -> None:
    ages = [say_age(language, timedelta(seconds=seconds)) for seconds in (-5, 1, 60, 7200, 86400 * 3)]
    expected = {
        "en": ["0 seconds", "1 second", "1 minute", "2 hours", "3 days"],
        "es": ["0 segundos", "1 segundo", "1 minuto", "2 horas", "3 días"],
    }
    assert ages == expected[language]
