"""Which place becomes a cohort's room: what Discord says of it when it is asked for, and again when that is sent."""

from pathlib import Path

from cohorts.people.model import Cohort
from storage.queues.conversations import conversation
from storage.transaction import SqlTransaction
from tests.adapters.discord_hearing import made_up as told
from tests.adapters.discord_hearing.wire import Town, open_town
from tests.fakes.small_core import START

PARENT, THREAD = told.CHANNEL, told.THREAD
HIDDEN: told.Json = {"id": told.GUILD, "type": 0, "allow": "0", "deny": "1024"}


def lead(tx: SqlTransaction) -> None:
    facts = {"id": "sotol", "name": "Sotol", "microcredential_id": "formative-assessment", "language": "en"}
    tx.cohorts.save(Cohort(**facts, facilitator_id="ann", members=(), formed_at=START))


def in_private_thread(raw: told.Json) -> told.Json:
    channel = {"id": THREAD, "type": 12, "parent_id": PARENT}
    return {**raw, "d": {**raw["d"], "channel_id": THREAD, "channel": channel}}


async def room_of(town: Town) -> str | None:
    return await town.house.database.read(lambda tx: conversation(tx.connection, "discord", told.GUILD, "cohort:sotol"))


def chosen(form: told.Json) -> told.Json:
    (select,) = [one["component"] for one in form["components"] if one["type"] == 18]
    return {"type": 3, "custom_id": select["custom_id"], "values": ["sotol"]}


async def test_a_private_thread_is_the_room_and_not_the_public_channel_around_it(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.change(lead)
        town.wire.channels |= {
            THREAD: {"id": THREAD, "type": 12, "parent_id": PARENT},
            PARENT: {"id": PARENT, "type": 0},
        }
        asked = await town.hear(in_private_thread(told.command(show="here")))
        assert asked is not None
        assert asked["type"] == 9
        sent = in_private_thread(told.sent(asked["data"]["custom_id"], chosen(asked["data"])))
        await town.hear({**sent, "d": {**sent["d"], "id": "3001"}})
        assert await room_of(town) == THREAD


async def test_a_channel_that_is_public_by_the_time_the_form_is_sent_is_no_room(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.change(lead)
        town.wire.channels[PARENT] = {"id": PARENT, "type": 0, "permission_overwrites": [HIDDEN]}
        asked = await town.hear(told.command(show="here"))
        assert asked is not None
        town.wire.channels[PARENT] = {"id": PARENT, "type": 0, "permission_overwrites": []}
        sent = told.sent(asked["data"]["custom_id"], chosen(asked["data"]))
        await town.hear({**sent, "d": {**sent["d"], "id": "3001"}})
        assert await room_of(town) is None


async def test_a_channel_that_is_still_private_is_the_room(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.change(lead)
        town.wire.channels[PARENT] = {"id": PARENT, "type": 0, "permission_overwrites": [HIDDEN]}
        asked = await town.hear(told.command(show="here"))
        assert asked is not None
        sent = told.sent(asked["data"]["custom_id"], chosen(asked["data"]))
        await town.hear({**sent, "d": {**sent["d"], "id": "3001"}})
        assert await room_of(town) == PARENT
