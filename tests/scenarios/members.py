"""A member at their desk, in the browser or in Slack: sees the doors of Home, opens one, fills in what it asks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from cohorts.events import Done, Download, FieldErrors, OpenForm, Response, Whisper
from cohorts.messages import Form
from tests.fakes.slack.contracts import Json
from tests.fakes.slack.people import Person
from tests.fakes.slack.workspace import Workspace
from tests.fakes.slack.world import View
from tests.scenarios.town import Town, buttons, fill, words_of

TRIES = 5
LOOKS, LOOK_EVERY = 400, 0.005
"""How often somebody persistent looks, and how many seconds apart."""
Door = tuple[str, str]
"""Action and value of a button."""
STANDING = frozenset(
    {
        "evidence.open",
        "nudge.why",
        "join.open",
        "join.pause",
        "join.leave",
        "times.open",
        "away.open",
        "meet.open",
        "home.language",
    }
)
"""The doors of Home that are always there; every other one is something to do."""
OFFERED = frozenset({"offer.yes", "offer.no", "season.new"})
"""What is asked after the cycle by one tap and may be left: silence is an answer."""


class Member(Protocol):
    """Whoever they are, what they do is kept when a method returns."""

    name: str

    async def home(self) -> Sequence[Door]:
        """The doors of Home as it is now."""
        ...

    async def doors(self, door: Door) -> Sequence[Door]:
        """Those of the page behind a door of Home."""
        ...

    async def answer(self, door: Door, topic: str, values: Mapping[str, str]) -> None:
        """Fills in the form behind a door of the page looked at last, and those that follow it, plausibly but for these
        values, of which "" leaves a field empty."""
        ...

    async def download(self, door: Door) -> tuple[str, bytes]:
        """The file behind a door of the page looked at last, and its name."""
        ...


class ChatMember(Protocol):
    """Of a chat in which what somebody reads can be looked through."""

    name: str

    def words(self, since: float) -> str:
        """Everything that is new, or anew, to them in all their conversations since this moment."""
        ...


async def do_all(member: Member) -> None:
    """Everything that Home offers, one after the other, until nothing is left to do."""
    for _ in range(50):
        todo = [door for door in await member.home() if door[0] not in STANDING | OFFERED]
        if not todo:
            return
        await member.answer(todo[0], about(member.name, todo[0][1]), {})
    raise AssertionError(f"{member.name} never comes to an end")


def about(name: str, what: str) -> str:
    """What answers to this are recognised by, wherever they are shown."""
    return f"{name} {what}"


class LocalMember:
    """In the browser."""

    def __init__(self, town: Town, name: str) -> None:
        self._town, self.name = town, name

    async def home(self) -> Sequence[Door]:
        return _doors(await self._town.press(self.name, "home.open"))

    async def doors(self, door: Door) -> Sequence[Door]:
        return _doors(await self._town.press(self.name, *door))

    async def answer(self, door: Door, topic: str, values: Mapping[str, str]) -> None:
        told = await self._town.press(self.name, *door)
        assert isinstance(told, OpenForm), told
        while isinstance(told, OpenForm):
            told = await self._send(told.form, topic, values)
        assert not isinstance(told, FieldErrors), told.problems

    async def _send(self, form: Form, topic: str, values: Mapping[str, str]) -> Response:
        said = {field: values.get(field, word) for field, word in fill(form, topic).items()}
        return await self._town.send(self.name, form.action, form.value, **said)

    async def download(self, door: Door) -> tuple[str, bytes]:
        given = await self._town.press(self.name, *door)
        assert isinstance(given, Download), given
        return given.name, given.content


def _doors(response: Response) -> Sequence[Door]:
    if isinstance(response, Done):
        return ()
    assert isinstance(response, Whisper), response
    return [(button.action, button.value) for button in buttons(response.message)]


class SlackMember:
    """In Slack, by its App Home and its modals: what is not there to be pressed cannot be pressed.

    Where things go wrong on purpose they are `persistent`: what does not come they ask for again, as people do.
    """

    def __init__(self, place: Workspace, person: Person, name: str, *, persistent: bool = False) -> None:
        self._slack, self._place, self.person, self.name = place.fake, place, person, name
        self._persistent = persistent

    async def home(self) -> Sequence[Door]:
        before = self._hash
        await self._insist(self.person.opens_home, lambda: self._hash != before, "sees an old Home")
        assert self.person.home is not None
        return [(action, value) for action, value, _ in _pressable(self.person.home.body["blocks"])]

    async def doors(self, door: Door) -> Sequence[Door]:
        await self.home()
        before = self._hash
        await self._press(door)
        await self._drawn_after(before)
        assert self.person.modal is not None
        return [(action, value) for action, value, _ in _pressable(self.person.modal.body["blocks"])]

    async def answer(self, door: Door, topic: str, values: Mapping[str, str]) -> None:
        await self._press(door)
        before = self._hash
        while self.person.modal is not None and self.person.modal.body.get("submit"):
            said = dict(_filled(self.person.modal.body["blocks"], topic, values))
            ack = await self.person.submits(said)
            if not ack.ok:  # Slack shows that it failed, and keeps the modal open
                await asyncio.sleep(LOOK_EVERY)
            told = ack.body if isinstance(ack.body, dict) else {}
            assert told.get("response_action") != "errors", told
        await self._close()
        await self._drawn_after(before)

    async def answer_question(self) -> None:
        """Yes, that is me: said until it is heard."""
        for _ in range(TRIES if self._persistent else 1):
            doors = await self._look_for("account.yes", "join.open")
            yes = next((door for door in doors if door[0] == "account.yes"), None)
            if yes is None:
                return
            before = self._hash
            where, known = await self._find(yes)
            await self.person.clicks(where, known)
            await self._drawn_after(before)
            await self._close()
        await self._look_for("join.open")

    async def _look_for(self, *actions: str) -> Sequence[Door]:
        """The doors of Home when one of these is among them: Slack may not have told us yet who they are."""
        for _ in range(TRIES if self._persistent else 1):
            doors = await self.home()
            if any(door[0] in actions for door in doors):
                return doors
        raise AssertionError(f"{self.name} finds none of {actions}")

    async def download(self, door: Door) -> tuple[str, bytes]:
        def files() -> list[Json]:
            return [file for message in self.person.reads(self.person.direct) for file in message.files]

        before, drawn = len(files()), self._hash
        where, known = await self._find(door)
        await self._insist(lambda: self.person.clicks(where, known), lambda: len(files()) > before, "gets no file")
        await self._drawn_after(drawn)
        await self._close()
        file = files()[-1]
        return file["name"], self._place.team.uploads[file["id"]]

    async def _press(self, door: Door) -> None:
        """Waits for the modal behind the door."""
        where, known = await self._find(door)
        await self._insist(
            lambda: self.person.clicks(where, known),
            lambda: self.person.modal is not None and self.person.modal is not where,
            f"sees nothing behind {door}",
        )

    async def _find(self, door: Door) -> tuple[View, str]:
        """In the topmost modal, or else at Home when what lies over it is closed."""
        if self.person.modal is not None and not _has(self.person.modal.body["blocks"], door):
            await self._close()
        where = self.person.modal or self.person.home
        assert where is not None
        assert _has(where.body["blocks"], door), f"{self.name} does not see {door}"
        return where, next(known for *seen, known in _pressable(where.body["blocks"]) if tuple(seen) == door)

    def words(self, since: float) -> str:
        """Everything that is new, or anew, to them in all their conversations since this moment."""
        mine = [one.id for one in self._place.team.channels.values() if self.person.id in one.members]
        messages = (message for channel in mine for message in self.person.reads(channel))
        return " ".join(str(one.blocks) for one in messages if one.edited or float(one.ts) >= since)

    async def _drawn_after(self, before: str) -> None:
        """Whatever changes something draws Home once; waiting for each keeps the next look from seeing an old one."""
        if self._persistent:
            await self._comes(lambda: self._hash != before)
        else:
            await self._slack.until(lambda: self._hash != before, f"the Home of {self.name} is not drawn anew")

    async def _insist(self, act: Callable[[], Awaitable[object]], holds: Callable[[], bool], else_: str) -> None:
        for _ in range(TRIES if self._persistent else 1):
            await act()
            if self._persistent and await self._comes(holds):
                return
        await self._slack.until(holds, f"{self.name} {else_}")

    async def _comes(self, holds: Callable[[], bool]) -> bool:
        for _ in range(LOOKS):
            if holds():
                return True
            await asyncio.sleep(LOOK_EVERY)
        return False

    async def _close(self) -> None:
        if self.person.modal is not None:
            await self.person.closes(all_of_them=True)

    @property
    def _hash(self) -> str:
        return self.person.home.hash if self.person.home else ""


def _pressable(blocks: Sequence[Json]) -> Sequence[tuple[str, str, str]]:
    """(action, value, id) of each button, in order."""
    found = [element for block in blocks for element in block.get("elements", ()) if element.get("type") == "button"]
    return [(one["action_id"].partition(":")[2], one.get("value", ""), one["action_id"]) for one in found]


def _has(blocks: Sequence[Json], door: Door) -> bool:
    return any((action, value) == door for action, value, _ in _pressable(blocks))


def _filled(blocks: Sequence[Json], topic: str, values: Mapping[str, str]) -> Sequence[tuple[str, object]]:
    """By action id, what `town.fill` would say: words for a text, the first of the options for a choice."""
    found = list[tuple[str, object]]()
    for block in blocks:
        element = block.get("element")
        if block["type"] != "input" or element is None:
            continue
        field = element["action_id"].rpartition(":")[2]
        kinds = {"plain_text_input": words_of(topic, field)}
        if values.get(field) == "" or element["type"] == "file_input":
            continue
        said = values.get(field) or kinds.get(element["type"]) or _options(element)[0]["value"]
        many = element["type"] in {"checkboxes", "multi_static_select"}
        found.append((element["action_id"], [said] if many else said))
    return found


def _options(element: Json) -> Sequence[Json]:
    groups = element.get("option_groups") or [{"options": element["options"]}]
    return [option for group in groups for option in group["options"]]
