"""A cohort that lives in two Slack workspaces at once, and the same one in the browser.

Everybody acts by what they see alone: their Home, its modals.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import House, open_house
from bot.chat.slack.hearing.http import EVENTS, MOST_BYTES
from bot.chat.slack.install.paths import INSTALLED, NOT_INSTALLED
from bot.chat.slack.render import render
from bot.chat.words.pieces import Voice
from bot.desk import HouseDesk
from bot.slack import listening
from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.installing import installing
from cohorts.messages import Message
from cohorts.protocols.load import protocol_of
from storage.transaction import SqlTransaction
from tests.adapters.slack.test_slack_listening import listen_over_http
from tests.adapters.slack_install.network import SECRET, SITE, Hands, Network, settings_for
from tests.fakes.slack.server import FakeSlack
from tests.scenarios.chat_town import ChatTown, put_on_roster
from tests.scenarios.members import ChatMember, LocalMember, Member, SlackMember, about, do_all
from tests.scenarios.town import MICROCREDENTIAL, SIX, Clock, Town, _lay, joining, open_town

BEGINS = datetime(2026, 2, 9, 16, 30, tzinfo=UTC)
WORKSPACES = ("T1", "T2")


class SlackTown(ChatTown):
    def __init__(self, slack: FakeSlack, house: House, clock: Clock) -> None:
        super().__init__(slack, house, clock)
        self.slack = slack


@asynccontextmanager
async def open_slack_town(folder: Path, way: str, clock: Clock) -> AsyncIterator[SlackTown]:
    """Two workspaces have installed the app. Six people are on the roster and not yet known to Slack; fay leads, in the
    browser."""
    async with FakeSlack(now=lambda: clock.now().timestamp()) as slack:
        over = {"slack_signing_secret": "", "slack_app_token": slack.app_token} if way == "socket" else {}
        settings = settings_for(slack, folder, **over)
        async with open_house(settings, clock.now, "OFF") as house:
            town = SlackTown(slack, house, clock)
            await town.inside.change(_lay)
            await town.inside.settle_in("fay", roles=("teacher", "facilitator", "operator"))
            await town.inside.change(put_on_roster)
            desk = HouseDesk(house, SECRET)
            async with listening(house, settings, desk.write_link, SECRET) as routes:
                pages = (*routes, *installing(INSTALLED, NOT_INSTALLED))
                known = WebSettings(
                    secret=SECRET, hosts=("chat.example.org", "house"), secure=True, connects=("slack",)
                )
                web = build_web(desk, house.local, known, pages, {EVENTS: MOST_BYTES})
                if way == "http":
                    listen_over_http(slack, web)
                else:
                    await slack.until(lambda: len(slack.courier.sockets) > 0)
                network = Network(slack, house, desk, web, Hands(), folder)
                for one in WORKSPACES:
                    await network.installs(slack.workspace(one, installed=False))
                    await network.trusts(one, "example.org")
                yield town


@dataclass(frozen=True)
class Lived:
    """What is left of it. `read`: by person, what they can read, as delivery key → words; `packet`: names of what is in
    ann's."""

    read: Mapping[str, Mapping[str, str]]
    states: Mapping[str, str]
    packet: Sequence[str]
    reviews: Mapping[str, int]


async def live(
    town: Town, members: Sequence[Member], days: int, pass_to: Callable[[datetime], Awaitable[None]]
) -> None:
    """From a cohort that is proposed to the evidence that is downloaded, or as many days of it."""
    await town.press("fay", "form.propose")
    await town.press("fay", "form.approve", await town.open_proposal())
    await pass_to(BEGINS + timedelta(days=1))
    item = await town.ask(_first_prompt)
    for member in members:
        await write_draft(member, item)
    for day in range(2, days + 1):
        await pass_to(BEGINS + timedelta(days=day))
        for member in members:
            await do_all(member)
    await pass_to(BEGINS + timedelta(days=days, hours=1))


def _first_prompt(tx: SqlTransaction) -> str:
    parts = tx.catalogue.get(MICROCREDENTIAL).parts
    return next(f"{part.id}/{part.prompts[0].id}" for part in parts if part.prompts)


async def write_draft(member: Member, item: str) -> None:
    doors = await member.doors(("evidence.open", ""))
    text = f"Draft of {member.name}: " + "we waited three seconds and counted who spoke. " * 8
    choose = next(door for door in doors if door[0] == "evidence.choose.open")
    await member.answer(choose, member.name, {"item": item, "text": text})


async def packet_of(member: Member) -> Sequence[str]:
    doors = await member.doors(("evidence.open", ""))
    _, content = await member.download(next(door for door in doors if door[0] == "evidence.packet"))
    with zipfile.ZipFile(io.BytesIO(content)) as packet:
        return sorted(packet.namelist())


async def reviews_of(town: Town) -> Mapping[str, int]:
    """How many reviews each round of a draft has had."""
    rounds = await town.runs("tune-a-draft")
    return {run.id: len(run.step("examine").answered) for run in rounds if run.step("share").answered}


def _as_slack(message: Message) -> str:
    return render(message, Voice(site=SITE))[0].text


async def live_in_browser(folder: Path, days: int, said: Callable[[Message], str] = _as_slack) -> Lived:
    """`said`: what another chat's readers read of a message."""
    async with open_town(folder, *SIX, clock=Clock(BEGINS)) as town:
        for name in SIX:
            await town.arrive(name)
        await town.join(*SIX)
        members = [LocalMember(town, name) for name in SIX]
        await live(town, members, days, town.tick_to)
        read = {name: dict[str, str]() for name in SIX}
        for entry in await town.heard():
            for name in set(entry.readers) & set(SIX):
                read[name][plain_key(entry.key)] = said(entry.message)
        states = plain_states(await town.states())
        return Lived(read, states, await packet_of(members[0]), await reviews_of(town))


async def live_in_slack(folder: Path, way: str, days: int, disturb: Callable[[FakeSlack], None] | None = None) -> Lived:
    """`disturb` may plan what goes wrong from when the app is installed."""
    async with open_slack_town(folder, way, Clock(BEGINS)) as town:
        if disturb:
            disturb(town.slack)
        members = list[SlackMember]()
        for number, name in enumerate(SIX):
            place = town.slack.workspace(WORKSPACES[number % len(WORKSPACES)])
            person = place.user(name.title(), email=f"{name}@example.org")
            member = SlackMember(place, person, name, persistent=disturb is not None)
            await member.answer_question()
            await member.answer(("join.open", ""), name, joining(avoid=""))
            members.append(member)

        async def pass_to(until: datetime) -> None:
            await check_sealed(town.inside, members)
            await town.tick_to(until)

        await live(town.inside, members, days, pass_to)
        states = plain_states(await town.inside.states())
        packet = await packet_of(members[0])
        read = {member.name: read_by(member) for member in members}
        return Lived(read, states, packet, await reviews_of(town.inside))


def read_by(member: SlackMember) -> Mapping[str, str]:
    """Fails where the same delivery stands there twice."""
    found = dict[str, str]()
    for channel in member.person.team.channels.values():
        for message in member.person.reads(channel.id) if member.person.id in channel.members else ():
            if message.metadata is None:
                continue
            delivery = message.metadata["event_payload"]
            key = plain_key(delivery["key"])
            assert delivery["part"] > 1 or key not in found, f"{member.name} reads {key} twice"
            found.setdefault(key, message.text)
    return found


def plain_states(states: Mapping[str, str]) -> Mapping[str, str]:
    """What goes to two workspaces is sent when it is sent in both."""
    found = dict[str, str]()
    for key, state in states.items():
        if found.get(plain_key(key), "sent") == "sent":
            found[plain_key(key)] = state
    return found


def plain_key(key: str) -> str:
    """Without the chat, the workspace and the event of a chat that it is for."""
    return re.sub(r"@\w+/\w+|:(slack-[a-z]+|discord-[a-z]+|event)-\w+", "", key)


async def check_sealed(town: Town, members: Sequence[ChatMember]) -> None:
    """What is sealed stands nowhere but with whoever wrote it."""
    since = (town.clock.now() - timedelta(days=2)).timestamp()
    read = {member.name: member.words(since) for member in members}
    for run in [*await town.runs("inquiry-cycle"), *await town.runs("tune-a-draft")]:
        sealed = [step.id for step in protocol_of(run).steps if step.visibility == "sealed"]
        for step in sealed:
            for name in run.step(step).answered if run.step(step).status == "open" else ():
                said = f"words of {about(name, f'{run.id}/{step}')} "
                assert not [reader for reader, words in read.items() if said in words and reader != name], said


def check(found: Lived, like: Lived) -> None:
    """Nothing is lost, nothing doubled, and everybody has read the same words as in the browser."""
    assert Counter(found.states.values()) == Counter(like.states.values()) == Counter(sent=len(found.states))
    assert set(found.states) == set(like.states)
    assert found.read == like.read
    assert found.packet == like.packet
