"""What watches over Cohortium asks: alive, ready, and in numbers; and who may read them."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from bot.app import House
from bot.health import FRESH, STALE, health_routes
from storage.migrate import shapes
from storage.queues.notes import LAST_TICK, keep_note
from storage.transaction import SqlTransaction
from tests.fakes.sick_queues import SECRET_WORDS, sicken
from tests.scenarios.town import Town, open_town

HOUR = timedelta(hours=1)
HERE, ELSEWHERE = ("127.0.0.1", 5000), ("203.0.113.7", 5000)


def visitor(house: House, *, token: str = "", rings: bool = True, client: tuple[str, int] = HERE) -> httpx2.AsyncClient:
    web = Starlette(routes=health_routes(house, token, rings=rings))
    transport = httpx2.ASGITransport(app=web, client=client)
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path, "ann") as opened:
        yield opened


async def numbers(client: httpx2.AsyncClient, **headers: str) -> dict[str, float]:
    answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_it_is_alive_whatever_else(town: Town) -> None:
    answer = await visitor(town.house, client=ELSEWHERE).get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


async def test_it_is_ready_while_the_bell_rings(town: Town) -> None:
    client = visitor(town.house)
    silent = await client.get("/readyz")
    assert (silent.status_code, silent.json()["why"]) == (503, "The bell has not rung for minutes.")
    assert (await visitor(town.house, rings=False).get("/readyz")).status_code == 200
    town.clock.go_to(town.clock.now() + FRESH)
    await town.house.bell.tick()
    assert (await client.get("/readyz")).json() == {"ok": True, "why": ""}
    town.clock.go_to(town.clock.now() + STALE)
    assert (await client.get("/readyz")).status_code == 200
    town.clock.go_to(town.clock.now() + timedelta(seconds=1))
    assert (await client.get("/readyz")).status_code == 503


async def test_it_stays_ready_when_a_newer_version_has_shaped_the_database(town: Town) -> None:
    """Shapes only grow: all who serve would be taken out of use at once in the middle of a rolling start."""
    await town.change(lambda tx: keep_note(tx.connection, LAST_TICK, town.clock.now().isoformat()))
    await town.change(lambda tx: _shape_as(tx, "9999"))
    assert (await visitor(town.house).get("/readyz")).json() == {"ok": True, "why": ""}


async def test_a_clock_set_back_does_not_hide_that_no_bell_rings(town: Town) -> None:
    await town.change(lambda tx: keep_note(tx.connection, LAST_TICK, (town.clock.now() + HOUR).isoformat()))
    client = visitor(town.house)
    assert (await client.get("/readyz")).json()["why"] == "The bell has not rung for minutes."
    await town.house.bell.tick()
    town.clock.go_to(town.clock.now() + FRESH)
    assert (await client.get("/readyz")).status_code == 200


def _shape_as(tx: SqlTransaction, revision: str) -> None:
    tx.connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


async def test_whoever_asks_whether_it_is_ready_holds_up_no_write_and_is_held_up_by_none(town: Town) -> None:
    client, done = visitor(town.house, rings=False, client=ELSEWHERE), threading.Event()
    writing = asyncio.create_task(town.change(lambda _: done.wait(60)))
    try:
        answers = await asyncio.wait_for(asyncio.gather(*(client.get("/readyz") for _ in range(8))), 20)
    finally:
        done.set()
        await writing
    assert {answer.status_code for answer in answers} == {200}


async def test_all_who_ask_within_a_second_share_what_was_found(town: Town) -> None:
    client = visitor(town.house, rings=False)
    assert (await client.get("/readyz")).status_code == 200
    await town.change(lambda tx: _shape_as(tx, shapes()[0]))
    town.clock.go_to(town.clock.now() + FRESH - timedelta(milliseconds=1))
    assert (await client.get("/readyz")).status_code == 200
    town.clock.go_to(town.clock.now() + timedelta(milliseconds=1))
    assert (await client.get("/readyz")).status_code == 503


async def test_it_is_not_ready_on_another_shape_or_without_a_database(town: Town) -> None:
    await town.change(lambda tx: keep_note(tx.connection, LAST_TICK, town.clock.now().isoformat()))
    await town.change(lambda tx: _shape_as(tx, shapes()[0]))
    answer = await visitor(town.house).get("/readyz")
    assert answer.status_code == 503
    assert f"has shape {shapes()[0]}, this version wants" in answer.json()["why"]
    await town.change(lambda tx: tx.connection.exec_driver_sql("ALTER TABLE note RENAME TO gone"))
    answer = await visitor(town.house).get("/readyz")
    assert (answer.status_code, answer.json()["why"]) == (503, "The database does not answer.")


async def test_metrics_are_for_this_machine_and_not_for_who_comes_through_a_proxy_on_it(town: Town) -> None:
    assert (await visitor(town.house).get("/metrics")).status_code == 200
    assert (await visitor(town.house, client=("::1", 1)).get("/metrics")).status_code == 200
    assert (await visitor(town.house, client=ELSEWHERE).get("/metrics")).status_code == 403
    for header in ("x-forwarded-for", "forwarded", "x-real-ip", "via"):
        assert (await visitor(town.house).get("/metrics", headers={header: "127.0.0.1"})).status_code == 403, header
    # A proxy may add nothing of its own, but it passes on the name by which it was asked.
    public = {"host": "chat.example.org"}
    assert (await visitor(town.house).get("/metrics", headers=public)).status_code == 403
    assert (await visitor(town.house).get("/metrics", headers={"host": "localhost:9000"})).status_code == 200


async def test_where_there_is_a_public_address_metrics_are_for_nobody_without_a_token(town: Town) -> None:
    """A proxy may pass on nothing that tells a stranger from this machine."""

    async def status(token: str, **headers: str) -> int:
        web = Starlette(routes=health_routes(town.house, token, public=True))
        transport = httpx2.ASGITransport(app=web, client=HERE)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return (await client.get("/metrics", headers=headers)).status_code

    assert await status("") == 403
    assert await status("", authorization="Bearer ") == 403
    assert await status("a-token") == 403
    assert await status("a-token", authorization="Bearer a-token") == 200


async def test_with_a_token_metrics_are_for_who_brings_it_from_anywhere(town: Town) -> None:
    for client in (HERE, ELSEWHERE):
        asking = visitor(town.house, token="tōken", client=client)
        assert (await asking.get("/metrics")).status_code == 403
        for wrong in ("Bearer token", "tōken", "Bearer ", "Basic tōken"):
            headers = {"authorization": wrong.encode()}
            assert (await asking.get("/metrics", headers=headers)).status_code == 403, wrong
    plain = visitor(town.house, token="a-token", client=ELSEWHERE)
    assert (await plain.get("/metrics", headers={"authorization": "Bearer a-token"})).status_code == 200


async def test_the_backlog_is_told_in_numbers_and_no_words(town: Town) -> None:
    await town.change(lambda tx: sicken(tx, town.clock.now()))
    told = await numbers(visitor(town.house))
    assert told["cohortium_due_backlog"] == 2
    assert told["cohortium_oldest_due_seconds"] == 2 * 3600
    assert told['cohortium_outbox{state="pending"}'] == 3
    assert told['cohortium_outbox{state="attempting"}'] == 1
    assert {what: told[f'cohortium_dead_letters{{what="{what}"}}'] for what in ("delivery", "work", "workspace")} == {
        "delivery": 1,
        "work": 1,
        "workspace": 1,
    }
    text = (await visitor(town.house).get("/metrics")).text
    assert SECRET_WORDS not in text
    assert "ann" not in text


async def test_without_a_database_metrics_say_so_in_a_word(town: Town) -> None:
    await town.change(lambda tx: tx.connection.exec_driver_sql("ALTER TABLE outbox RENAME TO gone"))
    answer = await visitor(town.house).get("/metrics")
    assert (answer.status_code, answer.text) == (503, "The database does not answer.\n")


async def test_what_was_done_is_counted(town: Town) -> None:
    before = await numbers(visitor(town.house))
    assert before["cohortium_due_backlog"] == before["cohortium_oldest_due_seconds"] == 0
    await town.arrive("ann")
    await town.join("ann")
    await town.house.bell.tick()
    await town.pass_days(2)
    told = await numbers(visitor(town.house))
    assert told['cohortium_sends_total{outcome="sent",platform="local"}'] >= 1
    assert told['cohortium_lateness_seconds_count{platform="local"}'] >= 1
    assert told["cohortium_tick_seconds_count"] >= 2
    assert told['cohortium_work_total{kind="digest",outcome="done"}'] >= 1


@asynccontextmanager
async def two_houses(folders: Sequence[Path]) -> AsyncIterator[tuple[Town, Town]]:
    async with open_town(folders[0], "ann") as one, open_town(folders[1], "ann") as two:
        yield one, two


async def test_two_houses_in_one_process_count_apart(tmp_path: Path) -> None:
    async with two_houses([tmp_path / "one", tmp_path / "two"]) as (one, two):
        await one.house.bell.tick()
        first, second = await numbers(visitor(one.house)), await numbers(visitor(two.house))
        assert (first["cohortium_tick_seconds_count"], second["cohortium_tick_seconds_count"]) == (1, 0)
