"""A draft written elsewhere comes in as a document: its words are kept as a version, the file nowhere."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx2

from bot.chat.discord.hearing.files import Files
from bot.chat.local.events import Raw
from bot.chat.local.ids import direct_id
from bot.desk import HouseDesk
from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.tickets import FormTicket, write_form
from cohorts.events import OpenForm
from cohorts.evidence.documents import MOST_BYTES
from cohorts.evidence.model import Draft
from cohorts.messages import FileField, Form
from storage.sign_ins import keep_code
from tests.fakes.discord.components import LABEL
from tests.fakes.discord.faults import ServerError
from tests.fakes.discord.people import Person
from tests.fakes.documents import docx, odt
from tests.scenarios.discord_member import DiscordMember
from tests.scenarios.discord_town import SERVERS, DiscordTown, open_discord_town
from tests.scenarios.slack_town import BEGINS
from tests.scenarios.test_writing_evidence import form_of, prompt_of
from tests.scenarios.town import MICROCREDENTIAL, SIX, Clock, Town, joining, open_town, whispered

SECRET = "s" * 32
SAID = "I waited three seconds."


async def drafts_of(town: Town, name: str) -> Sequence[Draft]:
    found = await town.ask(lambda tx: tx.evidence.drafts(name, MICROCREDENTIAL))
    return sorted(found, key=lambda one: one.version)


async def texts_of(town: Town, name: str) -> Sequence[str]:
    return [one.text for one in await drafts_of(town, name)]


async def test_what_stands_in_the_box_and_what_is_brought_are_versions_of_their_own(tmp_path: Path) -> None:
    """So the way back from the document leads to what was typed."""
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        place, _ = await prompt_of(town)
        kept = await town.send("ann", "evidence.write.send", place, text="Typed.", file=SAID)
        assert "Version 2 is kept" in whispered(kept)
        assert "the file itself is not kept" in whispered(kept)
        assert await texts_of(town, "ann") == ["Typed.", SAID]
        await town.press("ann", "evidence.restore", place)
        assert (await texts_of(town, "ann"))[-1] == "Typed."


async def test_the_box_as_it_was_and_a_document_are_one_new_version(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        place, _ = await prompt_of(town)
        await town.send("ann", "evidence.write.send", place, text="Typed.")
        await town.send("ann", "evidence.write.send", place, text="Typed.", file=SAID)
        assert await texts_of(town, "ann") == ["Typed.", SAID]
        again = await town.send("ann", "evidence.write.send", place, text=SAID, file=SAID)
        assert "Nothing has changed" in whispered(again)


async def test_a_document_that_names_a_student_is_kept_with_a_warning(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        place, _ = await prompt_of(town)
        kept = await town.send("ann", "evidence.write.send", place, file="My student Maria Lopez waited too.")
        assert "a student's full name" in whispered(kept)
        assert all(not one.shared for one in await drafts_of(town, "ann"))


@asynccontextmanager
async def browser(town: Town, name: str) -> AsyncIterator[tuple[httpx2.AsyncClient, str]]:
    """Signed in by a link; and what shows that a form is ours."""
    desk = HouseDesk(town.house, SECRET)
    web = build_web(desk, town.house.local, WebSettings(secret=SECRET, hosts=("house",)))
    transport = httpx2.ASGITransport(app=web)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        door = await client.get("/enter", params={"token": await desk.write_link(name)})
        await client.post("/enter", data={"csrf": _csrf(door.text), "token": await desk.write_link(name)})
        yield client, _csrf((await client.get("/chat")).text)


def _csrf(html: str) -> str:
    found = re.search(r'(?:data-csrf|name="csrf" value)="([0-9a-f]{64})"', html)
    assert found
    return found[1]


async def sends(
    town: Town, name: str, page: tuple[httpx2.AsyncClient, str], form: Form, file: tuple[str, bytes], text: str = ""
) -> httpx2.Response:
    client, csrf = page
    raw = Raw(user=name, room_id=direct_id(name), nonce=town.new_key())
    ticket = write_form(SECRET, FormTicket(raw=raw, form=form, back="/chat/me"))
    data = {"csrf": csrf, "ticket": ticket, "f.text": text}
    return await client.post("/form", data=data, files={"f.file": file}, headers={"X-Live": "1"})


async def test_in_the_browser(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        place, _ = await prompt_of(town)
        form = form_of(await town.press("ann", "evidence.open", place))
        async with browser(town, "ann") as page:
            for file, said in (
                (("slides.pptx", b"PK"), ".docx"),
                (("long.txt", b"x" * (MOST_BYTES + 1)), "4 MB"),
                (("a.docx", b"no zip"), "cannot be read"),
            ):
                answer = await sends(town, "ann", page, form, file, text="Typed and not lost.")
                assert answer.status_code == 422
                assert said in answer.text
                assert "Typed and not lost." in answer.text
            assert await texts_of(town, "ann") == []
            answer = await sends(town, "ann", page, form, ("Reflection.odt", odt(SAID, "- five")))
            assert answer.status_code == 204
            assert await texts_of(town, "ann") == [f"{SAID}\n\n- five"]
            answer = await sends(town, "ann", page, form, ("", b""), text="By hand.")
            assert answer.status_code == 204
            assert (await texts_of(town, "ann"))[-1] == "By hand."


async def test_the_page_asks_for_a_document_and_for_neither_alone(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        place, _ = await prompt_of(town)
        opened = await town.press("ann", "evidence.open", place)
        assert isinstance(opened, OpenForm)
        text, file = opened.form.fields
        assert isinstance(file, FileField)
        assert not text.required
        assert not file.required
        refused = await town.send("ann", "evidence.write.send", place)
        assert "problems" in repr(refused)


@asynccontextmanager
async def writing(folder: Path) -> AsyncIterator[tuple[DiscordTown, Person]]:
    """Ann has the form of a draft before her, in Discord."""
    async with open_discord_town(folder, Clock(BEGINS)) as town:
        server = town.discord.guild(SERVERS[0])
        person = server.user("Ann")
        member = DiscordMember(town.house, person, "ann", server.general)
        until = town.clock.now() + timedelta(days=1)
        await town.inside.change(lambda tx: keep_code(tx, "ann", "code", town.clock.now(), until))
        await member.connects("code")
        await member.answer(("join.open", ""), "ann", joining(avoid=""))
        await _opens(town, person, server.general)
        yield town, person


async def _opens(town: DiscordTown, person: Person, channel: str) -> None:
    place, _ = await prompt_of(town.inside)
    shown = await person.uses("/cohort", channel, show="evidence")
    chosen = await person.presses(shown.shown[-1], "Choose what to work on")
    assert chosen.modal is not None
    on = await person.submits({"item": [place.partition("/")[2]]})
    await person.presses(on.shown[-1], "Go on")


def boxes(person: Person) -> Mapping[str, dict[str, object]]:
    assert person.modal is not None
    labels = [one for one in person.modal["components"] if one["type"] == LABEL]
    return {one["component"]["custom_id"]: one for one in labels}


async def test_in_discord(tmp_path: Path) -> None:
    async with writing(tmp_path) as (town, ann):
        for file, said in (
            (("slides.pdf", b"%PDF"), ".docx"),
            (("long.txt", b"x" * (MOST_BYTES + 1)), "4 MB"),
            (("a.docx", b"no zip"), "cannot be read"),
        ):
            wrong = await ann.submits({"text": "Typed and not lost.", "file": [file]})
            assert said in wrong.words
            await ann.presses(wrong.shown[-1], "Write again")
            assert boxes(ann)["text"]["component"]["value"] == "Typed and not lost."  # type: ignore[index]
        assert await texts_of(town.inside, "ann") == []
        kept = await ann.submits({"text": "", "file": [("Reflection.docx", docx(SAID, "They spoke."))]})
        assert "not kept" in kept.words
        assert await texts_of(town.inside, "ann") == [f"{SAID}\n\nThey spoke."]


async def test_a_file_that_discord_does_not_hand_over_is_asked_for_again(tmp_path: Path) -> None:
    async with writing(tmp_path) as (town, ann):
        town.discord.faults.add(ServerError(503), "file")
        wrong = await ann.submits({"text": "Typed.", "file": [("a.docx", docx(SAID))]})
        assert "did not hand" in wrong.words
        await ann.presses(wrong.shown[-1], "Write again")
        await ann.submits({"file": [("a.docx", docx(SAID))]})
        assert await texts_of(town.inside, "ann") == ["Typed.", SAID]


async def test_nothing_is_fetched_from_anywhere_but_discord() -> None:
    """Whoever could have us ask an address of their own would reach what only this machine can."""
    field = FileField(id="file", label="A document")
    form = Form(title="A", action="a", submit="Send", fields=(field,))
    for url in (
        "https://cdn.discordapp.com.evil.example/a.docx",
        "http://cdn.discordapp.com/a.docx",
        "https://evildiscordapp.com/a.docx",
        "http://127.0.0.1:8000/metrics",
        "file:///etc/passwd",
        "https://[",
        "",
    ):
        file = {"filename": "a.docx", "size": 10, "url": url}
        raw = {"data": {"resolved": {"attachments": {"7": file}}}}
        values, problems = await Files().read(raw, form, {"file": "7"}, "en")
        assert values == {"file": ""}
        assert "did not hand" in problems["file"]
