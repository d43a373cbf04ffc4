"""A house that many workspaces install, the fake Slack around it, and a browser on its pages."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from sqlalchemy import select
from starlette.applications import Starlette

from bot.app import House, open_house
from bot.chat.slack.hearing.http import EVENTS, MOST_BYTES
from bot.chat.slack.install.paths import INSTALL, INSTALLED, NOT_INSTALLED
from bot.chat.slack.install.sealing import new_key
from bot.demo.network import demo_catalogue
from bot.desk import HouseDesk
from bot.settings import Settings
from bot.slack import listening
from bot.web.app import build_web
from bot.web.desk import WebSettings
from bot.web.installing import installing
from cohorts.people.model import Account, Educator, Lea
from storage import installations
from storage.installations import INSTALLATION, Installation
from storage.transaction import SqlTransaction
from tests.adapters.slack.test_slack_listening import action_of, listen_over_http
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.workspace import Workspace
from tests.fakes.small_core import START

SITE, SECRET = "https://chat.example.org", "a secret of a test, long enough"
KEY = new_key()


@dataclass
class Hands:
    """The clock of the house and of Slack."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def move(self, span: timedelta) -> None:
        self.at += span


@dataclass
class Network:
    slack: FakeSlack
    house: House
    desk: HouseDesk
    web: Starlette
    hands: Hands
    folder: Path

    def browser(self) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.web, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url=SITE)

    async def begins(self, browser: httpx2.AsyncClient, query: str = "") -> str:
        """The address of Slack's page with the Allow button."""
        answer = await browser.get(f"{INSTALL}{query}")
        assert answer.status_code == 302
        return answer.headers["location"]

    async def ends(self, browser: httpx2.AsyncClient, location: str) -> tuple[int, str]:
        """Where the browser is sent from Slack's page, and what it shows in the end."""
        parts = urlsplit(location)
        assert f"{parts.scheme}://{parts.netloc}" == SITE
        answer = await browser.get(f"{parts.path}?{parts.query}")
        assert answer.status_code == 303
        assert "code" not in answer.headers["location"]
        shown = await browser.get(answer.headers["location"])
        return shown.status_code, shown.text

    async def installs(self, place: Workspace, by: Person | None = None, *, org: bool = False) -> str:
        """From the link to the last page, which it returns."""
        async with self.browser() as browser:
            location = place.allows(await self.begins(browser), by, org=org)
            status, shown = await self.ends(browser, location)
        assert status == 200, shown
        return shown

    async def delivered(self) -> None:
        await self.house.dispatcher.deliver_due()

    async def trusts(self, installation: str, *domains: str) -> None:
        place = ("slack", installation)
        await self.house.database.transact(lambda tx: installations.trust(tx.connection, place, domains))

    async def installed(self, place: str) -> Installation | None:
        return await self.house.database.read(lambda tx: installations.find(tx.connection, ("slack", place)))

    async def many_rows(self) -> int:
        return len(await self.house.database.read(lambda tx: tx.connection.execute(select(INSTALLATION)).all()))

    async def home_of(self, person: Person) -> str:
        """What stands on their Home when they have looked at it."""

        def drawn() -> int:
            calls = self.slack.called("views.publish")
            return len([one for one in calls if one.answer and one.args["user_id"] == person.id])

        before = drawn()
        await person.opens_home()
        await self.slack.until(lambda: drawn() > before)
        assert person.home is not None
        return str(person.home.body["blocks"])

    async def presses(self, person: Person, action: str) -> None:
        home = person.home
        assert home is not None
        assert (await person.clicks(home, action_of(home.body["blocks"], action))).ok

    async def accounts(self, educator: str) -> list[str]:
        found = await self.house.database.read(lambda tx: tx.people.accounts(educator))
        return [f"{one.workspace}/{one.user}" for one in found]

    @asynccontextmanager
    async def signed_in(self, educator: str) -> AsyncIterator[httpx2.AsyncClient]:
        """A browser in which this person has come in by their link."""
        token = await self.desk.write_link(educator)
        async with self.browser() as browser:
            page = await browser.get(f"/enter?token={token}")
            await browser.post("/enter", data={"csrf": csrf_of(page.text), "token": token})
            yield browser


def stored_in(folder: Path) -> bytes:
    """Every byte of every file there."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def educator(name: str, domain: str = "spur.example", **changes: object) -> Educator:
    facts = {"id": name, "given_name": name.title(), "family_name": "Cruz", "email": f"{name}@{domain}"}
    return Educator.model_validate({**facts, "lea_id": "4800001"} | changes)


def settings_for(slack: FakeSlack, folder: Path, **more: str) -> Settings:
    return Settings(
        data=folder,
        **{
            "slack_client_id": slack.client_id,
            "slack_client_secret": slack.client_secret,
            "slack_signing_secret": slack.signing_secret,
            "slack_token_keys": KEY,
            "slack_api_base": slack.base_url,
            "slack_authorize_url": slack.authorize_url,
            "public_url": SITE,
            **more,
        },
        _env_file=None,
    )  # type: ignore[call-arg, arg-type]


@asynccontextmanager
async def open_network(
    slack: FakeSlack, folder: Path, hands: Hands, *people: Educator, changes: Mapping[str, str] | None = None
) -> AsyncIterator[Network]:
    """`people` are on the roster, and signed in on the web where they like to be."""
    settings = settings_for(slack, folder, **(changes or {}))

    def lay(tx: SqlTransaction) -> None:
        tx.people.save_lea(Lea(id="4800001", name="SPUR ISD", state="TX", zone="America/Chicago"))
        for one in people:
            tx.people.save_educator(one)
            tx.people.link_account(Account(platform="local", workspace="local", user=one.id, educator_id=one.id))
        for one in demo_catalogue():
            tx.catalogue.save(one)

    async with open_house(settings, hands.now, "OFF") as house:
        await house.database.transact(lay)
        desk = HouseDesk(house, SECRET)
        async with listening(house, settings, desk.write_link, SECRET) as routes:
            more = (*routes, *installing(INSTALLED, NOT_INSTALLED))
            known = WebSettings(secret=SECRET, hosts=("chat.example.org", "house"), secure=True, connects=("slack",))
            web = build_web(desk, house.local, known, more, {EVENTS: MOST_BYTES})
            listen_over_http(slack, web)
            yield Network(slack, house, desk, web, hands, folder)
