"""What lies on the disk, who may still come in, what a log line says, and that the demo keeps to itself."""

import asyncio
import logging
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
import structlog
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.app import House, open_house
from bot.clock import now
from bot.demo.network import RealPeopleError, lay_network
from bot.desk import HouseDesk
from bot.log import configure
from bot.serve import LEAST_SECRET, ShortSecretError, free_port, secret_of, server_for
from bot.settings import Settings
from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.live import LOOK
from cohorts.cards.basics import whisper
from cohorts.events import AccountRef, Arrived, Place, Unknown
from cohorts.people.model import Account, Educator, Lea
from cohorts.ports import Transaction
from storage.database import SqliteDatabase
from storage.sign_ins import MOST_AT_ONCE, end_sessions
from tests.adapters.test_local_web import csrf_in
from tests.fakes.files import fresh_database

SECRET = "not a secret, a test"
WORDS = "maroon umbrella"


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers, known = root.level, root.handlers, structlog.get_config()
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**known)


def settings_at(folder: Path) -> Settings:
    return Settings(_env_file=None, data=folder, open_browser=False)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def settle(tx: Transaction, *, active: bool = True) -> str:
    tx.people.save_lea(Lea(id="4800001", name="Presidio", state="TX", zone="America/Chicago"), "")
    person = Educator(
        id="eli", email="eli@presidio.example", given_name="Eli", family_name="Cruz", lea_id="4800001", active=active
    )
    tx.people.save_educator(person)
    tx.people.link_account(Account(platform="local", workspace="local", user="eli", educator_id="eli"))
    return person.id


async def test_nobody_else_on_the_machine_reads_the_database(tmp_path: Path) -> None:
    before = os.umask(0o000)
    try:
        database = fresh_database(tmp_path / "data")
        await database.transact(settle)
        assert mode(tmp_path / "data") == 0o700
        assert {path.name: mode(path) for path in (tmp_path / "data").iterdir()} == dict.fromkeys(
            ("cohortium.db", "cohortium.db-wal", "cohortium.db-shm"), 0o600
        )
        await database.close()
    finally:
        os.umask(before)


async def test_a_database_that_is_there_keeps_the_mode_its_operator_gave_it(tmp_path: Path) -> None:
    (tmp_path / "cohortium.db").touch()
    (tmp_path / "cohortium.db").chmod(0o640)
    await SqliteDatabase(tmp_path / "cohortium.db").close()
    assert mode(tmp_path / "cohortium.db") == 0o640


def test_a_secret_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    made = secret_of(settings_at(tmp_path))
    assert len(made) >= 40
    assert secret_of(settings_at(tmp_path)) == made
    assert mode(tmp_path / "secret") == 0o600


def test_a_secret_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    short = settings_at(tmp_path).model_copy(update={"secret": SecretStr("a" * (LEAST_SECRET - 1))})
    with pytest.raises(ShortSecretError, match="COHORTIUM_SECRET has fewer than 32 characters"):
        secret_of(short)
    long = short.model_copy(update={"secret": SecretStr("a" * LEAST_SECRET)})
    assert secret_of(long) == "a" * LEAST_SECRET


async def test_who_is_off_the_roster_cannot_come_in_and_is_signed_out(tmp_path: Path) -> None:
    async with open_house(settings_at(tmp_path), now) as house:
        desk = HouseDesk(house, SECRET)
        user = await house.database.transact(settle)
        web = build_web(desk, house.local, WebSettings(secret=SECRET))
        transport = httpx2.ASGITransport(app=web)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            csrf = csrf_in((await client.get("/enter")).text)
            await client.post("/enter", data={"csrf": csrf, "token": await desk.write_link(user)})
            assert (await client.get("/chat")).status_code == 200
            await house.database.transact(lambda tx: settle(tx, active=False))
            assert (await client.get("/chat")).headers["location"] == "/"
            csrf = csrf_in((await client.get("/enter")).text)
            again = await client.post("/enter", data={"csrf": csrf, "token": await desk.write_link(user)})
            assert again.status_code == 403
        arrived = Arrived(
            key="k1",
            account=AccountRef(platform="local", workspace="local", user=user),
            place=Place(conversation="dm-eli"),
        )
        answer = await house.handle(arrived)
        assert isinstance(answer, Unknown)
        assert answer.message == whisper("en", "joining.unknown").message


async def test_the_demo_refuses_a_database_with_real_people(tmp_path: Path) -> None:
    async with open_house(settings_at(tmp_path), now) as house:
        await house.database.transact(settle)
        with pytest.raises(RealPeopleError):
            await house.database.transact(lay_network, 16, 7)
        assert [person.id for person in await house.database.read(lambda tx: tx.people.educators())] == ["eli"]


@pytest.mark.usefixtures("logging_as_it_was")
async def test_an_error_while_serving_says_nothing_of_what_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(request: Request) -> Response:
        raise ValueError(f"{request.url.path}: {WORDS}")

    settings = settings_at(tmp_path)
    configure(settings)
    port = free_port("127.0.0.1", 18_700)
    server = server_for(Starlette(routes=[Route("/fail", fail)]), settings.host, port)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by this flag alone
        await asyncio.sleep(0.01)
    async with httpx2.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{port}/fail")).status_code == 500
    server.should_exit = True
    await serving
    said = "".join(capsys.readouterr())
    assert "ValueError" in said
    assert WORDS not in said


@pytest.mark.parametrize("secure", [True, False])
async def test_behind_https_the_cookie_never_travels_without(tmp_path: Path, *, secure: bool) -> None:
    async with open_house(settings_at(tmp_path), now) as house:
        web = build_web(HouseDesk(house, SECRET), house.local, WebSettings(secret=SECRET, secure=secure))
        transport = httpx2.ASGITransport(app=web)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            cookie = (await client.get("/enter")).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert ("; secure" in cookie) is secure


class Door:
    """The pages of a house over a desk of its own, with one person behind it."""

    def __init__(self, desk: HouseDesk, house: House, user: str) -> None:
        self.desk, self.user = desk, user
        self._web = build_web(desk, house.local, WebSettings(secret=SECRET))

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self._web), base_url="http://127.0.0.1:8000")

    async def enter(self, client: httpx2.AsyncClient, token: str = "") -> int:
        csrf = csrf_in((await client.get("/enter")).text)
        link = token or await self.desk.write_link(self.user)
        return (await client.post("/enter", data={"csrf": csrf, "token": link})).status_code


@asynccontextmanager
async def door(tmp_path: Path) -> AsyncIterator[tuple[House, Door]]:
    async with open_house(settings_at(tmp_path), now) as house:
        user = await house.database.transact(settle)
        yield house, Door(HouseDesk(house, SECRET), house, user)


async def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(tmp_path: Path) -> None:
    async with door(tmp_path) as (_, way), way.client() as mine, way.client() as copy:
        assert await way.enter(mine) == 303
        copy.cookies["cohortium"] = mine.cookies["cohortium"]
        page = await copy.get("/chat")
        assert page.status_code == 200
        assert "max-age=604800" in page.headers["set-cookie"].lower()
        await mine.post("/leave", data={"csrf": csrf_in((await mine.get("/chat")).text)})
        assert (await copy.get("/chat")).headers["location"] == "/"


async def test_all_sessions_of_one_person_can_be_ended(tmp_path: Path) -> None:
    async with door(tmp_path) as (house, way), way.client() as one, way.client() as other:
        assert [await way.enter(client) for client in (one, other)] == [303, 303]
        link = await way.desk.write_link(way.user)
        assert await house.database.transact(end_sessions, way.user) == 2
        for client in (one, other):
            assert (await client.get("/chat")).headers["location"] == "/"
        assert await way.enter(one, link) == 403


async def test_of_many_sessions_the_oldest_end(tmp_path: Path) -> None:
    async with door(tmp_path) as (_, way), way.client() as first:
        await way.enter(first)
        for _ in range(MOST_AT_ONCE):
            assert (await first.get("/chat")).status_code == 200
            async with way.client() as another:
                await way.enter(another)
        assert (await first.get("/chat")).headers["location"] == "/"


async def test_a_newer_link_is_the_only_one_that_opens(tmp_path: Path) -> None:
    async with door(tmp_path) as (_, way), way.client() as client:
        older, newer = await way.desk.write_link(way.user), await way.desk.write_link(way.user)
        assert [await way.enter(client, link) for link in (older, newer, newer)] == [403, 303, 403]


async def test_an_open_stream_ends_with_its_person(tmp_path: Path) -> None:
    async with door(tmp_path) as (house, way), way.client() as client:
        await way.enter(client)
        stream = asyncio.create_task(client.get("/events"))
        await asyncio.sleep(0.2)
        assert not stream.done()
        await house.database.transact(lambda tx: settle(tx, active=False))
        assert (await asyncio.wait_for(stream, 3 * LOOK)).status_code == 200
