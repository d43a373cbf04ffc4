"""From one file to PostgreSQL: all of it, once, whenever it is killed; and nothing into what is not ours."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Integer, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from bot.app import open_house
from bot.demo.network import lay_network
from cohorts.events import Recorded
from storage.database import PostgresDatabase, SqliteDatabase
from storage.migrate import MARK, HalfMovedError, half_moved, upgrade
from storage.move import FinishedElsewhereError, Moved, Obstacle, Source, compare, move, open_source, rows_in_all
from storage.sums import BATCH, Sum, count_rows, our_tables, sums
from storage.tables import DueRow, HistoryRow, InboxRow, OutboxRow, table_of
from tests.scenarios.town import SIX, open_town, settings_in
from tests.storage.conftest import NUMBERS
from tests.storage.values import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("postgres")]
AWKWARD = ("a", "B", "b", "A", "ä", "Z", "z-1", "z_1", "z 1", "ñ", "é", "𝄞", "文", "", "'\"\\", "\ttab")
"""Keys that a server in another language sorts otherwise than by their bytes."""


def silent(_rows: int) -> None:
    """Hears nothing."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a network in which cohorts were formed, wrote and were written to."""
    folder = tmp_path_factory.mktemp("lived")

    async def live() -> None:
        async with open_town(folder, *SIX) as town:
            await town.change(lambda tx: lay_network(tx, 0, 7) and None)
            await town.form(*SIX)
            await town.pass_days(9)
            await town.write_draft("ann")
            await town.change(lambda tx: [tx.inbox.receive("local", f"{key}", NOW) for key in AWKWARD] and None)
            await town.change(
                lambda tx: [tx.inbox.receive("many", f"{n:x}", NOW) for n in range(3 * BATCH + 1)] and None
            )

    asyncio.run(live())
    return folder / "cohortium.db"


@pytest.fixture
def file(lived: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    copy = tmp_path / "it's 100 % ours?.db"
    with closing(sqlite3.connect(lived)) as one, closing(sqlite3.connect(copy)) as other:
        one.backup(other)
    return copy


@pytest.fixture
def source(file: Path) -> Iterator[Source]:
    with open_source(file) as opened:
        yield opened


@pytest.fixture
def server_url(postgres_server: Any) -> str:
    """An empty database whose text is sorted by a language, where the server knows one."""
    name = f"moved_{next(NUMBERS)}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    url: str = postgres_server.get_uri(name)
    return url


@pytest.fixture
async def target(server_url: str) -> AsyncIterator[PostgresDatabase]:
    database = PostgresDatabase(server_url)
    yield database
    await database.close()


async def sums_in(target: PostgresDatabase) -> tuple[Sum, ...]:
    return await target.read(lambda opened: sums(opened.connection, silent))


async def counts_in(target: PostgresDatabase) -> dict[str, int]:
    return await target.read(lambda opened: count_rows(opened.connection))


def change(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def bytes_of(file: Path) -> bytes:
    return file.read_bytes()


class KilledError(Exception):
    """Stands for the end of the process: everything that is not committed is gone."""


def killed_after(rows: int) -> Callable[[int], None]:
    left = rows

    def tell(more: int) -> None:
        nonlocal left
        left -= more
        if left <= 0:
            raise KilledError

    return tell


async def test_everything_is_moved_and_the_file_stays_as_it_was(
    source: Source, target: PostgresDatabase, file: Path
) -> None:
    before = bytes_of(file)
    passed: list[int] = []
    moved = await move(source, target, passed.append)
    assert isinstance(moved, Moved)
    assert not moved.already
    assert moved.tables == sums(source.connection, silent) == await sums_in(target)
    rows = {each.table: each.rows for each in moved.tables}
    assert rows == count_rows(source.connection)
    assert rows["inbox"] > 3 * BATCH
    assert all(rows[name] for name in ("lea", "educator", "cohort", "run", "chat_message", "outbox", "due", "history"))
    assert sum(passed) == 3 * sum(rows.values()) == 3 * rows_in_all(source)
    assert max(passed) <= BATCH
    assert not await target.with_connection(half_moved)
    assert bytes_of(file) == before


async def test_what_was_moved_goes_on_living(lived: Path, target: PostgresDatabase, file: Path, tmp_path: Path) -> None:
    with open_source(file) as source:
        assert isinstance(await move(source, target, silent), Moved)
    settings = settings_in(tmp_path).model_copy(update={"database": target.url})
    async with open_house(settings, lambda: NOW) as house:
        await house.bell.tick()
        await house.dispatcher.deliver_due()
    assert (await counts_in(target))["outbox"] > 0


async def test_the_next_row_gets_the_next_id(source: Source, target: PostgresDatabase) -> None:
    await move(source, target, silent)

    def add(connection: Connection, table: Table) -> int:
        columns = [c for c in table.columns if not c.nullable and not c.primary_key]
        values: dict[str, Any] = {c.name: 0 if isinstance(c.type, Integer) else "new" for c in columns}
        values |= {c.name: NOW for c in columns if type(c.type).__name__ == "Instant"}
        return int(connection.execute(insert(table).values(**values)).inserted_primary_key[0])

    def greatest(connection: Connection, table: Table) -> int:
        return int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())

    numbered = [table for table in our_tables() if table.autoincrement_column is not None]
    assert table_of(HistoryRow) in numbered
    for table in numbered:
        before = await target.with_connection(lambda connection, table=table: greatest(connection, table))
        assert await target.with_connection(lambda connection, table=table: add(connection, table)) == before + 1


async def test_history_is_append_only_there_too(source: Source, target: PostgresDatabase) -> None:
    await move(source, target, silent)
    with pytest.raises(DBAPIError, match="append-only"):
        await target.with_connection(lambda connection: connection.execute(text("DELETE FROM history")))


async def test_killed_anywhere_it_goes_on_and_ends_the_same(file: Path, target: PostgresDatabase) -> None:
    with open_source(file) as source:
        rows = rows_in_all(source)

    async def live(rows_told: int) -> int:
        with open_source(file) as source, pytest.raises(KilledError):
            await move(source, target, killed_after(rows_told))
        assert await target.with_connection(half_moved)
        return sum((await counts_in(target)).values())

    assert [await live(1), await live(rows // 2)] == [0, 0]  # while the file was summed
    reached = [0]
    while reached[-1] < rows:
        reached.append(await live(rows + reached[-1] + rows // 8))
    assert len(reached) > 4
    assert await live(2 * rows + rows // 2) == rows  # while the target was summed
    assert await live(3 * rows) == rows
    with open_source(file) as source:
        moved = await move(source, target, silent)
        assert isinstance(moved, Moved)
        assert moved.tables == sums(source.connection, silent) == await sums_in(target)


async def test_what_is_there_is_not_copied_again(file: Path, target: PostgresDatabase) -> None:
    with open_source(file) as source:
        rows = rows_in_all(source)
        with pytest.raises(KilledError):
            await move(source, target, killed_after(rows + rows * 3 // 4))
    there = await counts_in(target)
    assert rows // 2 < sum(there.values()) < rows
    passed: list[int] = []
    with open_source(file) as source:
        await move(source, target, passed.append)
    assert sum(passed) == 3 * rows
    assert there["inbox"] > BATCH
    assert there["inbox"] in passed  # told at once


async def test_a_killed_process_leaves_what_another_ends(file: Path, server_url: str, target: PostgresDatabase) -> None:
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
    change(file, f"INSERT INTO inbox SELECT 'killed', 'k' || (i * 7919 % 20011), 0 FROM ({many} SELECT i FROM n)")
    process = begin(file, server_url)
    while await inbox_in(target) < 2_000:
        assert process.poll() is None, "it ended before it could be killed"
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert 2_000 <= await inbox_in(target) < 20_000
    process = begin(file, server_url)
    told, errors = process.communicate(timeout=100)
    assert process.returncode == 0, errors
    assert "Counts and checksums are the same" in told
    with open_source(file) as source:
        assert await sums_in(target) == sums(source.connection, silent)


def begin(file: Path, url: str) -> subprocess.Popen[str]:
    here = {name: value for name, value in os.environ.items() if not name.startswith("COHORTIUM_")}
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "db", "move", "--from", str(file), "--to", url],
        env={**here, "PYTHONPATH": str(Path.cwd())},
        cwd=file.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


INBOX_COUNT = select(func.count()).select_from(table_of(InboxRow))


async def inbox_in(target: PostgresDatabase) -> int:
    try:
        return await target.with_connection(lambda opened: int(opened.execute(INBOX_COUNT).scalar_one()))
    except DBAPIError:  # no tables yet
        return 0


async def test_the_server_knows_at_once_how_much_it_holds(source: Source, target: PostgresDatabase) -> None:
    assert isinstance(await move(source, target, silent), Moved)

    def known(connection: Connection) -> float:
        return float(connection.execute(text("SELECT reltuples FROM pg_class WHERE relname = 'inbox'")).scalar_one())

    assert await target.with_connection(known) == count_rows(source.connection)["inbox"]


async def test_moving_again_says_that_it_is_done(source: Source, target: PostgresDatabase) -> None:
    first = await move(source, target, silent)
    again = await move(source, target, silent)
    assert isinstance(first, Moved)
    assert again == first.model_copy(update={"already": True})


async def test_a_file_that_went_on_between_two_starts_is_moved_as_it_is_now(
    file: Path, target: PostgresDatabase
) -> None:
    with open_source(file) as source, pytest.raises(KilledError):
        await move(source, target, killed_after(3 * rows_in_all(source)))
    change(
        file,
        "UPDATE educator SET body = body || ' ' WHERE id = 'ann'",
        "DELETE FROM due WHERE rowid IN (SELECT rowid FROM due LIMIT 2)",
        "INSERT INTO inbox VALUES ('aaa', 'comes before what is there', 0)",
        "INSERT INTO history (at, kind, subject, actor, facts) VALUES (0, 'late', 'x', 'x', '{}')",
    )
    with open_source(file) as source:
        moved = await move(source, target, silent)
        assert isinstance(moved, Moved)
        assert await sums_in(target) == sums(source.connection, silent)


async def test_a_file_that_is_written_to_meanwhile_must_be_moved_again(file: Path, target: PostgresDatabase) -> None:
    with open_source(file) as source:
        change(file, "INSERT INTO note VALUES ('zzz', 'written while it was copied')")
        stopped = await move(source, target, silent)
    assert isinstance(stopped, Obstacle)
    assert (stopped.at, stopped.what) == ("--from", "The file was written to meanwhile.")
    assert await target.with_connection(half_moved)
    with open_source(file) as source:
        assert isinstance(await move(source, target, silent), Moved)


async def test_nobody_starts_on_half_of_it(source: Source, target: PostgresDatabase, tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        await move(source, target, killed_after(rows_in_all(source) + 1))
    settings = settings_in(tmp_path).model_copy(update={"database": target.url})
    with pytest.raises(HalfMovedError, match="cohortium db move"):
        async with open_house(settings, lambda: NOW):
            pass


async def test_two_at_once_end_as_one(file: Path, target: PostgresDatabase) -> None:
    async def once() -> Moved | Obstacle | FinishedElsewhereError:
        try:
            with open_source(file) as source:
                return await move(source, target, silent)
        except FinishedElsewhereError as error:
            return error

    with open_source(file) as source, pytest.raises(KilledError):
        await move(source, target, killed_after(rows_in_all(source) + 1))
    ends = await asyncio.gather(once(), once())
    assert any(isinstance(end, Moved) for end in ends)
    assert all(isinstance(end, Moved | FinishedElsewhereError) for end in ends)
    with open_source(file) as source:
        assert await sums_in(target) == sums(source.connection, silent)


@pytest.mark.parametrize("changed", ["one more", "as many"])
async def test_other_peoples_data_is_left_alone(source: Source, target: PostgresDatabase, changed: str) -> None:
    if changed == "as many":
        await move(source, target, silent)
        await target.with_connection(lambda connection: connection.execute(text("UPDATE educator SET body = 'theirs'")))
    else:
        await target.with_connection(upgrade)
        await target.transact(lambda tx: tx.inbox.receive("theirs", "1", NOW))
    before = await sums_in(target)
    refused = await move(source, target, silent)
    assert isinstance(refused, Obstacle)
    assert refused.what.startswith("It already holds")
    assert refused.mend == "Give an empty database."
    assert await sums_in(target) == before
    assert not await target.with_connection(half_moved)


@pytest.mark.parametrize(
    ("statements", "what"),
    [
        (["CREATE TABLE invoices (id int)"], "It has tables of something else: invoices."),
        (
            ["CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('9999')"],
            "A newer version of Cohortium made it.",
        ),
        (
            [
                "CREATE TABLE alembic_version (version_num text)",
                "INSERT INTO alembic_version VALUES ('0000')",
                "CREATE TABLE half_moved (id int)",
            ],
            "Another version of Cohortium began a move to it.",
        ),
    ],
)
async def test_a_database_of_something_else_is_left_alone(
    source: Source, target: PostgresDatabase, statements: Sequence[str], what: str
) -> None:
    for statement in statements:
        await target.with_connection(lambda connection, statement=statement: connection.execute(text(statement)))
    refused = await move(source, target, silent)
    assert isinstance(refused, Obstacle)
    assert (refused.at, refused.what) == ("--to", what)
    assert "educator" not in await target.with_connection(tables_in)


def tables_in(connection: Connection) -> set[str]:
    query = text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    return set(connection.execute(query).scalars())


async def test_a_begun_move_of_a_file_with_another_history_is_left_alone(
    file: Path, target: PostgresDatabase, tmp_path: Path
) -> None:
    with open_source(file) as source, pytest.raises(KilledError):
        await move(source, target, killed_after(3 * rows_in_all(source)))
    other = SqliteDatabase(tmp_path / "other.db")
    await other.with_connection(upgrade)
    await other.transact(lambda tx: tx.history.append(Recorded(at=NOW, kind="joined", subject="x", actor="x")))
    await other.close()
    with open_source(tmp_path / "other.db") as source:
        refused = await move(source, target, silent)
    assert isinstance(refused, Obstacle)
    assert refused.what == "A move was begun to it, of a file with another history."


@pytest.mark.parametrize(
    ("revision", "mend"),
    [("9999", "A newer version made it: move with that one."), ("", "Name its file.")],
)
async def test_a_file_of_another_shape_is_not_moved(
    file: Path, target: PostgresDatabase, revision: str, mend: str
) -> None:
    statement = f"UPDATE alembic_version SET version_num = '{revision}'"
    change(file, statement if revision else "DELETE FROM alembic_version")
    with open_source(file) as source:
        refused = await move(source, target, silent)
        assert await compare(source, target, silent) == refused
    assert isinstance(refused, Obstacle)
    assert (refused.at, refused.mend) == ("--from", mend)
    assert await target.with_connection(tables_in) == set()


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE educator SET body = replace(body, 'Ann', 'Anna') WHERE id = 'ann'", "educator"),
        ("DELETE FROM due WHERE ref = (SELECT min(ref) FROM due)", "due"),
        ("INSERT INTO inbox (source, key, at) VALUES ('local', 'one more', 0)", "inbox"),
        ("UPDATE outbox SET settled_at = settled_at + 1 WHERE id = (SELECT min(id) FROM outbox)", "outbox"),
    ],
)
async def test_checking_finds_what_differs(
    source: Source, target: PostgresDatabase, statement: str, table: str
) -> None:
    await move(source, target, silent)
    pairs = await compare(source, target, silent)
    assert not isinstance(pairs, Obstacle)
    assert all(pair.same for pair in pairs)
    await target.with_connection(lambda connection: connection.execute(text(statement)))
    pairs = await compare(source, target, silent)
    assert not isinstance(pairs, Obstacle)
    assert [pair.here.table for pair in pairs if not pair.same] == [table]


async def test_checking_an_empty_database_changes_nothing(source: Source, target: PostgresDatabase) -> None:
    found = await compare(source, target, silent)
    assert isinstance(found, Obstacle)
    assert found.mend == "Move first: cohortium db move"
    assert await target.with_connection(tables_in) == set()


def test_the_mark_is_no_table_of_ours() -> None:
    assert MARK.name not in {table.name for table in our_tables()}
    assert {table_of(row).name for row in (DueRow, InboxRow, OutboxRow)} <= {table.name for table in our_tables()}
