"""A live meeting in two Slack workspaces at once: one card in each, answered where it stands."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.slack.workspace import Workspace
from tests.fakes.slack.world import Message
from tests.scenarios.members import SlackMember
from tests.scenarios.slack_town import BEGINS, WORKSPACES, SlackTown, open_slack_town
from tests.scenarios.town import SIX, Clock, joining

# slack_sdk 3.47 still logs in to the exchange with aiohttp's BasicAuth.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

LINK = "https://meet.example.org/1"


async def come_in(town: SlackTown) -> list[SlackMember]:
    members = list[SlackMember]()
    for number, name in enumerate(SIX):
        place = town.slack.workspace(WORKSPACES[number % len(WORKSPACES)])
        member = SlackMember(place, place.user(name.title(), email=f"{name}@example.org"), name)
        await member.answer_question()
        await member.answer(("join.open", ""), name, joining(avoid=""))
        members.append(member)
    return members


def card_for(place: Workspace, member: SlackMember) -> Message:
    rooms = [one.id for one in place.team.channels.values() if member.person.id in one.members]
    said = [message for room in rooms for message in member.person.reads(room)]
    (card,) = [one for one in said if "Live meeting" in str(one.blocks) and "Coming" in str(one.blocks)]
    return card


def action(card: Message, what: str) -> str:
    found = re.findall(r"'action_id': '([^']+)'", str(card.blocks))
    return next(one for one in found if one.endswith(what))


async def test_a_meeting_is_set_and_answered_in_two_workspaces(tmp_path: Path) -> None:
    async with open_slack_town(tmp_path, "http", Clock(BEGINS)) as town:
        ann, ben, cam, *_ = await come_in(town)
        await town.inside.press("fay", "form.propose")
        await town.inside.press("fay", "form.approve", await town.inside.open_proposal())
        await town.tick_to(BEGINS + timedelta(days=1))
        door = next(door for door in await ann.home() if door[0] == "meet.open")
        values = {"other": "Thursday Feb 12 3:30 pm", "minutes": "45", "where": LINK, "topic": "Compare notes"}
        await ann.answer(door, "ann", values | {"no_students": "yes"})
        await town.tick_to(BEGINS + timedelta(days=1, minutes=5))
        first, second = (town.slack.workspace(one) for one in WORKSPACES)
        for place, member in ((first, cam), (second, ben)):
            words = str(card_for(place, member).blocks)
            assert "Compare notes" in words
            assert "1770931800" in words, "Slack draws the instant by each reader's clock"
            assert LINK in words
        await cam.person.clicks(card_for(first, cam), action(card_for(first, cam), "meet.come"))
        await ben.person.clicks(card_for(second, ben), action(card_for(second, ben), "meet.cannot"))
        await town.settle()
        for place, member in ((first, cam), (second, ben)):
            words = str(card_for(place, member).blocks)
            assert "2: Ann Lee, Cam Lee" in words
            assert "Ben" not in words
        await cam.person.clicks(card_for(first, cam), action(card_for(first, cam), "meet.calendar"))

        def files() -> list[str]:
            return [file["name"] for message in cam.person.reads(cam.person.direct) for file in message.files]

        await town.slack.until(lambda: "meeting.ics" in files(), "no file comes")
