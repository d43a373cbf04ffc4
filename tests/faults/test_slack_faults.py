"""Every call of ours that Slack can answer badly is answered badly, in every way: the days end as if nothing had been.

Six people in two workspaces join, meet, plan, write, and take their packet with them. Every third call of each method
goes wrong, from the first, the second or the third on: so every call meets every fault. Of what is done by several
calls one after the other, each call goes wrong once, or it would hardly ever be done.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.slack.faults import Fault, Garbage, Lost, RateLimited, Refused, Reset, ServerError
from tests.fakes.slack.server import FakeSlack
from tests.scenarios.slack_town import Lived, check, live_in_browser, live_in_slack

# slack_sdk 3.47 still logs in to the exchange with aiohttp's BasicAuth.
pytestmark = [
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.slow,
    pytest.mark.timeout(400),
]

DAYS = 2
MOST = 200
ALONE = (
    "chat.postEphemeral",
    "chat.postMessage",
    "chat.update",
    "conversations.history",
    "conversations.open",
    "users.info",
    "views.open",
    "views.publish",
    "views.push",
)
TOGETHER = (
    "conversations.create",
    "conversations.invite",
    "conversations.setPurpose",
    "conversations.setTopic",
    "files.completeUploadExternal",
    "files.getUploadURLExternal",
    "upload",
    "users.conversations",
)
METHODS = ALONE + TOGETHER
FAULTS: list[Fault] = [
    RateLimited(1),
    ServerError("before"),
    ServerError("after"),
    Reset("before"),
    Reset("after"),
    Garbage(),
    Refused("internal_error"),
]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return asyncio.run(live_in_browser(tmp_path_factory.mktemp("browser"), DAYS))


def every_third(fault: Fault, first: int) -> Callable[[FakeSlack], None]:
    """Counted for each method by itself; a fault that was met is not counted by those planned behind it."""

    def disturb(slack: FakeSlack) -> None:
        for method in METHODS:
            for number in range(MOST if method in ALONE else 1):
                slack.faults.add(fault, method, skip=first + 2 * number)

    return disturb


async def test_the_methods_are_all_that_the_days_call(undisturbed: Lived, tmp_path: Path) -> None:
    """A look-up follows what is in doubt alone, and a channel is sought when its name is taken."""
    called = list[FakeSlack]()
    found = await live_in_slack(tmp_path, "http", DAYS, called.append)
    check(found, undisturbed)
    methods = Counter(call.method for call in called[0].calls)
    in_doubt = {"conversations.history", "users.conversations"}
    assert set(methods) - {"oauth.v2.access", "auth.test", "team.info"} == {*METHODS} - in_doubt - {"upload"}


@pytest.mark.parametrize(
    ("fault", "first"),
    [pytest.param(fault, number % 3, id=f"{fault}-{number % 3}") for number, fault in enumerate(FAULTS)],
)
async def test_after_every_fault_nothing_is_lost_and_nothing_doubled(
    undisturbed: Lived, tmp_path: Path, fault: Fault, first: int
) -> None:
    check(await live_in_slack(tmp_path, "socket", DAYS, every_third(fault, first)), undisturbed)


@pytest.mark.timeout(900)
async def test_an_answer_that_never_comes_is_looked_for(undisturbed: Lived, tmp_path: Path) -> None:
    """Once for each method: each costs the seconds that are waited for it."""

    def disturb(slack: FakeSlack) -> None:
        for method in METHODS:
            slack.faults.add(Lost(), method)

    check(await live_in_slack(tmp_path, "http", DAYS, disturb), undisturbed)


async def test_a_trigger_that_has_expired_is_pressed_again(undisturbed: Lived, tmp_path: Path) -> None:
    def disturb(slack: FakeSlack) -> None:
        for method in ("views.open", "views.push"):
            slack.faults.add(Refused("expired_trigger_id"), method, times=1)
            slack.faults.add(Refused("exchanged_trigger_id"), method, times=1, skip=2)

    check(await live_in_slack(tmp_path, "http", DAYS, disturb), undisturbed)
