"""Discord behind discord.py's own `request`: every call is noted, and answered as Discord would at its simplest."""

import json as js
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
from discord.http import Route

from bot.app import House, open_house
from bot.chat.discord.adapter import DiscordChat
from bot.chat.discord.listen import Listener
from bot.demo.network import demo_catalogue
from bot.discord import listener_for
from bot.settings import Settings
from cohorts.people.model import Account, Educator, Lea
from storage.transaction import SqlTransaction
from tests.adapters.discord_hearing.made_up import ANA, GUILD, Json
from tests.fakes.small_core import START

SITE = "https://chat.example.org"


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    body: Any


class _Answer:
    """As much of an answer as discord.py's errors ask for."""

    def __init__(self, status: int) -> None:
        self.status, self.reason = status, "x"


@dataclass
class Wire:
    calls: list[Call] = field(default_factory=list)
    refusals: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """By the end of a path: (status, code) of the next calls, in order."""
    channels: dict[str, Json] = field(default_factory=dict)

    async def request(self, route: Route, **given: Any) -> Any:
        body = given.get("json")
        path = route.url.partition("/api/v10")[2]
        if "form" in given:
            body = {one["name"]: one["value"] for one in given["form"]}
            body["payload_json"] = js.loads(body["payload_json"])
        self.calls.append(Call(route.method, path, body))
        for end, left in self.refusals.items():
            if path.endswith(end) and left:
                status, code = left.pop(0)
                kinds = {403: discord.Forbidden, 404: discord.NotFound}
                raise kinds.get(status, discord.HTTPException)(_Answer(status), {"code": code, "message": "x"})  # type: ignore[arg-type]
        return self._answer(route.method, path)

    def _answer(self, method: str, path: str) -> Any:
        if path.startswith("/channels/") and method == "GET":
            return self.channels[path.removeprefix("/channels/")]
        if path == "/users/@me/channels":
            return {"id": "590"}
        return {"id": "2000", "channel_id": "590"}

    def answers(self) -> list[Json]:
        """What interactions were answered with."""
        return [one.body for one in self.calls if one.path.endswith("/callback")]


@dataclass(frozen=True, slots=True)
class Town:
    wire: Wire
    house: House
    listener: Listener

    async def hear(self, raw: Json) -> Json | None:
        """The first answer to it."""
        before = len(self.wire.answers())
        await self.listener.hear(raw)
        return next(iter(self.wire.answers()[before:]), None)

    async def change(self, work: Callable[[SqlTransaction], Any]) -> Any:
        return await self.house.database.transact(work)


def words_of(answer: Any) -> str:
    """Everything there is to read in a message."""
    return js.dumps(answer, ensure_ascii=False)


def buttons_of(answer: Json) -> dict[str, str]:
    """The custom ids of its buttons, by label."""
    rows = [one for one in answer["data"]["components"] if one["type"] == 1]
    return {one["label"]: one.get("custom_id", "") for row in rows for one in row["components"]}


def lay(tx: SqlTransaction, language: str) -> None:
    tx.people.save_lea(Lea(id="4800001", name="Presidio", state="TX", zone="America/Chicago"))
    person = Educator(id="ann", given_name="Ann", family_name="Lee", email="ann@x.org", lea_id="4800001")
    tx.people.save_educator(person.model_copy(update={"language": language}))
    tx.people.link_account(Account(platform="discord", workspace=GUILD, user=ANA, educator_id="ann"))
    for one in demo_catalogue():
        tx.catalogue.save(one)


@asynccontextmanager
async def open_town(folder: Path, language: str = "en") -> AsyncIterator[Town]:
    settings = Settings(data=folder, public_url=SITE, _env_file=None)  # type: ignore[call-arg]
    async with open_house(settings, lambda: START, "OFF") as house:
        await house.database.transact(lay, language)
        wire = Wire()
        listener = listener_for(house, DiscordChat(wire, _keep_nothing), SITE)
        yield Town(wire, house, listener)
        await listener.stop()


async def _keep_nothing(_handles: object) -> None: ...
