"""What Slack tells comes twice, late, out of order, and over lines that break: the days end as if nothing had been."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import chain, cycle
from pathlib import Path

import pytest

from tests.adapters.slack.test_slack_rooms import Place, open_place
from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.server import FakeSlack
from tests.scenarios.slack_town import Lived, check, live_in_browser, live_in_slack

# slack_sdk 3.47 still logs in to the exchange with aiohttp's BasicAuth.
pytestmark = [
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.slow,
    pytest.mark.timeout(120),
]

DAYS = 2
OFTEN = 1_000_000
Trouble = Callable[[FakeSlack], Awaitable[None]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return asyncio.run(live_in_browser(tmp_path_factory.mktemp("browser"), DAYS))


async def tell_out_of_order(slack: FakeSlack) -> None:
    """What is told within a moment is told backwards, each twice."""
    slack.courier.repeat_next = OFTEN
    while True:
        slack.courier.hold()
        await asyncio.sleep(0.02)
        await slack.courier.release(lambda held: held[::-1])
        await asyncio.sleep(0)


async def break_lines(slack: FakeSlack) -> None:
    """Once without a word, then again and again by a word before and by a warning."""
    slack.courier.ack_seconds = 0.5
    for reason in chain(("",), cycle(("refresh_requested", "warning"))):
        await slack.until(lambda: len(slack.courier.sockets) > 0)
        await asyncio.sleep(0.3)
        with suppress(ConnectionError, RuntimeError):  # the line that is to be broken may just have broken
            await (slack.courier.sockets.disconnect(reason) if reason else slack.courier.sockets.cut())


@asynccontextmanager
async def troubled(trouble: Trouble) -> AsyncIterator[Callable[[FakeSlack], None]]:
    """What starts the trouble, which then lasts as long as the block."""
    under_way = list[asyncio.Task[None]]()

    async def go_on(slack: FakeSlack) -> None:
        await trouble(slack)

    try:
        yield lambda slack: under_way.append(asyncio.create_task(go_on(slack)))
    finally:
        for task in under_way:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.mark.parametrize(
    ("way", "trouble"), [("http", tell_out_of_order), ("socket", tell_out_of_order), ("socket", break_lines)]
)
async def test_however_it_is_told_the_days_are_the_same(
    undisturbed: Lived, tmp_path: Path, way: str, trouble: Trouble
) -> None:
    async with troubled(trouble) as begins:
        found = await live_in_slack(tmp_path, way, DAYS, begins)
    check(found, undisturbed)


Orders = Callable[[list[Delivery]], list[Delivery]]
ORDERS: Sequence[Orders] = (lambda held: held[::-1], lambda held: held * 2, lambda held: [*held[::-1], *held])


@pytest.mark.parametrize("order", ORDERS, ids=["backwards", "twice", "both"])
@pytest.mark.parametrize("what", ["archived", "brought back", "taken out", "let in"])
async def test_of_a_room_the_last_that_happened_counts(tmp_path: Path, what: str, order: Orders) -> None:
    async with FakeSlack() as slack, open_place(slack, tmp_path) as place:
        (room,) = place.rooms
        slack.courier.hold()
        for step in _steps(place, room.id)[what]:
            slack.clock.move(5)
            await step()
        await slack.courier.release(order)
        await place.tell("one", "two")
        closed = what in ("archived", "taken out")
        assert place.said(room) == ([] if closed else ["one", "two"])
        await place.pass_days(2)
        assert ("Sotol" in place.told(place.fay)) == closed
        if closed:
            await place.presses(place.fay, "room.renew")
            assert place.said(place.rooms[-1]) == ["one", "two"]
        assert "dead" not in await place.counts()


def _steps(place: Place, room: str) -> dict[str, list[Callable[[], Awaitable[None]]]]:
    town, bot = place.town.place, place.town.place.team.bot_user
    archive, back = (lambda: town.archives(room, place.ann)), (lambda: town.unarchives(room, place.ann))
    out, into = (lambda: town.removes(room, bot)), (lambda: town.adds(room, bot, place.ann))
    return {
        "archived": [archive, back, archive],
        "brought back": [archive, back],
        "taken out": [out, into, out],
        "let in": [out, into],
    }


@pytest.mark.parametrize(
    ("order", "told", "told_out"),
    [(ORDERS[0], 0, 1), (ORDERS[1], 1, 2), (ORDERS[2], 0, 1)],
    ids=["backwards", "twice", "both"],
)
@pytest.mark.parametrize("stays", [True, False], ids=["in", "out"])
async def test_of_a_member_the_last_that_happened_counts(
    tmp_path: Path, order: Orders, told: int, told_out: int, stays: bool
) -> None:
    """They are asked each time that they are out as far as is known then, and never about what they know better."""
    async with FakeSlack() as slack, open_place(slack, tmp_path) as place:
        (room,) = place.rooms
        town, ben = place.town.place, place.ben.id
        slack.courier.hold()
        for leaves in (True, False) if stays else (True, False, True):
            slack.clock.move(5)
            await (town.removes(room.id, ben) if leaves else town.adds(room.id, ben, place.ann))
        await slack.courier.release(order)
        await place.pass_days(2)
        assert ("Ben Cruz is no longer in the room" in place.told(place.fay)) == (not stays)
        asked = place.told(place.ben).count("You are no longer in the room")
        assert asked == (told if stays else told_out)
