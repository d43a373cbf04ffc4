"""The pages refuse what is not one's own to do: other people's rooms, other sites' forms, too much at once."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.tickets import PressTicket, write_press
from cohorts.events import Arrived, Deleted, Edited, Posted, Pressed, Sent
from cohorts.messages import Message
from tests.fakes.files import fresh_database
from tests.fakes.small_core import SmallCore, furnish

SECRET = "not a secret, a test"
BASE = "http://127.0.0.1:8000"


@dataclass
class Site:
    core: SmallCore
    room: str

    def visitor(self) -> httpx2.AsyncClient:
        web = build_web(self.core, self.core.local, WebSettings(secret=SECRET, hosts=("chat.example",)))
        transport = httpx2.ASGITransport(app=web, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url=BASE)

    async def become(self, user: str) -> "Person":
        client = self.visitor()
        page = await client.get("/people")
        await client.post("/people/become", data={"csrf": csrf_in(page.text), "user": user})
        return Person(client, csrf_in((await client.get("/chat")).text))


@dataclass
class Person:
    client: httpx2.AsyncClient
    csrf: str

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        return await self.client.post(path, data={"csrf": self.csrf, "nonce": "n1"} | fields)

    async def get(self, path: str) -> httpx2.Response:
        return await self.client.get(path)


def csrf_in(html: str) -> str:
    found = re.search(r'data-csrf="([0-9a-f]{64})"', html)
    assert found
    return found[1]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    database = fresh_database(tmp_path)
    core = SmallCore(database)
    room = await furnish(core)
    core.heard.clear()
    yield Site(core, room)
    await database.close()


async def test_nobody_is_shown_the_door(site: Site) -> None:
    client = site.visitor()
    for path in ("/chat", f"/chat/{site.room}", "/events", "/chat/sidebar", "/clock"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/"), path
    assert (await client.get("/chat", headers={"X-Live": "1"})).status_code == 401
    assert (await client.get("/")).headers["location"] == "/people"


async def test_a_stranger_finds_no_room_thread_or_message(site: Site) -> None:
    eve = await site.become("hana")
    messages = (await site.core.local.people.page("ben", site.room)).messages
    one = messages[1].id
    for path in (
        f"/chat/{site.room}",
        f"/chat/{site.room}/thread/{one}",
        f"/chat/{site.room}/messages/{one}",
        f"/chat/{site.room}/messages/{one}/edit",
        f"/chat/dm-hana/messages/{one}",
        f"/chat/dm-hana/thread/{one}",
        "/chat/dm-ben",
        f"/chat/{site.room}/messages/x%00",
        f"/chat/{site.room}/thread/{'9' * 40}",
    ):
        answer = await eve.get(path)
        assert answer.status_code == 404, path
        assert "nods" not in answer.text
    for path in ("messages", f"messages/{one}/edit", f"messages/{one}/delete", "press", "read"):
        answer = await eve.post(f"/chat/{site.room}/{path}", text="let me in", message=str(one), action="join.open")
        assert answer.status_code == 404, path
    assert not [event for event in site.core.heard if not isinstance(event, Arrived)]
    assert (await site.core.local.people.page("ben", site.room)).messages == messages


async def test_only_the_author_edits_or_deletes(site: Site) -> None:
    ben = await site.become("ben")
    chloes = (await site.core.local.people.page("ben", site.room)).messages[1].id
    for verb in ("edit", "delete"):
        answer = await ben.post(f"/chat/{site.room}/messages/{chloes}/{verb}", text="never said")
        assert answer.status_code == 403
    assert (await ben.get(f"/chat/{site.room}/messages/{chloes}/edit")).status_code == 404
    assert not [event for event in site.core.heard if isinstance(event, Edited | Deleted)]


async def test_another_sites_form_is_refused(site: Site) -> None:
    ben = await site.become("ben")
    path, fields = f"/chat/{site.room}/messages", {"text": "forged", "nonce": "n", "csrf": ben.csrf}
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await ben.client.post(path, data=fields, headers=headers)).status_code == 403
    assert (await ben.client.post(path, data=fields | {"csrf": "0" * 64})).status_code == 403
    assert (await ben.client.post(path, data={"text": "x", "nonce": "n"})).status_code == 403
    other = await site.become("chloe")
    assert (await ben.client.post(path, data=fields | {"csrf": other.csrf})).status_code == 403
    fine = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
    assert (await ben.client.post(path, data=fields, headers=fine)).status_code == 303
    assert len([event for event in site.core.heard if isinstance(event, Posted)]) == 1


async def test_signing_in_begins_a_new_session(site: Site) -> None:
    client = site.visitor()
    before = csrf_in((await client.get("/people")).text)
    prepared = client.cookies["cohortium"]
    await client.post("/people/become", data={"csrf": before, "user": "ben"})
    assert client.cookies["cohortium"] != prepared
    assert csrf_in((await client.get("/chat")).text) != before
    client.cookies.clear()
    client.cookies["cohortium"] = prepared
    assert (await client.get("/chat")).headers["location"] == "/"
    client.cookies.clear()
    client.cookies["cohortium"] = "eyJ1c2VyIjogImJlbiJ9.forged.signature"
    assert (await client.get("/chat")).headers["location"] == "/"


async def test_the_cookie_is_not_for_scripts_or_other_sites(site: Site) -> None:
    cookie = (await site.visitor().get("/people")).headers["set-cookie"]
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_every_answer_is_dressed(site: Site) -> None:
    ben = await site.become("ben")
    welcome = (await site.core.local.people.page("ben", "dm-ben")).messages[0]
    await site.core.local.update("", "dm-ben", str(welcome.id), boom_message())
    broken = await ben.post("/chat/dm-ben/press", message=str(welcome.id), action="boom")
    assert broken.status_code == 500
    assert "the core broke" not in broken.text
    for answer in (broken, await ben.get("/chat"), await ben.get("/nothing"), await ben.get("/static/page.js")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await ben.get("/chat")).headers["cache-control"] == "no-store"


async def test_pages_hold_no_inline_script_style_or_foreign_address(site: Site) -> None:
    ben = await site.become("ben")
    for path in ("/people", "/chat", f"/chat/{site.room}"):
        html = (await ben.get(path)).text
        assert not re.search(r"<script(?! type=\"module\" src=\"/static/)|\son\w+=|\sstyle=|<style", html), path
        assert not re.search(r"(src|action)=\"(?!/)", html), path
        assert not re.search(r"<link[^>]+href=\"(?!/static/)", html), path


async def test_only_known_hosts_are_answered(site: Site) -> None:
    client = site.visitor()
    assert (await client.get("/people", headers={"Host": "evil.example"})).status_code == 400
    for host in ("chat.example", "localhost:8000", "[::1]:8000"):
        assert (await client.get("/people", headers={"Host": host})).status_code == 200, host


async def test_too_much_at_once_is_refused(site: Site) -> None:
    ben = await site.become("ben")
    path = f"/chat/{site.room}/messages"
    assert (await ben.post(path, text="x" * 70_000)).status_code == 413

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b"text=" + b"x" * 1000 + b"&"

    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await ben.client.post(path, content=pieces(), headers=kind)).status_code == 413
    assert (await ben.post(path, text="y" * 8001)).status_code == 422
    assert (await ben.post(path, text="  \n ")).status_code == 422


async def test_an_error_speaks_the_persons_language(site: Site) -> None:
    ana = await site.become("ana")
    missing = await ana.get("/chat/room-of-nobody")
    assert missing.status_code == 404
    assert '<html lang="es"' in missing.text
    line = await ana.client.get("/chat/room-of-nobody", headers={"X-Live": "1"})
    assert "<" not in line.text


async def test_nothing_leads_away_from_the_site(site: Site) -> None:
    ben = await site.become("ben")
    for referer in ("https://evil.example/x", f"{BASE}//evil.example", "/\\evil.example", ""):
        answer = await ben.client.post("/theme", data={"csrf": ben.csrf, "theme": "dark"}, headers={"Referer": referer})
        assert answer.headers["location"] == "/", referer
    answer = await ben.client.post(
        "/theme", data={"csrf": ben.csrf, "theme": "dark"}, headers={"Referer": f"{BASE}/chat"}
    )
    assert answer.headers["location"] == "/chat"
    assert 'data-theme="dark"' in (await ben.get("/chat")).text
    await ben.post("/theme", theme='"><script>')
    assert 'data-theme="dark"' in (await ben.get("/chat")).text


async def test_a_files_name_cannot_say_more_than_a_name(site: Site) -> None:
    ben = await site.become("ben")
    welcome = (await site.core.local.people.page("ben", "dm-ben")).messages[0].id
    answer = await ben.post("/chat/dm-ben/press", message=str(welcome), action="packet.get")
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="evidence Ana')
    assert re.fullmatch(r"[\x20-\x7e]+", disposition)
    assert "x" not in answer.headers
    assert "/" not in disposition
    assert answer.content == b"PK-not-really"


async def test_buttons_and_forms_cannot_be_made_by_hand(site: Site) -> None:
    ben, chloe = await site.become("ben"), await site.become("chloe")
    welcome = str((await site.core.local.people.page("ben", "dm-ben")).messages[0].id)
    made_up = await ben.post("/chat/dm-ben/press", message=welcome, action="run.advance", value="run-1")
    assert made_up.status_code == 409
    page = (await ben.post("/chat/dm-ben/press", message=welcome, action="join.open")).text
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    assert ticket
    stolen = await chloe.post("/form", ticket=ticket[1], **{"f.subject": "x"})
    bent = await ben.post("/form", ticket=ticket[1][:-2] + "xx")
    wrong_kind = await ben.post("/press", ticket=ticket[1])
    assert [answer.status_code for answer in (stolen, bent, wrong_kind)] == [403, 403, 403]
    assert not [event for event in site.core.heard if isinstance(event, Sent)]
    assert [event.action for event in site.core.heard if isinstance(event, Pressed)] == ["join.open"]


async def test_a_form_without_scripts_keeps_what_was_entered(site: Site) -> None:
    ben = await site.become("ben")
    welcome = str((await site.core.local.people.page("ben", "dm-ben")).messages[0].id)
    page = (await ben.post("/chat/dm-ben/press", message=welcome, action="join.open")).text
    fields = {"f.subject": "Science <3", "f.practice": "I want everything", "f.band": "middle", "f.minutes": "45"}
    again = await ben.post("/form", ticket=ticket_in(page), **fields)
    assert again.status_code == 422
    assert "Science &lt;3" in again.text
    assert "I want everything</textarea>" in again.text
    assert "is a lot" in again.text
    done = await ben.post("/form", ticket=ticket_in(again.text), **fields | {"f.practice": "why they nod"})
    assert (done.status_code, done.headers["location"].split("#")[0]) == (303, "/chat/dm-ben")
    twice = await ben.post("/form", ticket=ticket_in(again.text), **fields | {"f.practice": "why they nod"})
    assert twice.status_code == 303
    assert len([event for event in site.core.heard if isinstance(event, Sent)]) == 2
    assert "You are in" in (await ben.get("/chat/dm-ben")).text


async def test_the_same_post_twice_is_one_message(site: Site) -> None:
    ben = await site.become("ben")
    first = await ben.post(f"/chat/{site.room}/messages", text="once")
    again = await ben.post(f"/chat/{site.room}/messages", text="once")
    assert first.headers["location"] == again.headers["location"]
    texts = [one.message.text for one in (await site.core.local.people.page("ben", site.room)).messages if one.message]
    assert texts.count("once") == 1


async def test_names_and_words_are_shown_as_words(site: Site) -> None:
    ben = await site.become("ben")
    await ben.post(f"/chat/{site.room}/messages", text='<img src=x onerror="alert(1)"> "quoted"')
    await site.core.local.open_room("evil", "", '<script>alert("room")</script>', '"><b>topic', ["ben"])
    html = (await ben.get(f"/chat/{site.room}")).text
    assert "<img" not in html
    assert "<script>alert" not in html
    assert "<b>topic" not in html


async def test_a_page_button_works_for_whom_it_was_drawn(site: Site) -> None:
    ben, chloe = await site.become("ben"), await site.become("chloe")
    ticket = write_press(SECRET, PressTicket(user="ben", action="who.sees"))
    answer = await ben.post("/press", ticket=ticket)
    assert "Only you and your facilitator" in answer.text
    assert "Only you and your facilitator" in (await ben.get("/chat/dm-ben")).text
    assert (await chloe.post("/press", ticket=ticket)).status_code == 403


async def test_without_the_demo_one_enters_by_a_link_once(site: Site, tmp_path: Path) -> None:
    database = fresh_database(tmp_path / "real")
    core = SmallCore(database, demo=False)
    await furnish(core)
    core.links["good"] = "ana"
    client = Site(core, "").visitor()
    assert (await client.get("/")).headers["location"] == "/enter"
    assert (await client.get("/people")).status_code == 404
    page = await client.get("/enter?token=good")
    csrf = csrf_in(page.text)
    assert (await client.post("/people/become", data={"csrf": csrf, "user": "ana"})).status_code == 404
    assert "good" in core.links
    assert (await client.post("/enter", data={"csrf": csrf, "token": "good"})).headers["location"] == "/chat/me"
    home = await client.get("/chat")
    assert '<html lang="es"' in home.text
    assert 'id="clock"' not in home.text
    other = Site(core, "").visitor()
    csrf = csrf_in((await other.get("/enter?token=good")).text)
    assert (await other.post("/enter", data={"csrf": csrf, "token": "good"})).status_code == 403
    await database.close()


async def test_the_front_door_speaks_the_browsers_language(site: Site) -> None:
    client = site.visitor()
    for wanted, language in (("es-MX,es;q=0.9", "es"), ("fr, en;q=0.5", "en"), ("", "en")):
        html = (await client.get("/people", headers={"Accept-Language": wanted})).text
        assert f'<html lang="{language}"' in html


def ticket_in(html: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', html)
    assert found
    return found[1]


def boom_message() -> Message:
    return Message.model_validate(
        {"text": "x", "blocks": [{"kind": "buttons", "items": [{"label": "Boom", "action": "boom"}]}]}
    )
