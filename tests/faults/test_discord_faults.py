"""Every call of ours that Discord can answer badly is answered badly, in every way: the days end as if nothing was.

Six people in two servers join, meet, plan, write, and take their packet with them. Every third call of each route goes
wrong, from the first, the second or the third on: so every call meets every fault. Of what is done by several calls one
after the other, each call goes wrong once, or it would hardly ever be done.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.discord.faults import Garbage, Lost, RateLimited, Refused, Reset, ServerError
from tests.fakes.discord.server import FakeDiscord
from tests.scenarios.discord_town import as_discord, live_in_discord
from tests.scenarios.slack_town import Lived, check, live_in_browser

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

DAYS = 2
MOST = 200
CHANNEL, GUILD = "/channels/{channel_id}", "/guilds/{guild_id}"
CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"
ALONE = (
    CALLBACK,
    f"POST {CHANNEL}/messages",
    f"PATCH {CHANNEL}/messages/{{message_id}}",
    f"GET {CHANNEL}/messages",
    "POST /users/@me/channels",
)
TOGETHER = (
    f"GET {GUILD}/channels",
    f"POST {GUILD}/channels",
    f"GET {GUILD}/roles",
    f"POST {GUILD}/roles",
    f"PUT {GUILD}/members/{{user_id}}/roles/{{role_id}}",
    f"GET {CHANNEL}",
    f"GET {CHANNEL}/messages/{{message_id}}",
    f"POST {CHANNEL}/messages/{{message_id}}/threads",
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
)
ROUTES = ALONE + TOGETHER
BEFORE = frozenset({"/users/@me", "/applications", "/oauth2", "/gateway"})
"""Begin the paths of what is called before anybody acts."""
FAULTS: list[object] = [
    RateLimited(1),
    RateLimited(1, everywhere=True),
    RateLimited(ours=False),
    ServerError("before", 500),
    ServerError("after", 502),
    ServerError("after", 503),
    Reset("before"),
    Reset("after"),
    Garbage(),
]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return asyncio.run(live_in_browser(tmp_path_factory.mktemp("browser"), DAYS, as_discord))


def every_third(fault: object, first: int) -> Callable[[FakeDiscord], None]:
    """Counted for each route by itself; a fault that was met is not counted by those planned behind it."""

    def disturb(discord: FakeDiscord) -> None:
        discord.patience = 3.0
        for route in ROUTES:
            for number in range(MOST if route in ALONE else 1):
                discord.faults.add(fault, route, skip=first + 2 * number)  # type: ignore[arg-type]

    return disturb


async def test_the_routes_are_all_that_the_days_call(undisturbed: Lived, tmp_path: Path) -> None:
    """Messages are looked through for what is in doubt alone, and looked at where their thread has no name."""
    called = list[FakeDiscord]()
    check(await live_in_discord(tmp_path, DAYS, called.append), undisturbed)
    routes = Counter(call.route for call in called[0].calls)
    later = {one for one in routes if not one.partition(" ")[2].startswith(tuple(BEFORE - {"/users/@me"}))}
    assert later - {"GET /users/@me"} == {*ROUTES} - {
        f"GET {CHANNEL}/messages",
        f"GET {CHANNEL}/messages/{{message_id}}",
    }


@pytest.mark.parametrize(
    ("fault", "first"),
    [pytest.param(fault, number % 3, id=f"{fault}-{number % 3}") for number, fault in enumerate(FAULTS)],
)
async def test_after_every_fault_nothing_is_lost_and_nothing_doubled(
    undisturbed: Lived, tmp_path: Path, fault: object, first: int
) -> None:
    check(await live_in_discord(tmp_path, DAYS, every_third(fault, first)), undisturbed)


@pytest.mark.timeout(900)
async def test_an_answer_that_never_comes_is_looked_for(undisturbed: Lived, tmp_path: Path) -> None:
    """Once for each route: each costs the seconds that are waited for it."""

    def disturb(discord: FakeDiscord) -> None:
        discord.patience = 40.0
        for route in ROUTES:
            discord.faults.add(Lost(), route)

    check(await live_in_discord(tmp_path, DAYS, disturb), undisturbed)


async def test_what_is_answered_too_late_is_told_in_a_message(undisturbed: Lived, tmp_path: Path) -> None:
    def disturb(discord: FakeDiscord) -> None:
        discord.patience = 1.0
        discord.faults.add(Refused(10062, 404), CALLBACK, times=1)
        discord.faults.add(Refused(10062, 404), CALLBACK, times=1, skip=3)

    check(await live_in_discord(tmp_path, DAYS, disturb, late=2), undisturbed)
