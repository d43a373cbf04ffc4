"""A member at their desk in Discord: `/cohort`, the buttons under its answer, and the modals behind them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from bot.app import House
from bot.chat.discord.custom_ids import HANDLE, read
from bot.chat.discord.interactions import PAGE
from storage import handles
from tests.fakes.discord.components import BUTTON, INPUT, LABEL, UPLOAD
from tests.fakes.discord.contracts import Json
from tests.fakes.discord.world import Message, walk
from tests.scenarios.members import TRIES, Door
from tests.scenarios.town import words_of

MOST_PAGES = 12


class Interaction(Protocol):
    """What somebody did, and what they see of it."""

    @property
    def answered(self) -> int: ...
    @property
    def modal(self) -> Json | None: ...
    @property
    def shown(self) -> list[Message]: ...
    @property
    def words(self) -> str: ...


class Hands(Protocol):
    """Somebody in Discord, be it the fake one on loopback or the simulator in this process."""

    async def uses(self, command: str, channel: str = "", **options: Any) -> Interaction: ...
    async def presses(self, message: Message, what: str) -> Interaction: ...
    async def submits(self, values: Mapping[str, Any]) -> Interaction: ...
    async def sees(self, found: Any) -> list[Message]: ...
    async def fetches(self, file: Json) -> bytes: ...
    def reads_all(self) -> list[Message]: ...
    def moment(self, message: Message) -> float:
        """When it was written, or last changed."""
        ...


Act = Callable[[], Awaitable[Interaction]]


class DiscordMember:
    """What is not there to be pressed cannot be pressed. Where things go wrong on purpose they are `persistent`: what
    does not come they ask for again, as people do."""

    def __init__(self, house: House, person: Hands, name: str, channel: str, *, persistent: bool = False) -> None:
        self._house, self.person, self.name, self._channel = house, person, name, channel
        self._persistent = persistent
        self._looked_at = list[Message]()

    async def home(self) -> Sequence[Door]:
        self._looked_at = await self._ask(lambda: self.person.uses("/cohort", self._channel, show="home"))
        return await self._doors()

    async def doors(self, door: Door) -> Sequence[Door]:
        await self.home()
        self._looked_at = await self._ask(lambda: self._press(door))
        return await self._doors()

    async def answer(self, door: Door, topic: str, values: Mapping[str, str]) -> None:
        done = await self._insist(lambda: self._press(door))
        for _ in range(MOST_PAGES):
            if done.modal is not None:
                said = dict(_filled(done.modal["components"], topic, values))
                done = await self._insist(lambda said=said: self.person.submits(said))
                continue
            on = [one for one in _buttons(await self.person.sees(done)) if (read(one["custom_id"]) or ("",))[0] == PAGE]
            if not on:
                return
            message = done.shown[-1]
            done = await self._insist(lambda on=on, message=message: self.person.presses(message, on[0]["custom_id"]))
        raise AssertionError(f"{self.name} never comes to the end of {door}: {done.words}")

    async def download(self, door: Door) -> tuple[str, bytes]:
        for _ in range(TRIES if self._persistent else 1):
            done = await self._insist(lambda: self._press(door))
            files = [file for one in await self.person.sees(done) for file in one.attachments]
            if files:
                return files[0]["filename"], await self.person.fetches(files[0])
        raise AssertionError(f"{self.name} gets no file")

    def words(self, since: float) -> str:
        """Everything that is new, or anew, to them wherever they read since this moment."""
        return " ".join(one.words for one in self.person.reads_all() if self.person.moment(one) >= since)

    async def connects(self, code: str) -> None:
        """With a code from the browser. Whoever tries again with a used one is known by then."""
        await self._insist(lambda: self.person.uses("/cohort", self._channel, connect=code))
        for _ in range(TRIES if self._persistent else 1):
            if any(door[0] == "join.open" for door in await self.home()):
                return
        raise AssertionError(f"{self.name} finds no way to join: {[one.words for one in self._looked_at]}")

    async def _press(self, door: Door) -> Interaction:
        for message in self._looked_at:
            for button in _buttons([message]):
                if await self._meant(button["custom_id"]) == door:
                    return await self.person.presses(message, button["custom_id"])
        raise AssertionError(f"{self.name} does not see {door}")

    async def _doors(self) -> Sequence[Door]:
        return [await self._meant(one["custom_id"]) for one in _buttons(self._looked_at)]

    async def _meant(self, known: str) -> Door:
        found = read(known)
        assert found is not None, known
        if found[0] != HANDLE:
            return found
        kept = await self._house.database.read(lambda tx: handles.find(tx.connection, found[1]))
        assert kept is not None, known
        return kept

    async def _ask(self, act: Act) -> list[Message]:
        done = await self._insist(act)
        assert done.modal is None, f"{self.name} sees a form"
        return await self.person.sees(done)

    async def _insist(self, act: Act) -> Interaction:
        """“The application did not respond”: then once more."""
        for _ in range(TRIES if self._persistent else 1):
            done = await act()
            if done.answered:
                return done
        raise AssertionError(f"nothing answers {self.name}")


def _buttons(messages: Sequence[Message]) -> Sequence[Json]:
    every = [one for message in messages for one in walk(message.components) if one["type"] == BUTTON]
    return [one for one in every if one.get("custom_id")]


def _filled(components: Sequence[Json], topic: str, values: Mapping[str, str]) -> Sequence[tuple[str, object]]:
    """By custom_id, what `town.fill` would say: words for a text, the first of the options for a choice. What a field
    has no room for goes on in others, `id#2`, which stay as they are."""
    found = list[tuple[str, object]]()
    for one in components:
        field = one["component"] if one["type"] == LABEL else None
        if field is None or "#" in field["custom_id"]:
            continue
        name = field["custom_id"]
        if values.get(name) == "" or field["type"] == UPLOAD:
            continue
        said = values.get(name) or (words_of(topic, name) if field["type"] == INPUT else field["options"][0]["value"])
        found.append((name, said if field["type"] == INPUT else [said]))
    return found
