"""Slack's events over signed HTTP: what it costs that nothing is acknowledged before it is kept, and how soon it is.

The peer is a Bolt app in the same server that keeps nothing: its one listener acknowledges.
"""

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.chat.slack.hearing.http import EVENTS
from bot.serve import free_port, server_for
from cohorts.people.model import Account, Educator, Lea
from storage.database import Database
from storage.queues.conversations import keep_conversation
from storage.rows import find_rows
from storage.tables import InboxRow
from storage.transaction import SqlTransaction
from tests.fakes.slack.contracts import Json
from tests.fakes.slack.server import FakeSlack

from .callers import Answered, call_at, call_in_turn
from .measuring import ROUNDS, Row, run_over, told

PEOPLE = 100
EACH_ROUND = 1_500
A_SECOND, SECONDS = 300, 60
BURST = 5_000
ACK = 0.25
"""Seconds; Slack itself waits for three."""
TOP = Path(__file__).parents[2]


def lay(tx: SqlTransaction) -> None:
    tx.people.save_lea(Lea(id="4800001", name="Spur ISD", state="TX", zone="America/Chicago"))
    for number in range(PEOPLE):
        name = f"U{number}"
        tx.people.save_educator(Educator(id=name, given_name=name, family_name="Lee", email=name, lea_id="4800001"))
        tx.people.link_account(Account(platform="slack", workspace="T1", user=name, educator_id=name))
    keep_conversation(tx.connection, "slack", "T1", "cohort:sotol", "C1")


async def recorded() -> Json:
    """Words in a room as Slack tells them."""
    async with FakeSlack(check=False) as slack:
        town = slack.workspace("T1")
        ann = town.user("Ann")
        slack.courier.hold()
        await ann.posts(town.channel("sotol", ann, private=True, bot=True), "We waited three seconds and counted.")
        return slack.courier.deliveries[0].payload


class Mail:
    """Signed requests, each with an event of its own."""

    def __init__(self) -> None:
        self._like = asyncio.run(recorded())
        self._sign = FakeSlack(check=False).courier.sign
        self.written = 0

    def write(self, count: int) -> Sequence[bytes]:
        return [self._request(number) for number in range(self.written, self.written + count)]

    def _request(self, number: int) -> bytes:
        self.written += 1
        told = deepcopy(self._like)
        told["event_id"] = f"Ev{number}"
        ts = f"{1_767_225_600 + number}.000100"
        told["event"] |= {"user": f"U{number % PEOPLE}", "channel": "C1", "ts": ts, "event_ts": ts}
        body = json.dumps(told).encode()
        head = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in (head | self._sign(body)).items())
        return f"POST {EVENTS} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def bare(port: int) -> None:
    """The peer: Bolt as it is, behind the server that we use."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

    app = AsyncApp(signing_secret=FakeSlack.signing_secret, authorize=authorize, process_before_response=True)

    @app.event("message")
    async def hear() -> None:
        """Nothing is kept."""

    handler = AsyncSlackRequestHandler(app)

    async def handle(request: Request) -> Response:
        return await handler.handle(request)

    await server_for(Starlette(routes=[Route(EVENTS, handle, methods=["POST"])]), "127.0.0.1", port).serve()


@contextmanager
def running(words: Sequence[str], folder: Path, port: int, env: Mapping[str, str]) -> Iterator[None]:
    """A process of its own, from when it answers until it has ended well."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("COHORTIUM_")}
    known |= {"PYTHONPATH": str(TOP), **env}
    process = subprocess.Popen([sys.executable, *words], cwd=folder, env=known, stdout=subprocess.DEVNULL)
    try:
        asyncio.run(answers(port))
        yield
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    finally:
        process.kill()
        process.wait()


async def answers(port: int) -> None:
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise AssertionError(f"nothing answers on {port}")


@contextmanager
def cohortium(folder: Path) -> Iterator[int]:
    """`cohortium run`, behind a Slack that is not there: nothing is to be said. Its port."""
    port = free_port("127.0.0.1", 18_700)
    env = {
        "COHORTIUM_DATA": str(folder),
        "COHORTIUM_PORT": str(port),
        "COHORTIUM_OPEN_BROWSER": "false",
        "COHORTIUM_SLACK_BOT_TOKEN": "xoxb-1",
        "COHORTIUM_SLACK_SIGNING_SECRET": FakeSlack.signing_secret,
        "COHORTIUM_SLACK_API_BASE": "http://127.0.0.1:9/api/",
    }
    with running(("-m", "bot", "run"), folder, port, env):
        yield port


@contextmanager
def peer(folder: Path) -> Iterator[int]:
    port = free_port("127.0.0.1", 18_800)
    with running(("-m", "tests.bench.slack", str(port)), folder, port, {}):
        yield port


def kept(folder: Path) -> int:
    async def count(database: Database) -> int:
        return await database.read(lambda tx: len(find_rows(tx.connection, InboxRow, source="slack/T1")))

    return run_over(folder, count)


def in_turn(port: int, mail: Mail) -> Answered:
    found = asyncio.run(call_in_turn(port, mail.write(EACH_ROUND)))
    assert found.refused == 0, "everything is acknowledged"
    return found


def at_pace(port: int, mail: Mail, count: int, a_second: float) -> Answered:
    return asyncio.run(call_at(port, mail.write(count), a_second))


def rows() -> Iterator[Row]:
    mail = Mail()
    with TemporaryDirectory() as made:
        folder = Path(made)
        run_over(folder, lambda database: database.transact(lay))
        with cohortium(folder) as port:
            yield from beside_the_peer(port, mail)
            paced = at_pace(port, mail, A_SECOND * SECONDS, A_SECOND)
            slowest = paced.slowest(1)
            yield Row(
                f"{A_SECOND} a second for {SECONDS} s: the slowest", told(slowest), "250 ms", slowest / ACK, most=1
            )
            burst = at_pace(port, mail, BURST, inf)
            yield Row(f"{BURST:,} at once: until the last", told(burst.slowest(1)), "no target", burst.slowest(1))
        lost = mail.written - kept(folder) + paced.refused + burst.refused
    yield Row("of all those, not kept or not acknowledged", f"{lost}", "0", float(lost), most=0)


def beside_the_peer(port: int, mail: Mail) -> Iterator[Row]:
    ours, theirs, other_mail = list[Answered](), list[Answered](), Mail()
    with TemporaryDirectory() as made, peer(Path(made)) as other:
        for round_ in range(ROUNDS + 1):
            mine, bolt = in_turn(port, mail), in_turn(other, other_mail)
            if round_:  # what is loaded only once was loaded in the first
                ours.append(mine)
                theirs.append(bolt)
    most, least = (statistics.median(one.a_second for one in found) for found in (ours, theirs))
    what = "signed events kept and acknowledged a second, 16 connections"
    yield Row(what, f"{most:,.0f}", f"Bolt that keeps nothing: {least:,.0f}", most / least, least=0.6)
    late, soon = (statistics.median(one.slowest(0.99) for one in found) for found in (ours, theirs))
    what = "until the acknowledgement, the slowest in a hundred"
    yield Row(what, told(late), f"Bolt that keeps nothing: {told(soon)}", late / soon, most=2.5)


if __name__ == "__main__":
    asyncio.run(bare(int(sys.argv[1])))
