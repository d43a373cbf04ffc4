"""Slack opens nothing three seconds after it was pressed: whoever pressed hears of it where they can read it."""

from pathlib import Path

import pytest

from cohorts.events import AccountRef, Place, Sent, Whisper
from cohorts.messages import Button, Buttons, Message, Section
from tests.adapters.slack.test_slack_listening import Frail, Town, action_of, hearing, open_town
from tests.fakes.slack.faults import Fault, RateLimited, Refused, Reset, ServerError
from tests.fakes.slack.server import FakeSlack
from tests.scenarios.town import joining

LATE: list[Fault] = [
    Refused("expired_trigger_id"),
    Refused("exchanged_trigger_id"),
    Refused("trigger_expired"),
    ServerError(),
    Reset("before"),
    RateLimited(30),
]
DOOR = Buttons(items=(Button(label="Join", action="join.open"), Button(label="Leave", action="join.leave")))


async def send(town: Town) -> None:
    room = await town.house.chats["slack"].open_direct("T1", town.ann.id)
    await town.house.chats["slack"].send("key", "T1", room, Message(text="Doors", blocks=(DOOR,)))


@pytest.mark.parametrize("fault", LATE, ids=str)
async def test_a_form_that_was_not_opened_has_a_door_beside_its_button(
    slack: FakeSlack, tmp_path: Path, fault: Fault
) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        await send(town)
        (doors,) = town.ann.reads(town.ann.direct)
        slack.faults.add(fault, "views.open")
        await town.ann.clicks(doors, action_of(doors.blocks, "join.open"))
        await slack.until(lambda: len(town.ann.reads(town.ann.direct)) == 2)
        told = town.ann.reads(town.ann.direct)[1]
        assert "did not open this in time" in told.text
        assert told.only_for == town.ann.id
        await town.ann.clicks(told, action_of(told.blocks, "join.open"))
        await slack.until(lambda: town.ann.modal)


async def test_at_home_it_is_said_in_their_own_conversation(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http", "es") as town:
        await town.ann.opens_home()
        await slack.until(lambda: town.ann.home)
        home = town.ann.home
        assert home is not None
        before = len(town.ann.reads(town.ann.direct))
        slack.faults.add(Refused("expired_trigger_id"), "views.open")
        await town.ann.clicks(home, action_of(home.body["blocks"], "join.open"))
        await slack.until(lambda: "Slack no abrió esto a tiempo" in str(town.reads()))
        told = town.ann.reads(town.ann.direct)[before]
        assert told.only_for == ""
        await town.ann.clicks(told, action_of(told.blocks, "join.open"))
        await slack.until(lambda: town.ann.modal)


async def test_over_a_modal_and_where_we_are_not_it_is_said_there_too(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        slack.faults.add(Refused("expired_trigger_id"), "views.push")
        await town.ann.slash("/cohort", town.place.channel("elsewhere", town.ann))
        await slack.until(lambda: town.ann.modal)
        modal = town.ann.modal
        assert modal is not None
        await town.ann.clicks(modal, action_of(modal.body["blocks"], "join.open"))
        await slack.until(lambda: "did not open this in time" in str(town.reads()))
        slack.faults.add(Refused("expired_trigger_id"), "views.open")
        await town.ann.slash("/cohort", town.place.channel("anywhere", town.ann))
        await slack.until(lambda: str(town.reads()).count("did not open this in time") == 2)
        assert ":home.open" in str(town.ann.reads(town.ann.direct)[-1].blocks)


async def test_however_many_doors_are_opened_in_a_row_each_leads_on(slack: FakeSlack) -> None:
    """Slack lays three modals over one another and no more."""
    desk, ann = Frail(), slack.workspace("T1").user("Ann")
    async with hearing(slack, desk):
        for number in range(6):
            said = f"Page {number}"
            desk.response = Whisper(message=Message(text=said, blocks=(Section(text=said), DOOR)))
            if ann.modal is None:
                await ann.slash("/cohort", slack.workspace("T1").channel("elsewhere", ann))
            else:
                await ann.clicks(ann.modal, action_of(ann.modal.body["blocks"], "join.open"))
            await slack.until(lambda said=said: ann.modal and said in str(ann.modal))


async def test_what_is_done_is_not_done_again_and_its_answer_not_left_lying_about(
    slack: FakeSlack, tmp_path: Path
) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        ann = AccountRef(platform="slack", workspace="T1", user=town.ann.id)
        here = Place(conversation=town.ann.direct)
        joins = Sent(key="joins", account=ann, place=here, action="join.send", values=joining(avoid=""))
        await town.house.handle(joins)
        await town.ann.slash("/cohort", town.place.channel("elsewhere", town.ann))
        await slack.until(lambda: town.ann.modal)
        modal = town.ann.modal
        assert modal is not None
        slack.faults.add(Refused("expired_trigger_id"), "views.push")
        await town.ann.clicks(modal, action_of(modal.body["blocks"], "home.language"))
        await slack.until(lambda: "no mostró la respuesta a tiempo" in str(town.reads()))
        assert "button" not in str(town.ann.reads(town.ann.direct)[-1].blocks)
