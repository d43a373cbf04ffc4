"""`cohortium import …`: check everything a file says, then keep all of it or nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from bot import clock
from bot.given import read_bytes, read_text, refusal
from bot.settings import Settings
from cohorts.calendar.ics import read_calendar
from cohorts.catalogue.model import Microcredential
from cohorts.catalogue.openbadges import read_achievement
from cohorts.catalogue.pack import read_pack
from cohorts.forming.interests import InterestRow, Known, read_interests
from cohorts.people.leas import lea_identifiers, read_leas
from cohorts.people.model import Lea
from cohorts.people.oneroster import RosterRecord, count_others, read_roster
from cohorts.people.rows import nearest
from cohorts.ports import Saved
from cohorts.usecases.take_in import (
    Summary,
    take_in_calendar,
    take_in_catalogue,
    take_in_interests,
    take_in_leas,
    take_in_roster,
)
from storage.database import Database
from storage.transaction import SqlTransaction

from ._given import Kind, csv_lines, require
from ._progress import Passed
from ._roster import RosterFolder, RosterZip, open_roster
from ._shared import official_schema, out, problems_told, settings_here, with_database

importing = typer.Typer(
    name="import", help="Bring in LEAs, rosters, catalogues, calendars and interests.", no_args_is_help=True
)
File = Annotated[Path, typer.Argument(help="The file.", show_default=False)]
OneLea = Annotated[str, typer.Option("--lea", help="LEAID of the LEA that the whole roster belongs to.")]
Leas = Annotated[list[str], typer.Option("--lea", help="LEAID whose calendar this is; once for each LEA.")]

OUTCOMES: tuple[Saved, ...] = ("new", "changed", "same")
MOST_TOLD = 20
LEAS_FIRST = "Import the LEAs first: cohortium import leas FILE"


@importing.command()
def leas(file: File) -> None:
    """LEAs and their cooperatives: a CSV with leaid, name, state and, if known, county, esc_region, zone …"""

    async def use(database: Database, passed: Passed) -> Summary:
        passed.total = file.stat().st_size
        found = list(read_leas(str(file), csv_lines(file, passed)))
        return await database.transact(take_in_leas, found, clock.now())

    _run(file, "leas", use)


@importing.command()
def roster(file: File, lea: OneLea = "") -> None:
    """The staff of a OneRoster 1.1 or 1.2 in CSV: its folder or its zip. Students and families are not kept."""
    others: Mapping[str, int] = {}

    async def use(database: Database, passed: Passed) -> Summary:
        nonlocal others
        known = await database.read(lambda transaction: transaction.people.leas())
        if not known:
            raise refusal(file, "No LEA is known yet.", LEAS_FIRST)
        if lea:
            _known_leas([lea], known)
        files = open_roster(file, passed)
        passed.total = _characters(files)
        records = _checked(read_roster(files, lea_identifiers(known), lea, clock.now().date()))
        others = count_others(files)
        return await database.transact(take_in_roster, records, clock.now())

    _run(file, "roster", use)
    if others:
        told = ", ".join(f"{number:,} {role}" for role, number in sorted(others.items()))
        out.print(f"Passed over, nothing of them kept (rows by role): {told}.")


@importing.command()
def catalogue(file: File) -> None:
    """Microcredentials: a YAML pack, or an Open Badges Achievement in JSON."""

    async def use(database: Database, _passed: Passed) -> Summary:
        return await database.transact(take_in_catalogue, _read_catalogue(file, settings_here()))

    _run(file, "catalogue", use)


@importing.command()
def calendar(file: File, lea: Leas) -> None:
    """The school calendar of one or more LEAs: an .ics file."""

    async def use(database: Database, _passed: Passed) -> Summary:
        known = await database.read(lambda transaction: transaction.people.leas())
        found = _known_leas(lea, known)
        zones = sorted({each.zone for each in found})
        if len(zones) > 1:
            what = f"These LEAs are in different time zones: {', '.join(zones)}."
            raise refusal("--lea", what, "Import the file once for each zone.")
        # The name without its folder: the calendar's id depends on it, and files move.
        ids = tuple(dict.fromkeys(each.id for each in found))
        read = read_calendar(file.name, read_bytes(file), ids, zones[0])
        return await database.transact(take_in_calendar, read, clock.now())

    _run(file, "calendar", use)


@importing.command()
def interests(file: File) -> None:
    """Who wants which microcredential: a CSV with email, microcredential, share_across_leas, availability …"""
    strangers, moved = dict[str, None](), dict[int, str]()

    async def use(database: Database, passed: Passed) -> Summary:
        passed.total = file.stat().st_size
        known = await database.read(_what_is_known)
        # Read while it is kept, so that no list holds all of it; a wrong row undoes what went before.
        rows = read_interests(str(file), csv_lines(file, passed), known)
        return await database.transact(take_in_interests, _noticing(rows, known, strangers), clock.now(), moved)

    _run(file, "interests", use)
    if moved:
        told = _first([f"line {line} ({email})" for line, email in moved.items()])
        out.print(f"One microcredential at a time: they waited for another, the newest counts: {told}.", soft_wrap=True)
    if strangers:
        told = _first([*strangers])
        where = "Look for a misspelling; a wish counts from the day they are."
        out.print(f"In “avoid” and on no roster: {told}. {where}", soft_wrap=True)


def _first(told: Sequence[str]) -> str:
    return ", ".join([*told[:MOST_TOLD], *(["…"] if len(told) > MOST_TOLD else [])])


def _run(file: Path, kind: Kind, use: Callable[[Database, Passed], Awaitable[Summary]]) -> None:
    passed = Passed()

    async def stoppable(database: Database) -> Summary:
        try:
            return await use(database, passed)
        except asyncio.CancelledError:
            passed.stop()
            raise

    with problems_told():
        require(file, kind)
        settings = settings_here()
        with passed.shown(file.name):
            summary = with_database(settings, stoppable)
    _tell(summary)


def _tell(summary: Summary) -> None:
    for kind, saved in summary.items():
        out.print(", ".join(f"{saved.get(outcome, 0):,} {outcome}" for outcome in OUTCOMES) + f" {kind}")
    if not any(saved.get("new") or saved.get("changed") for saved in summary.values()):
        out.print("Nothing changed.")


def _checked(records: Iterator[RosterRecord]) -> Iterator[RosterRecord]:
    """The same records, after all has been checked: what is broken is told before the database is locked."""
    first = next(records, None)
    return records if first is None else chain([first], records)


def _characters(files: RosterFolder | RosterZip) -> int:
    """How much will be read: everything once, what names the staff twice, and the roles once more to count."""
    sizes = {name.replace("\\", "/").rsplit("/", 1)[-1].lower(): files.size(name) for name in files.names()}
    orgs, users, roles = (sizes.get(f"{name}.csv", 0) for name in ("orgs", "users", "roles"))
    return orgs + 2 * users + (2 * roles or users)


def _known_leas(asked: Sequence[str], known: Sequence[Lea]) -> list[Lea]:
    by_id = {each.id: each for each in known}
    for lea_id in asked:
        if lea_id not in by_id:
            meant = nearest(lea_id, by_id)
            mend = f'Did you mean "{meant}", {by_id[meant].name}?' if meant else LEAS_FIRST
            raise refusal("--lea", f'No LEA is known as "{lea_id}".', mend)
    return [by_id[lea_id] for lea_id in asked]


def _read_catalogue(file: Path, settings: Settings) -> Sequence[Microcredential]:
    if file.suffix.lower() != ".json":
        return read_pack(str(file), read_text(file))
    return [read_achievement(str(file), read_text(file), official_schema(settings), clock.now().date())]


def _noticing(rows: Iterable[InterestRow], known: Known, strangers: dict[str, None]) -> Iterator[InterestRow]:
    """The same rows; whoever they avoid without being known here goes to `strangers`."""
    for row in rows:
        strangers.update(dict.fromkeys(email for email in row.avoid if email not in known.zones))
        yield row


def _what_is_known(transaction: SqlTransaction) -> Known:
    catalogue = transaction.catalogue.all()
    names = {each.name: each.id for each in catalogue} | {each.id: each.id for each in catalogue}
    return Known(zones=transaction.people.zones(), microcredentials=names)
