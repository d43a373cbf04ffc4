"""kill -9 of `cohortium run` while it speaks to Slack: it comes back to where it was, and old buttons still answer."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import open_house
from bot.chat.slack.hearing.http import EVENTS
from bot.clock import now
from bot.demo.network import demo_catalogue
from bot.serve import free_port
from bot.settings import Settings
from cohorts.messages import Button, Buttons, Message
from cohorts.people.model import Account, Cohort, Educator, Lea, Member
from cohorts.ports import Delivery
from cohorts.usecases.tell import open_rooms
from storage.queues import outbox
from storage.transaction import SqlTransaction
from tests.adapters.slack.test_slack_listening import action_of
from tests.fakes.slack.faults import Lost
from tests.fakes.slack.server import FakeSlack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

TOP = Path(__file__).parents[2]
SAID = [f"Message {number}" for number in range(8)]
KILLED_AFTER = (1, 3, 5)
"""Messages of ours in the room when the process is killed."""


def lay(tx: SqlTransaction, user: str) -> None:
    """A cohort whose room is still to be opened, and what is to be said in it."""
    tx.people.save_lea(Lea(id="4800001", name="Presidio", state="TX", zone="America/Chicago"))
    tx.people.save_educator(Educator(id="ann", given_name="Ann", family_name="Lee", email="a@x.org", lea_id="4800001"))
    tx.people.link_account(Account(platform="slack", workspace="T1", user=user, educator_id="ann"))
    for one in demo_catalogue():
        tx.catalogue.save(one)
    facts = {"id": "sotol", "name": "Sotol", "microcredential_id": "formative-assessment", "language": "en"}
    cohort = Cohort(**facts, facilitator_id="", members=(Member(educator_id="ann"),), formed_at=now())
    tx.cohorts.save(cohort)
    open_rooms(tx, cohort, "topic", now())
    for text in SAID:
        buttons = Buttons(items=(Button(label="Evidence", action="evidence.open"),))
        tx.outbox.enqueue(
            Delivery(
                key=text,
                platform="slack",
                workspace="T1",
                conversation="cohort:sotol",
                purpose="reply",
                message=Message(text=text, blocks=(buttons,)),
                not_before=now(),
            ),
            now(),
        )


@asynccontextmanager
async def running(folder: Path, env: Mapping[str, str]) -> AsyncIterator[None]:
    """Until the block ends; then it is killed, in whatever it is doing."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("COHORTIUM_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", cwd=folder, env={**known, "PYTHONPATH": str(TOP), **env}
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("way", ["socket", "http"])
async def test_killed_while_it_speaks_it_goes_on_and_answers_old_buttons(tmp_path: Path, way: str) -> None:
    async with FakeSlack() as slack:
        place = slack.workspace("T1")
        ann = place.user("Ann")
        port = free_port("127.0.0.1", 18_600)
        env = {
            "COHORTIUM_DATA": str(tmp_path),
            "COHORTIUM_PORT": str(port),
            "COHORTIUM_OPEN_BROWSER": "false",
            "COHORTIUM_SLACK_BOT_TOKEN": place.token,
            "COHORTIUM_SLACK_API_BASE": slack.base_url,
            "COHORTIUM_SLACK_SIGNING_SECRET": slack.signing_secret,
        }
        if way == "socket":
            env["COHORTIUM_SLACK_APP_TOKEN"] = slack.app_token
        else:
            slack.courier.connect_http(f"http://127.0.0.1:{port}{EVENTS}")
        settings = Settings(data=tmp_path, _env_file=None)  # type: ignore[call-arg]
        async with open_house(settings, now) as house:
            await house.database.transact(lay, ann.id)

        def said() -> list[str]:
            rooms = [one.id for one in place.team.channels.values() if one.name.startswith("sotol")]
            return [one.text for room in rooms for one in place.messages(room) if one.text in SAID]

        for count in KILLED_AFTER:
            left = slack.faults.left
            slack.faults.add(Lost(), "chat.postMessage", skip=max(1, count - len(said())))
            async with running(tmp_path, env):
                await until(lambda left=left: slack.faults.left == left)
        async with running(tmp_path, env):
            await until(lambda: len(said()) >= len(SAID))
            (room,) = [one for one in place.team.channels.values() if one.name.startswith("sotol")]
            oldest = next(one for one in ann.reads(room.id) if one.text in SAID)
            await until(lambda: way == "http" or len(slack.courier.sockets) > 0)
            await ann.clicks(oldest, action_of(oldest.blocks, "evidence.open"))
            await until(lambda: any(one.only_for == ann.id for one in ann.reads(room.id)))
        assert said() == SAID
        async with open_house(settings, now) as house:
            assert set(await house.database.with_connection(outbox.counts)) == {"sent"}


async def until(holds: object) -> None:
    """As long as the quiet period and a message a second may take, several times over."""
    assert callable(holds)
    for _ in range(2_000):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to hold")
