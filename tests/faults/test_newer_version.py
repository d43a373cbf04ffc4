"""A run that only a newer version can read: an old worker leaves it, however often it rings; a newer one does it."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from bot.dispatcher import Dispatcher
from bot.leaving import LEFT_FOR
from bot.scheduler import BACKOFF, Bell
from storage.queues.report import look_at_queues
from storage.tables import DueRow, RunRow, table_of
from storage.transaction import SqlTransaction
from tests.scenarios.town import SIX, Town, open_town

DUE, RUN = table_of(DueRow), table_of(RunRow)
MINUTE = timedelta(minutes=1)
Change = Callable[[dict[str, Any]], Mapping[str, Any]]
NEWER: Mapping[str, Change] = {
    "field": lambda body: body | {"from_the_future": 1},
    "word": lambda body: body | {"status": "lingering"},
    "protocol": lambda body: body | {"protocol_id": "from-the-future"},
    "protocol version": lambda body: body | {"protocol_version": 99},
}


def worker(town: Town, owner: str) -> Bell:
    """A process of its own: it knows nothing of what the other one could not read."""
    now = town.clock.now
    return Bell(town.house.database, Dispatcher(town.house.database, {}, now, owner), now)


def body(tx: SqlTransaction, run_id: str) -> str:
    return str(tx.connection.execute(select(RUN.c.body).where(RUN.c.id == run_id)).scalar_one())


def write(tx: SqlTransaction, run_id: str, text: str) -> None:
    tx.connection.execute(update(RUN).where(RUN.c.id == run_id).values(body=text))


def planned(tx: SqlTransaction, run_id: str) -> Any:
    return tx.connection.execute(select(DUE).where(DUE.c.kind == "run", DUE.c.ref == run_id)).one()


@pytest.mark.parametrize("what", NEWER)
async def test_a_run_that_only_a_newer_version_can_read_is_left_to_it(tmp_path: Path, what: str) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        run = await town.cycle()
        database = town.house.database
        known = await database.transact(body, run.id)
        newer = NEWER[what](json.loads(known))
        await database.transact(write, run.id, json.dumps(newer))
        was = await database.transact(planned, run.id)
        town.clock.go_to(was.at)
        old = worker(town, "old")
        minutes = 12 * 60
        for _ in range(minutes):
            await old.do_due()
            town.clock.go_to(town.clock.now() + MINUTE)
        left = await database.transact(planned, run.id)
        assert (left.at, left.attempts, left.dead_at, left.owner) == (was.at, 0, None, "")
        assert left.token - was.token <= minutes * MINUTE / LEFT_FOR + 1
        seen = await town.ask(lambda tx: look_at_queues(tx.connection, town.clock.now(), 50))
        assert f"run/{run.id}" in {work.name for work in seen.due}
        assert {work.error for work in seen.due} == {"UnreadableError"}
        assert (seen.put_off, seen.dead_work) == ((), ())
        await old.do_due()  # it has just looked, and does not take it again
        await database.transact(write, run.id, known)  # stands for a worker that can read it
        assert await old.do_due() == 0
        assert await worker(town, "new").do_due() >= 1
        done = await database.transact(planned, run.id)
        assert (done.at > town.clock.now(), done.error) == (True, "")


async def test_a_run_that_is_broken_is_no_newer_ones_and_holds_nothing_up(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        run = await town.cycle()
        database = town.house.database
        await database.transact(write, run.id, "{}")
        old = worker(town, "old")
        with capture_logs():
            for _ in range(len(BACKOFF) + 1):
                town.clock.go_to((await database.transact(planned, run.id)).at)
                await old.do_due()
        dead = await database.transact(planned, run.id)
        assert (dead.error, dead.dead_at is not None) == ("ValidationError", True)
