"""Somebody's own conversation with us is told apart from those they have with others."""

from datetime import timedelta
from pathlib import Path

import pytest

from cohorts.messages import Message
from cohorts.usecases.tell import Note, tell
from storage.queues import report
from storage.queues.conversations import conversation, keep_conversation
from storage.transaction import SqlTransaction
from tests.adapters.slack.test_slack_listening import WAYS, Town, open_town
from tests.fakes.slack.faults import Refused
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.world import Channel
from tests.fakes.small_core import START


def between(town: Town, *people: Person) -> str:
    """The direct conversation of these people, in which the app has no part; of one alone, their notes to self."""
    room = Channel(town.slack.numbers.next("D"), "im", members=[one.id for one in people], creator=people[0].id)
    town.place.team.channels[room.id] = room
    return room.id


async def write_to_ann(town: Town, key: str) -> None:
    note = Note(key=key, message=Message(text=f"Word {key}"))
    await town.house.database.transact(lambda tx: tell(tx, "ann", note, START, "reply"))
    await town.delivered()


async def kept(town: Town) -> str | None:
    return await town.house.database.read(lambda tx: conversation(tx.connection, "slack", "T1", "dm:ann"))


async def dead(town: Town) -> list[str]:
    at = START + timedelta(days=1)
    queues = await town.house.database.read(lambda tx: report.look_at_queues(tx.connection, at, 10))
    return [one.error for one in queues.dead]


@pytest.mark.parametrize("way", WAYS)
async def test_a_command_typed_to_a_colleague_takes_no_later_word_away(
    slack: FakeSlack, tmp_path: Path, way: str
) -> None:
    async with open_town(slack, tmp_path, way) as town:
        await write_to_ann(town, "k1")
        own = await kept(town)
        await town.ann.slash("/cohort", between(town, town.ann, town.place.user("Bob")))
        await town.ann.slash("/cohort", between(town, town.ann))
        await slack.quiet()
        await write_to_ann(town, "k2")
        assert await kept(town) == own == town.ann.direct
        assert [one for one in town.reads() if one.startswith("Word")] == ["Word k1", "Word k2"]
        assert await dead(town) == []


async def test_the_menu_of_a_colleagues_message_takes_no_later_word_away(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        bob = town.place.user("Bob")
        message = await bob.posts(between(town, town.ann, bob), "look at this")
        await town.ann.shortcut("keep_evidence", message)
        await slack.quiet()
        await write_to_ann(town, "k1")
        assert await kept(town) == town.ann.direct
        assert any(one == "Word k1" for one in town.reads())


async def test_what_somebody_writes_to_us_still_says_where_they_read_us(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        await town.ann.posts(town.ann.direct, "Hello")
        assert await kept(town) == town.ann.direct


async def test_a_conversation_slack_does_not_find_is_opened_anew_once(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        wrong = between(town, town.ann, town.place.user("Bob"))

        def mislay(tx: SqlTransaction) -> None:
            keep_conversation(tx.connection, "slack", "T1", "dm:ann", wrong)

        await town.house.database.transact(mislay)
        await write_to_ann(town, "k1")
        assert await kept(town) == town.ann.direct
        assert any(one == "Word k1" for one in town.reads())
        before = len(slack.called("conversations.open"))
        slack.faults.add(Refused("channel_not_found"), "chat.postMessage", times=2)
        await write_to_ann(town, "k2")
        assert len(slack.called("conversations.open")) == before + 1
        assert await dead(town) == ["Slack refused chat.postMessage: channel_not_found."]
