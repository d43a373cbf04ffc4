"""A house that starts after an outage with thousands of things due: it answers at once and ends when told."""

import asyncio
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cohorts.people.model import Account, Educator, Lea
from storage.instants import to_number
from storage.transaction import SqlTransaction
from tests.fakes.files import fresh_database
from tests.fakes.processes import ask, free_port, running

BACKLOG = 3_000
"""Digests: several seconds' work for any machine."""


def _lay(tx: SqlTransaction) -> None:
    tx.people.save_lea(Lea(id="4800001", name="Presidio ISD", state="TX", zone="America/Chicago"))
    for number in range(BACKLOG):
        name = f"person-{number}"
        email = f"{name}@example.org"
        tx.people.save_educator(Educator(id=name, email=email, lea_id="4800001", given_name="A", family_name="B"))
        tx.people.link_account(Account(platform="local", workspace="local", user=name, educator_id=name))
        tx.due.set("digest", name, datetime.now(UTC) - timedelta(days=5))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    async def lay() -> None:
        database = fresh_database(tmp_path / "data")
        await database.transact(_lay)
        await database.close()

    asyncio.run(lay())
    return tmp_path / "data"


def left_in(folder: Path) -> list[str]:
    """Who has what is still to be done, "" for nobody."""
    with closing(sqlite3.connect(folder / "cohortium.db")) as connection:
        since = to_number(datetime.now(UTC) - timedelta(days=1))
        rows = connection.execute("SELECT owner FROM due WHERE kind = 'digest' AND at < ?", (since,))
        return [str(owner) for (owner,) in rows]


@pytest.mark.parametrize("command", ["run", "worker"])
def test_after_an_outage_it_answers_at_once_and_ends_when_told(folder: Path, command: str) -> None:
    port = free_port()
    options = ("--metrics-port", str(port)) if command == "worker" else ()
    with running(folder, command, *options, PORT=str(port)) as process:
        assert ask(port, "/healthz") == '{"ok":true}'
        assert left_in(folder)
        assert ask(port, "/readyz") == '{"ok":true,"why":""}'
        assert left_in(folder)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    left = left_in(folder)
    assert left
    assert set(left) == {""}
