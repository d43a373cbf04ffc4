"""Whoever presses everything twice, late and after leaving, and sends forms empty and huge, is answered each time."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.slack.gestures import elements
from tests.fakes.slack.people import Person
from tests.fakes.slack.world import Message, View
from tests.scenarios.members import SlackMember
from tests.scenarios.slack_town import BEGINS, WORKSPACES, SlackTown, live, open_slack_town
from tests.scenarios.town import SIX, Clock, joining

pytestmark = [
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.slow,
    pytest.mark.timeout(60),
]

SAYS = ("views.open", "views.push", "views.update", "views.publish", "chat.postEphemeral", "chat.postMessage")
LEAVING = {"join.leave", "join.pause", "home.language"}


@dataclass(frozen=True)
class Button:
    where: Message | View
    action: str
    id: str


def buttons_of(person: Person) -> list[Button]:
    """Each that they can see in a conversation or at Home, of the same kind one in each place."""
    rooms = [one.id for one in person.team.channels.values() if person.id in one.members]
    found = [(message, message.blocks) for room in rooms for message in person.reads(room)]
    places: list[tuple[Message | View, list[dict[str, object]]]] = [*found]
    places += [(person.home, person.home.body["blocks"])] if person.home else []
    return [Button(where, *one) for where, blocks in places for one in _pressable(blocks)]


def _pressable(blocks: list[dict[str, object]]) -> Iterator[tuple[str, str]]:
    for _, element in elements(blocks):
        if element["type"] == "button":
            yield str(element["action_id"]).partition(":")[2], str(element["action_id"])


async def press(town: SlackTown, person: Person, button: Button) -> bool:
    """Whether anything came of it that they see."""
    person.member.modals.clear()
    where = button.where
    if button.id not in str(where.body if isinstance(where, View) else where.blocks):
        return True  # it has been drawn anew since, without this button
    before = said(town)
    assert (await person.clicks(button.where, button.id)).ok
    for _ in range(400):
        if said(town) > before:
            return True
        await town.settle()
        await asyncio.sleep(0.005)
    return False


def said(town: SlackTown) -> int:
    return sum(len(town.slack.called(method)) for method in SAYS)


async def misuse(person: Person) -> None:
    """Sends the form with nothing but spaces in it, and with far too much: it stays open and says why."""
    modal = person.modal
    while modal is not None and modal.body.get("submit"):
        boxes = {
            element["action_id"]: element
            for _, element in elements(modal.body["blocks"])
            if element["type"] == "plain_text_input"
        }
        if not boxes:
            return
        for word in (" ", "x "):
            written = {known: (word * 1499)[: 3000 if box["multiline"] else 200] for known, box in boxes.items()}
            ack = await person.submits({**choices(modal), **written}, modal)
            assert ack.ok
            if not modal.errors:
                break
        modal = person.modal if person.modal is not modal else None


def choices(modal: View) -> dict[str, object]:
    found = dict[str, object]()
    for _, element in elements(modal.body["blocks"]):
        if element["type"] in {"radio_buttons", "static_select"}:
            groups = element.get("option_groups") or [{"options": element["options"]}]
            found[element["action_id"]] = groups[0]["options"][0]["value"]
    return found


async def test_nobody_presses_in_vain_and_nothing_breaks(tmp_path: Path) -> None:
    async with open_slack_town(tmp_path, "http", Clock(BEGINS)) as town:
        members = []
        for number, name in enumerate(SIX):
            place = town.slack.workspace(WORKSPACES[number % len(WORKSPACES)])
            member = SlackMember(place, place.user(name.title(), email=f"{name}@example.org"), name)
            await member.answer_question()
            await member.answer(("join.open", ""), name, joining(avoid=""))
            members.append(member)
        await live(town.inside, members[1:], 8, town.tick_to)  # ann does nothing
        silent = list[str]()
        kept = dict[str, list[Button]]()
        for member in members[:2]:
            await member.home()
            kept[member.name] = [one for one in buttons_of(member.person) if one.action not in LEAVING]
            assert len(kept[member.name]) > 8
            for button in kept[member.name] * 2:
                if not await press(town, member.person, button):
                    silent.append(f"{member.name} {button.action}")
                await misuse(member.person)
        await town.tick_to(town.clock.now() + timedelta(days=40))
        for member in members[:2]:
            silent += [f"late {one.action}" for one in kept[member.name] if not await press(town, member.person, one)]
        for member in members[:2]:
            doors = await member.home()
            leave = next(one for one in buttons_of(member.person) if one.action == "join.leave")
            assert ("join.leave", "") in doors
            assert await press(town, member.person, leave)
            silent += [f"left {one.action}" for one in kept[member.name] if not await press(town, member.person, one)]
        await town.settle()
        assert silent == []
        assert "dead" not in (await town.inside.states()).values()
