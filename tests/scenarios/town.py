"""A small network that lives in a test: real database, real local chat, real bell; only the clock is ours."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from bot.app import House, open_house
from bot.chat.local.ids import PLATFORM, WORKSPACE, direct_id
from bot.chat.local.people import written
from bot.demo.network import demo_catalogue
from bot.settings import Settings
from cohorts.calendar.model import CalendarEntry, SchoolCalendar
from cohorts.events import AccountRef, Arrived, OpenForm, Place, Posted, Pressed, Response, Sent, Whisper
from cohorts.messages import Buttons, ChoiceField, Facts, FileField, Form, FormField, Message, TextField
from cohorts.people.model import Account, Cohort, Educator, Lea
from cohorts.protocols.engine import RunIdentity
from cohorts.protocols.load import latest, shipped
from cohorts.protocols.queries import asks
from cohorts.protocols.run import Run
from cohorts.usecases.carry_out import begin_run
from storage.chat_journal import Heard, heard_since
from storage.queues import agenda
from storage.queues.conversations import conversation
from storage.queues.outbox import platform_ids
from storage.transaction import SqlTransaction
from tests.fakes.files import shape_file

T = TypeVar("T")

START = datetime(2026, 1, 12, 15, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Texas."""
MICROCREDENTIAL = "formative-assessment"
LEAS = (
    ("4800001", "Presidio", "America/Chicago"),
    ("4800002", "Marfa", "America/Chicago"),
    ("4800003", "Fabens", "America/Denver"),
)
SIX = ("ann", "ben", "cam", "dee", "eva", "finn")
PROBLEM = "Few students answer when I ask an open question."


class Clock:
    """Time that goes on when it is told to, and never back."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def go_to(self, at: datetime) -> None:
        self.at = max(self.at, at)


class Town:
    """People by first name; `fay` facilitates and operates. What they do goes in as events, what they see comes out."""

    def __init__(self, house: House, clock: Clock) -> None:
        self.house, self.clock = house, clock
        self._keys = count(1)

    async def ask(self, work: Callable[[SqlTransaction], T]) -> T:
        return await self.house.database.read(work)

    async def change(self, work: Callable[[SqlTransaction], T]) -> T:
        return await self.house.database.transact(work)

    async def settle_in(self, *names: str, lea: Mapping[str, int] | None = None, **changes: Any) -> None:
        """These educators are on the roster, spread over the LEAs in turn."""

        def lay(tx: SqlTransaction) -> None:
            for number, name in enumerate(names):
                where = LEAS[(lea or {}).get(name, number % len(LEAS))][0]
                values: dict[str, Any] = {"id": name, "email": f"{name}@example.org", "lea_id": where} | changes
                tx.people.save_educator(Educator(given_name=name.title(), family_name="Lee", **values))
                tx.people.link_account(Account(platform=PLATFORM, workspace=WORKSPACE, user=name, educator_id=name))

        await self.change(lay)

    async def arrive(self, name: str, key: str = "") -> Response:
        event = Arrived(key=key or self.new_key(), account=account(name), place=Place(conversation=direct_id(name)))
        return await self.house.handle(event)

    async def press(self, name: str, action: str, value: str = "", key: str = "", **place: str) -> Response:
        where = Place(conversation=place.pop("room", direct_id(name)), **place)
        event = Pressed(key=key or self.new_key(), account=account(name), place=where, action=action, value=value)
        return await self.house.handle(event)

    async def send(self, name: str, action: str, value: str = "", key: str = "", **values: str) -> Response:
        where = Place(conversation=direct_id(name))
        event = Sent(
            key=key or self.new_key(), account=account(name), place=where, action=action, value=value, values=values
        )
        return await self.house.handle(event)

    async def post(self, name: str, room: str, text: str, thread: str = "") -> Response:
        where = Place(conversation=room, thread=thread)
        return await self.house.handle(Posted(key=self.new_key(), account=account(name), place=where, text=text))

    def new_key(self) -> str:
        return f"event-{next(self._keys)}"

    async def join(self, *names: str, **changes: str) -> None:
        for name in names:
            await self.send(name, "join.send", **joining(**changes))

    async def form(self, *names: str, **changes: str) -> list[Cohort]:
        """Everybody of these joins, fay proposes and approves; the cohorts in a fixed order."""
        await self.join(*names, **changes)
        await self.press("fay", "form.propose")
        await self.press("fay", "form.approve", await self.open_proposal())
        return sorted(await self.ask(lambda tx: tx.cohorts.active()), key=lambda cohort: cohort.name)

    async def open_proposal(self) -> str:
        found = await self.ask(lambda tx: tx.proposals.newest("open"))
        assert found is not None
        return found[0]

    async def tick_to(self, until: datetime) -> None:
        """From one due thing to the next, as the bell would ring, up to and with `until`."""
        while (at := await self.ask(lambda tx: agenda.next_due(tx.connection))) is not None and at <= until:
            self.clock.go_to(at)
            await self.house.bell.tick()
        self.clock.go_to(until)
        await self.house.bell.tick()

    async def pass_days(self, days: float) -> None:
        await self.tick_to(self.clock.now() + timedelta(days=days))

    async def tick_until(self, reached: Callable[[SqlTransaction], bool], days: int = 120) -> None:
        """On and on, until the database says so."""
        end = self.clock.now() + timedelta(days=days)
        while not await self.ask(reached):
            at = await self.ask(lambda tx: agenda.next_due(tx.connection))
            assert at is not None, "nothing more will happen"
            assert at <= end, "it did not happen in time"
            self.clock.go_to(at)
            await self.house.bell.tick()

    async def cohort(self, name: str) -> Cohort:
        return (await self.ask(lambda tx: tx.cohorts.of(name)))[0]

    async def runs(self, protocol: str) -> list[Run]:
        everything = await self.ask(lambda tx: [r for c in tx.cohorts.every() for r in tx.runs.of_cohort(c.id)])
        return [run for run in everything if run.protocol_id == protocol]

    async def run(self, run_id: str) -> Run:
        return await self.ask(lambda tx: tx.runs.get(run_id))

    async def cycle(self) -> Run:
        (run,) = await self.runs("inquiry-cycle")
        return run

    async def round_of(self, author: str) -> Run:
        """The newest "Tune a draft" of this author."""
        mine = [run for run in await self.runs("tune-a-draft") if run.role("presenter") == (author,)]
        return max(mine, key=lambda run: run.started_at)

    async def begin(self, protocol: str, cohort: Cohort, **roles: str) -> Run:
        """Another run in the cohort's room, beside the cycle."""
        ident = RunIdentity(id=f"run-{protocol}-{next(self._keys)}", cohort_id=cohort.id)
        run = await self.change(lambda tx: begin_run(tx, cohort, latest(protocol), ident, self.clock.now(), **roles))
        await self.house.bell.tick()
        return run

    async def write_draft(self, name: str, words: int = 60, about: str = "") -> str:
        """A first draft of a prompt; its id."""

        def first(tx: SqlTransaction) -> tuple[str, str]:
            part = next(part for part in tx.catalogue.get(MICROCREDENTIAL).parts if part.prompts)
            return part.id, part.prompts[0].id

        part, prompt = await self.ask(first)
        text = about or f"Draft of {name}: " + "we waited three seconds and counted who spoke. " * (words // 8)
        await self.send(name, "evidence.write.send", f"{MICROCREDENTIAL}/{part}/{prompt}", text=text)
        return (await self.ask(lambda tx: tx.evidence.drafts(name, MICROCREDENTIAL)))[-1].id

    async def answer(self, name: str, run: Run, step: str, **changes: str) -> Response:
        """Opens the step's form and sends it, filled in plausibly; `changes` are one's own values."""
        opened = await self.press(name, "step.answer.open", f"{run.id}/{step}")
        if not isinstance(opened, OpenForm):
            return opened
        values = fill(opened.form, f"{name} {step}") | changes
        return await self.send(name, opened.form.action, opened.form.value, **values)

    async def heard(self) -> Sequence[Heard]:
        return await self.ask(lambda tx: heard_since(tx.connection, 0))

    async def room_of(self, cohort: Cohort) -> str:
        logical = f"cohort:{cohort.id}"
        return await self.ask(lambda tx: conversation(tx.connection, PLATFORM, WORKSPACE, logical)) or ""

    async def thread_of(self, run: Run) -> str:
        key = f"{run.id}:header@{PLATFORM}/{WORKSPACE}"
        return await self.ask(lambda tx: platform_ids(tx.connection, [key]).get(key, ""))

    async def seen(self, name: str) -> list[Message]:
        """Every message this person can read now, in every room and thread, oldest first in each."""
        people, found = self.house.local.people, []
        for room in await people.rooms(name):
            page = await people.page(name, room.room.id, limit=500)
            for message in page.messages:
                found.append(message)
                if message.replies:
                    found += (await people.thread(name, room.room.id, message.id))[1:]
        return [message.message for message in found if message.message]

    async def reads(self, name: str) -> str:
        return "\n".join(spoken(message) for message in await self.seen(name))

    async def actions(self, name: str) -> set[tuple[str, str]]:
        """(action, value) of every button this person sees."""
        return {(b.action, b.value) for message in await self.seen(name) for b in buttons(message)}

    async def all_text(self) -> str:
        """Every message of the chat, the outbox and the history, whoever may read it."""

        def look(tx: SqlTransaction) -> list[str]:
            tables = ("chat_message", "outbox", "history", "nudge")
            known = {row[0] for row in tx.connection.exec_driver_sql("select name from sqlite_master")}
            return [
                str(tuple(row))
                for table in tables
                if table in known
                for row in tx.connection.exec_driver_sql(f"select * from {table}")
            ]

        return "\n".join(await self.ask(look))

    async def states(self) -> dict[str, str]:
        """Delivery key → state of everything that ever was to go out."""

        def look(tx: SqlTransaction) -> dict[str, str]:
            return {row[0]: row[1] for row in tx.connection.exec_driver_sql("select key, state from outbox")}

        return await self.ask(look)


@asynccontextmanager
async def open_town(
    folder: Path, *names: str, clock: Clock | None = None, policy: str = "", **laid: Any
) -> AsyncIterator[Town]:
    """A town in this folder: fay and these people on the roster, three LEAs in two zones, the demo catalogue.
    `policy`: of the house, as TOML."""
    clock, settings = clock or Clock(), settings_in(folder)
    if policy:
        file = folder / "policy.toml"
        file.write_text(policy, "utf-8")
        settings = settings.model_copy(update={"forming_policy": file})
    assert settings.database_file
    if not settings.database_file.exists():
        shape_file(settings.database_file)
    async with open_house(settings, clock.now, "OFF") as house:
        town = Town(house, clock)
        await town.change(lambda tx: _lay(tx, **laid))
        await town.settle_in("fay", roles=("teacher", "facilitator", "operator"))
        await town.settle_in(*names)
        yield town


def settings_in(folder: Path) -> Settings:
    return Settings(data=folder, database="", _env_file=None)  # type: ignore[call-arg]


def account(name: str) -> AccountRef:
    return AccountRef(platform=PLATFORM, workspace=WORKSPACE, user=name)


def joining(**changes: str) -> dict[str, str]:
    values = {"microcredential": MICROCREDENTIAL, "subject": "Science", "grade_band": "6-8", "problem": PROBLEM}
    return {**values, "minutes": "60", "start": "now", "language": "en", "share": "yes"} | changes


def fill(form: Form, about: str) -> dict[str, str]:
    return {field.id: _value(field, about) for field in form.fields}


def words_of(about: str, field: str) -> str:
    """What `fill` writes into a text field: sayable words that name who wrote what."""
    return f"words of {about} on {field} from my own class in the third lesson today"


def _value(field: FormField, about: str) -> str:
    if isinstance(field, FileField):
        return ""
    if isinstance(field, TextField):
        return words_of(about, field.id)
    return field.options[0].id if isinstance(field, ChoiceField) and field.options else "yes"


def buttons(message: Message) -> list[Any]:
    return [button for block in message.blocks if isinstance(block, Buttons) for button in block.items]


def spoken(message: Message) -> str:
    """The words of a message as they are read, without what keeps them literal."""
    parts = [message.text]
    for block in message.blocks:
        parts += [f"{label}: {value}" for label, value in block.rows] if isinstance(block, Facts) else []
        parts += [getattr(block, "text", "")]
    return written(Message(text="\n".join(parts)))


def whispered(response: Response) -> str:
    return spoken(response.message) if isinstance(response, Whisper) else ""


async def live_cycle(town: Town, names: Sequence[str], until: datetime, skip: Callable[[str, str], bool]) -> None:
    """Ticks on, and everybody answers what is open for them, except where `skip(name, step)` says not."""
    done: set[tuple[str, str, str]] = set()
    while town.clock.now() < until:
        at = await town.ask(lambda tx: agenda.next_due(tx.connection))
        if at is None or at > until:
            break
        town.clock.go_to(at)
        await town.house.bell.tick()
        await _answer_open(town, names, skip, done)
    await town.tick_to(until)


async def _answer_open(
    town: Town, names: Sequence[str], skip: Callable[[str, str], bool], done: set[tuple[str, str, str]]
) -> None:
    for protocol_id in ("inquiry-cycle", "tune-a-draft"):
        for run in await town.runs(protocol_id):
            protocol = shipped()[(run.protocol_id, run.protocol_version)]
            for step in protocol.steps:
                if run.step(step.id).status != "open" or not asks(step):
                    continue
                for name in run.role(step.actors):
                    if name in names and (name, run.id, step.id) not in done and not skip(name, step.id):
                        done.add((name, run.id, step.id))
                        await town.answer(name, run, step.id)


def _lay(tx: SqlTransaction, holidays: Sequence[CalendarEntry] = (), holidays_in: int = 0) -> None:
    for lea_id, name, zone in LEAS:
        tx.people.save_lea(Lea(id=lea_id, name=name, state="TX", zone=zone))
    if holidays:
        lea_id, name, zone = LEAS[holidays_in]
        tx.calendars.save(
            SchoolCalendar(id="calendar", lea_ids=(lea_id,), name=name, zone=zone, entries=tuple(holidays))
        )
    for microcredential in demo_catalogue():
        tx.catalogue.save(microcredential)
