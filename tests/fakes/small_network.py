"""Two cohorts in the middle of their cycle, made by the real use cases on a real database, in a second or two."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from bot.chat.local.ids import PLATFORM, WORKSPACE, direct_id
from bot.demo.network import demo_catalogue
from bot.scheduler import WORK
from bot.searching import propose_now, search_for_cohorts
from bot.web.desk import Persona, Reader
from cohorts import events
from cohorts.calendar.model import CalendarEntry, SchoolCalendar
from cohorts.events import AccountRef, Place, Pressed, Response, Sent
from cohorts.forming.model import Proposal
from cohorts.people.model import Account, Educator, Interest, Lea, Window
from cohorts.protocols.run import Run
from cohorts.usecases.board.cohort import CohortBoard, cohort_board
from cohorts.usecases.form import approve
from cohorts.usecases.let_in import let_in_interested
from cohorts.usecases.look_for_cohorts import SEARCH, end_search
from cohorts.usecases.propose import SEED, Wanted
from cohorts.usecases.receive import receive
from cohorts.usecases.tell import said_to
from storage.database import Database, SqliteDatabase
from storage.queues import due
from storage.transaction import SqlTransaction
from tests.fakes.files import fresh_database
from tests.fakes.small_core import SmallCore

START = datetime(2026, 1, 12, 15, 0, tzinfo=UTC)
MICROCREDENTIAL = "formative-assessment"
SECRET_DRAFT = "Maroon umbrella: the words that only their author may read."
GOAL = "By the end of March twenty of thirty students answer in a lesson."
LEAS = (("4800001", "Presidio ISD"), ("4800002", "Marfa ISD"), ("4800003", "Fort Davis ISD"))
MEMBERS = ("ann", "ben", "cam", "dee", "eva", "finn", "gil", "hope", "ida", "jon", "kim", "lou")
LEADERS = {"fay": ("facilitator", "en"), "luz": ("facilitator", "es"), "olga": ("operator", "en")}
HOLIDAY = CalendarEntry(title="Winter storm days", first=date(2026, 1, 29), last=date(2026, 1, 30), kind="off")
TESTING = CalendarEntry(title="State testing", first=date(2026, 2, 24), last=date(2026, 2, 26), kind="blackout")


class SmallNetwork(SmallCore):
    """A Desk whose core is the real one. Its people are educators; a user is an educator's given name, lower case."""

    def __init__(self, database: Database, *, demo: bool = True) -> None:
        super().__init__(database, demo=demo)
        assert self.clock is not None
        self.clock.at = START
        self._numbers = iter(range(10_000))

    async def handle(self, event: events.Event) -> Response:
        self.heard.append(event)
        response = await self.database.transact(receive, event, self.now())
        if isinstance(response, events.Begun):
            await self._search(response.whom)
            told = await self.read(lambda tx: said_to(tx, response.whom, response.key))
            return events.Whisper(message=told) if told else response
        return response

    async def _search(self, whose: str) -> None:
        """As the bell does it."""

        def keep(tx: SqlTransaction, wanted: Wanted | None, found: Proposal | None, at: datetime, anyhow: bool) -> bool:
            return end_search(tx, whose, wanted, found, at, anyhow=anyhow)

        await search_for_cohorts(self.database, SEED, self.now, keep)

    async def reader(self, user: str) -> Reader | None:
        person = await self.read(lambda tx: _found(tx, user))
        if person is None:
            return None
        return Reader(user=user, name=person.name, language=person.language, zone="America/Chicago", roles=person.roles)

    async def personas(self, language: str) -> list[Persona]:
        everybody = [*LEADERS, *MEMBERS, "nat"]
        return [Persona(user=user, name=user.title(), subject="Science", lea="Presidio ISD") for user in everybody]

    async def do(self, user: str, action: str, value: str = "", **values: str) -> Response:
        """Press a button, or with values send a form, as this person."""
        account = AccountRef(platform=PLATFORM, workspace=WORKSPACE, user=user)
        common: dict[str, Any] = {"key": f"{self.now().isoformat()} {next(self._numbers)}", "account": account}
        common |= {"place": Place(conversation=direct_id(user)), "action": action, "value": value}
        return await self.handle(Sent(**common, values=values) if values else Pressed(**common))

    async def pass_time(self, until: datetime) -> None:
        """From one due thing to the next, as the bell would."""
        while True:
            at = await self.database.transact(_next_due)
            if at is None or at > until:
                break
            self._move(max(at, self.now()))
            for item in await self.database.transact(_take, self.now()):
                if item.kind == SEARCH:
                    await self._search(item.ref)
                else:
                    await self.database.transact(WORK[item.kind], item.ref, self.now())
        self._move(until)

    async def board(self, user: str, cohort_id: str) -> CohortBoard:
        def look(tx: SqlTransaction) -> CohortBoard:
            return cohort_board(tx, tx.cohorts.get(cohort_id), tx.people.get_educator(educator_id(user)), self.now())

        return await self.read(look)

    async def runs(self, cohort_id: str, protocol: str) -> list[Run]:
        runs = await self.read(lambda tx: tx.runs.of_cohort(cohort_id))
        return [run for run in runs if run.protocol_id == protocol]

    def _move(self, at: datetime) -> None:
        assert self.clock is not None
        self.clock.at = at


@dataclass(frozen=True, slots=True)
class Laid:
    """A database to copy, when its clock stands, and the two cohorts in it, if they are there already."""

    path: Path
    now: datetime
    busy: str = ""
    quiet: str = ""

    def open(self, folder: Path) -> SmallNetwork:
        """A network of one's own in this folder, where this one stands."""
        shutil.copy(self.path, folder / self.path.name)
        core = SmallNetwork(SqliteDatabase(folder / self.path.name))
        core._move(self.now)
        return core


async def build(folder: Path, *, lived: bool) -> Laid:
    """Twelve people wait; or live in two cohorts, a little over three weeks in."""
    database = fresh_database(folder)
    core = SmallNetwork(database)
    await lay(core)
    cohorts = await live(core) if lived else ()
    await database.close()
    return Laid(folder / "cohortium.db", core.now(), *cohorts)


def educator_id(user: str) -> str:
    return f"educator-{user}"


async def lay(core: SmallNetwork) -> None:
    """People, districts, calendars, the catalogue; everybody waits for a cohort, half of them free on one day."""
    await core.database.transact(_lay)
    for user in (*LEADERS, *MEMBERS, "nat"):
        await core.local.open_direct("", user)


async def live(core: SmallNetwork) -> tuple[str, str]:
    """Three weeks: answers and shared drafts in one cohort, silence in the other. Their ids, that of ann first."""
    made = await propose_now(core.database, SEED, core.now)
    assert made is not None
    await core.database.transact(approve, made.proposal_id, core.now())
    await core.pass_time(START + timedelta(days=2))
    cohorts = {user: await core.read(lambda tx, user=user: tx.cohorts.of(educator_id(user))) for user in MEMBERS}
    mine = cohorts["ann"][0]
    other = next(found[0] for found in cohorts.values() if found[0].id != mine.id)
    names = [member.educator_id.removeprefix("educator-") for member in mine.members]
    (cycle,) = await core.runs(mine.id, "inquiry-cycle")
    told = {"no_students": "yes"}
    for user in names[:-1]:
        await core.do(user, "step.send", f"{cycle.id}/meet", hello="I teach science.", hope="Less silence.", **told)
    await _write(core, names)
    await core.do(names[-2], "join.pause")
    await core.pass_time(START + timedelta(days=8))
    seen = "Twelve of thirty raised a hand in the second lesson on Tuesday."
    for user in names[:3]:
        told |= {"seen": seen, "problem": "They wait for the same five to answer.", "goal": GOAL}
        await core.do(user, "step.send", f"{cycle.id}/identify", **told)
    await core.pass_time(START + timedelta(days=15))
    for run in await core.runs(mine.id, "tune-a-draft"):
        await _share(core, run)
    await core.pass_time(START + timedelta(days=21))
    (run,) = [run for run in await core.runs(mine.id, "tune-a-draft") if run.role("presenter") == (educator_id("ann"),)]
    await review(core, run.id, "Ann")
    await core.do("hope", "join.leave")
    await core.do(names[-1], "join.pause")
    await core.pass_time(START + timedelta(days=23))
    return mine.id, other.id


async def _write(core: SmallNetwork, names: list[str]) -> None:
    """Everybody writes one answer; ann two versions and a link without consent."""
    for user in names:
        part, prompt = await core.read(_first_prompt, user)
        words = SECRET_DRAFT if user != "ann" else "I waited three seconds and counted who spoke. " * 12
        await core.do(user, "evidence.write.send", f"{part}/{prompt}", text=words)
        await core.do(user, "evidence.write.send", f"{part}/{prompt}", text=words + " Then I asked again.")


async def _share(core: SmallNetwork, run: Run) -> None:
    (presenter,) = run.role("presenter")
    user = presenter.removeprefix("educator-")
    drafts = await core.read(lambda tx: tx.evidence.drafts(presenter, tx.cohorts.get(run.cohort_id).microcredential_id))
    values = {"draft": drafts[-1].id, "context": "Seventh grade.", "goal": "More voices.", "no_students": "yes"}
    await core.do(user, "step.send", f"{run.id}/share", focus="Is my goal clear enough to see?", **values)


async def review(core: SmallNetwork, run_id: str, author: str, most: int = 3) -> None:
    """Reviewers of this run answer the step that asks for reviews."""

    def look(tx: SqlTransaction) -> tuple[list[str], str]:
        asked = [entry.reviewer for entry in tx.feedback.of_run(run_id) if entry.live]
        microcredential = tx.catalogue.get(tx.cohorts.get(tx.runs.get(run_id).cohort_id).microcredential_id)
        part = microcredential.parts[0]
        return asked, f"{part.id}/{part.criteria[0].id}"

    reviewers, criterion = await core.read(look)
    for reviewer in reviewers[:most]:
        user = reviewer.removeprefix("educator-")
        values = {
            "see": f"I see that {author} counts three seconds after every single question.",
            "criterion": criterion,
        }
        values |= {"place": "in the second paragraph", "no_students": "yes"}
        tried = "You could write down who speaks first, and ask them the next day why they did."
        await core.do(user, "step.send", f"{run_id}/examine", **values, **{"try": tried})


def _lay(tx: SqlTransaction) -> None:
    for number, name in LEAS:
        tx.people.save_lea(Lea(id=number, name=name, state="TX", zone="America/Chicago"))
    calendar = {"zone": "America/Chicago", "entries": (HOLIDAY, TESTING)}
    tx.calendars.save(SchoolCalendar(id="cal-a", lea_ids=(LEAS[0][0], LEAS[1][0]), name="West", **calendar))
    for microcredential in demo_catalogue():
        tx.catalogue.save(microcredential)
    for user, (role, language) in LEADERS.items():
        _person(tx, user, roles=("teacher", role), language=language)
    _person(tx, "nat")
    for number, user in enumerate(MEMBERS):
        _person(tx, user, lea_id=LEAS[number % 3][0])
        tx.interests.save(_interest(user, MICROCREDENTIAL))
    let_in_interested(tx, PLATFORM, WORKSPACE, START)


def _person(tx: SqlTransaction, user: str, **changes: Any) -> None:
    values: Mapping[str, Any] = {"lea_id": LEAS[0][0], "email": f"{user}@example.org", "family_name": "Lee"} | changes
    tx.people.save_educator(Educator(id=educator_id(user), given_name=user.title(), **values))
    tx.people.link_account(Account(platform=PLATFORM, workspace=WORKSPACE, user=user, educator_id=educator_id(user)))


def _interest(user: str, microcredential_id: str) -> Interest:
    return Interest(
        id=f"interest-{user}",
        educator_id=educator_id(user),
        microcredential_id=microcredential_id,
        subject="Science",
        grade_band="6-8",
        problem_of_practice="Few students answer when I ask an open question.",
        zone="America/Chicago",
        availability=(Window(weekday=0 if user in MEMBERS[:6] else 1, start=time(15, 30), end=time(17)),),
        start_from=START.date(),
        since=START,
    )


def _first_prompt(tx: SqlTransaction, user: str) -> tuple[str, str]:
    microcredential = tx.catalogue.get(tx.cohorts.of(educator_id(user))[0].microcredential_id)
    part = next(part for part in microcredential.parts if part.prompts)
    return f"{microcredential.id}/{part.id}", part.prompts[0].id


def _next_due(tx: SqlTransaction) -> datetime | None:
    return due.next_at(tx.connection)


def _take(tx: SqlTransaction, now: datetime) -> Sequence[due.DueItem]:
    return due.take(tx.connection, "test", now, timedelta(0), 500)


def _found(tx: SqlTransaction, user: str) -> Educator | None:
    account = tx.people.find_account(PLATFORM, WORKSPACE, user)
    return tx.people.get_educator(account.educator_id) if account else None
