"""From a dispatch of Discord's gateway to what its author sees: kept first, then answered."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.api.calls import Calls
from bot.chat.discord.custom_ids import custom_id, handle
from bot.chat.discord.events import happened
from bot.chat.discord.hearing.answers import Answers
from bot.chat.discord.hearing.places import Places
from bot.chat.discord.hearing.replying import Replying
from bot.chat.discord.listen import Listener
from bot.discord import listener_for
from cohorts.people.model import Account, Cohort, Educator
from cohorts.usecases.room_state import closed_by, mark_closed, room_subject
from storage import handles
from storage.database import Database
from storage.queues import workspaces
from storage.queues.conversations import keep_conversation
from storage.sign_ins import keep_code
from storage.transaction import SqlTransaction
from tests.adapters.discord_hearing import made_up as told
from tests.adapters.discord_hearing.test_discord_events import EVERY, broken_in
from tests.adapters.discord_hearing.wire import Town, Wire, buttons_of, open_town, words_of
from tests.fakes.small_core import START

FOR_THEM = 64


async def opened(town: Town) -> told.Json:
    """The form that Ann gets when she wants to join."""
    answer = await town.hear(told.pressed("0:join.open"))
    assert answer is not None
    assert answer["type"] == 9
    return dict(answer["data"])


def joined(form: told.Json, **changes: str) -> list[told.Json]:
    """Her answers to the fields of this page."""
    known = {
        "microcredential": "formative-assessment",
        "grade_band": "6-8",
        "subject": "Science",
        "share": "yes",
        "problem": "Few students answer when I ask an open question.",
        **changes,
    }
    found: list[told.Json] = []
    for label in form["components"]:
        inner = label.get("component")
        if inner is None:
            continue
        box = inner["custom_id"]
        value = known.get(box.split("#")[0])
        if inner["type"] == 3:
            chosen = [one["value"] for one in inner["options"] if one.get("default")]
            found.append({"type": 3, "custom_id": box, "values": chosen if value is None else [value] * bool(value)})
        else:
            found.append({"type": 4, "custom_id": box, "value": inner.get("value", "") if value is None else value})
    return found


async def test_the_command_shows_the_desk_to_whoever_asks_alone(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        answer = await town.hear(told.command())
        assert answer is not None
        assert answer["type"] == 4
        assert answer["data"]["flags"] & FOR_THEM
        assert answer["data"]["allowed_mentions"] == {"parse": []}
        assert "Ann" in words_of(answer)


@dataclass
class Unreadable:
    """A database that takes what is to be kept, and gives nothing to whoever looks again."""

    inner: Database

    async def transact(self, work: Callable[..., Any], *args: Any) -> Any:
        return await self.inner.transact(work, *args)

    async def read(self, *_: object) -> Any:
        raise OSError("it went away")


@pytest.mark.parametrize("raw", [told.command(), told.pressed("0:join.open"), told.pressed("0:home.open")])
async def test_what_was_kept_is_answered_without_another_look_at_the_database(tmp_path: Path, raw: told.Json) -> None:
    async with open_town(tmp_path) as town:
        house = replace(town.house, database=Unreadable(town.house.database))  # type: ignore[arg-type]
        listener = listener_for(house, DiscordChat(town.wire, _keep_nothing), "")
        await listener.hear(raw)
        assert len(town.wire.answers()) == 1


async def _keep_nothing(_handles: object) -> None: ...


async def test_somebody_joins_by_a_form_of_several_pages(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        form = await opened(town)
        answer, seen = None, 0
        for page in range(6):
            seen += 1
            raw = told.sent(form["custom_id"], *joined(form))
            raw["d"] |= {"id": str(4000 + page), "message": {"id": "1001"}}
            answer = await town.hear(raw)
            assert answer is not None
            if answer["type"] != 4 or "Go on" not in buttons_of(answer):
                break
            press = told.pressed(buttons_of(answer)["Go on"], id=str(5000 + page))
            shown = await town.hear(press)
            assert shown is not None
            assert shown["type"] == 9
            form = shown["data"]
        assert seen > 1
        interests = await town.house.database.read(lambda tx: tx.interests.of("ann"))
        assert [(one.status, one.subject) for one in interests] == [("waiting", "Science")]
        gone = await town.hear(told.sent(form["custom_id"], *joined(form)))
        assert gone is not None
        assert gone["type"] == 4


async def test_what_is_wrong_is_said_and_what_was_written_stays(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        form = await opened(town)
        first = next(one["component"]["custom_id"] for one in form["components"] if "component" in one)
        wrong = await town.hear(told.sent(form["custom_id"], *joined(form, microcredential="", grade_band="")))
        assert wrong is not None
        again = buttons_of(wrong)["Write again"]
        shown = await town.hear(told.pressed(again, id="5001"))
        assert shown is not None
        assert shown["type"] == 9
        assert first in words_of(shown)
        assert not await town.house.database.read(lambda tx: tx.interests.of("ann"))


async def test_nobody_goes_on_with_somebody_elses_form(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        form = await opened(town)
        raw = told.sent(form["custom_id"], *joined(form))
        raw["d"]["member"] = {"user": {"id": "901"}}
        answer = await town.hear(raw)
        assert answer is not None
        assert answer["type"] == 4
        assert not await town.house.database.read(lambda tx: tx.interests.of("ann"))


@pytest.mark.parametrize(("locale", "word"), [("es-ES", "Todavía no te conozco"), ("en-US", "do not know you")])
async def test_a_stranger_is_told_how_to_show_who_they_are(tmp_path: Path, locale: str, word: str) -> None:
    async with open_town(tmp_path) as town:
        raw = told.command()
        raw["d"] |= {"member": {"user": {"id": "901"}}, "locale": locale}
        answer = await town.hear(raw)
        assert word in words_of(answer)


@pytest.mark.parametrize("direct", [False, True], ids=["in a server", "in their own conversation"])
async def test_a_stranger_with_a_wrong_code_is_answered_in_their_language(tmp_path: Path, direct: bool) -> None:
    async with open_town(tmp_path) as town:
        raw = told.command(connect="WRONG")
        raw["d"] |= {"member": {"user": {"id": "901"}}, "locale": "es-419"}
        if direct:
            raw = told.in_direct(raw)
            raw["d"]["user"] = {"id": "901"}
        answer = await town.hear(raw)
        assert ("Todavía no te conozco" if direct else "Este código es incorrecto") in words_of(answer)


async def test_a_code_says_who_they_are_once(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:

        def code(tx: SqlTransaction) -> None:
            ben = Educator(id="ben", given_name="Ben", family_name="Lee", email="ben@x.org", lea_id="4800001")
            tx.people.save_educator(ben)
            keep_code(tx, "ben", "AB12", START, START + timedelta(minutes=10))

        await town.change(code)
        for number, (user, known) in enumerate((("901", ["901"]), ("902", ["901"]))):
            raw = told.command(connect="AB12")
            raw["d"] |= {"id": str(6000 + number), "member": {"user": {"id": user}}}
            await town.hear(raw)
            found = await town.house.database.read(lambda tx: tx.people.accounts("ben"))
            assert [one.user for one in found] == known


async def test_who_writes_to_us_is_answered_under_their_words_once(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        raw = told.written(content="what is next?")
        del raw["d"]["guild_id"]
        for _ in range(2):
            await town.hear(raw)
        sent = [one.body for one in town.wire.calls if one.path == "/channels/500/messages"]
        assert sent[0]["message_reference"]["message_id"] == "1000"
        assert sent[0]["enforce_nonce"]
        assert {one["nonce"] for one in sent} == {sent[0]["nonce"]}


async def test_what_others_write_to_each_other_is_not_answered(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        town.wire.channels["500"] = {"id": "500", "type": 0}
        await town.hear(told.written())
        await town.hear(told.written(author={"id": "901"}, id="1005", channel_id="501"))
        assert [one.path for one in town.wire.calls] == ["/channels/500"]


async def test_who_waited_too_long_is_told_in_a_message(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        town.wire.refusals["/callback"] = [(404, 10062)]
        await town.hear(told.command())
        opened_direct, written = town.wire.calls[-2:]
        assert (opened_direct.path, opened_direct.body) == ("/users/@me/channels", {"recipient_id": told.ANA})
        assert written.path == "/channels/590/messages"
        assert "Ann" in words_of(written.body)


async def test_an_answer_whose_outcome_is_unknown_is_tried_again_and_counts_once(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        town.wire.refusals["/callback"] = [(502, 0), (400, 40060)]
        await town.hear(told.command())
        assert len(town.wire.answers()) == 2
        assert all(one.path.endswith("/callback") for one in town.wire.calls)


async def test_a_server_that_took_us_out_is_told_of_and_let_back_in(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        local = Account(platform="local", workspace="local", user="ann", educator_id="ann")
        await town.change(lambda tx: tx.people.link_account(local))
        await town.hear(told.told("GUILD_DELETE", id=told.GUILD))
        assert await lost(town) == [told.GUILD]
        accounts = await town.house.database.read(lambda tx: tx.people.accounts("ann"))
        assert accounts[0].platform == "local"
        await town.hear(told.told("GUILD_CREATE", id=told.GUILD, unavailable=True))
        assert await lost(town) == [told.GUILD]
        await town.hear(told.told("GUILD_CREATE", id=told.GUILD))
        assert await lost(town) == []
        await town.hear({**told.told("GUILD_DELETE", id=told.GUILD), "s": 99})
        assert await lost(town) == [told.GUILD]


async def test_a_button_whose_meaning_is_kept_does_what_it_always_did(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        value = "x" * 150
        known = {handle("home.open", value): ("home.open", value)}
        await town.change(lambda tx: handles.keep(tx.connection, known))
        answer = await town.hear(told.pressed(custom_id("home.open", value)))
        assert "Ann" in words_of(answer)
        unknown = await town.hear(told.pressed(custom_id("home.open", value + "y"), id="3001"))
        assert unknown is not None
        assert "Ann" not in words_of(unknown)


async def test_a_room_that_was_closed_to_us_goes_on_when_discord_shows_it_again(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        room = room_subject("discord", told.GUILD, told.CHANNEL)

        def close(tx: SqlTransaction) -> None:
            keep_conversation(tx.connection, "discord", told.GUILD, "cohort:sotol", told.CHANNEL)
            facts = {"id": "sotol", "name": "Sotol", "microcredential_id": "formative-assessment", "language": "en"}
            tx.cohorts.save(Cohort(**facts, facilitator_id="ann", members=(), formed_at=START))
            mark_closed(tx, room, "closed_to_us", START)

        await town.change(close)
        role = told.told("GUILD_ROLE_UPDATE", guild_id=told.GUILD, role={"id": "9"})
        town.wire.refusals[told.CHANNEL] = [(403, 50001)]
        await town.hear(role)
        assert await town.house.database.read(lambda tx: closed_by(tx, room)) == "closed_to_us"
        town.wire.channels[told.CHANNEL] = {"id": told.CHANNEL, "type": 0}
        await town.hear(role)
        assert await town.house.database.read(lambda tx: closed_by(tx, room)) == ""
        asked = len(town.wire.calls)
        await town.hear(role)
        assert len(town.wire.calls) == asked


async def test_of_a_channel_that_is_no_room_of_ours_nothing_is_kept(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.hear(told.told("CHANNEL_UPDATE", id="555", guild_id=told.GUILD, name="memes"))
        room = room_subject("discord", told.GUILD, "555")
        assert not await town.house.database.read(lambda tx: tx.history.about(room))


async def test_a_public_channel_is_no_room_and_a_private_one_may_be(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        public = {"id": told.CHANNEL, "type": 0, "permission_overwrites": []}
        hidden = {"id": told.GUILD, "type": 0, "allow": "0", "deny": "1024"}
        said = []
        for number, channel in enumerate((public, {**public, "permission_overwrites": [hidden]})):
            town.wire.channels[told.CHANNEL] = channel
            raw = told.command(show="here")
            raw["d"]["id"] = str(7000 + number)
            said.append(words_of(await town.hear(raw)))
        assert said[0] != said[1]


class AwayError(Exception):
    """The database, say."""


class Frail:
    """A desk that cannot keep anything."""

    def __getattr__(self, name: str) -> Any:
        async def fail(*_: object) -> None:
            raise AwayError

        return fail


@pytest.mark.parametrize("raw", EVERY, ids=lambda raw: str(raw["t"]))
async def test_what_could_not_be_kept_is_not_answered(monkeypatch: pytest.MonkeyPatch, raw: told.Json) -> None:
    wire = Wire()
    desk: Any = Frail()
    calls = Calls(wire)
    listener = Listener(desk, Answers(desk, Replying(calls)), Places(calls), pauses=((0.0,), (0.0,)))
    if happened(raw) is not None and raw["t"] != "MESSAGE_DELETE":
        with pytest.raises(AwayError):
            await listener.hear(raw)
    assert wire.answers() == []
    listener.take(raw)
    await listener.stop()
    assert wire.answers() == []


async def test_however_broken_it_is_the_listener_lives_on(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        for raw in EVERY:
            for broken, _ in zip(broken_in(raw), range(300), strict=False):
                town.listener.take(broken)
            await town.listener.stop()
        answer = await town.hear(told.command())
        assert "Ann" in words_of(answer)


async def lost(town: Town) -> list[str]:
    found = await town.house.database.read(lambda tx: workspaces.lost(tx.connection))
    return [one.workspace for one in found]
