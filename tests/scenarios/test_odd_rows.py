"""One odd row among those who wait ends no search: whoever can be formed is formed."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from cohorts.calendar.model import SchoolCalendar
from cohorts.events import OpenForm, Recorded
from cohorts.people.model import Interest, Window
from cohorts.usecases.board.forming import forming_board, look_around
from cohorts.usecases.board.forming_report import report_board
from storage.queues import due
from storage.transaction import SqlTransaction
from tests.scenarios.test_security_forming_pages import browser
from tests.scenarios.town import LEAS, SIX, Town, open_town, whispered

Spoil = Callable[[SqlTransaction], object]


def her(tx: SqlTransaction) -> Interest:
    return next(one for one in tx.interests.of("gil") if one.status == "waiting")


def interest(**changes: Any) -> Spoil:
    return lambda tx: tx.interests.save(her(tx).model_copy(update=changes))


def person(**changes: Any) -> Spoil:
    return lambda tx: tx.people.save_educator(tx.people.get_educator("gil").model_copy(update=changes))


def same_address(tx: SqlTransaction) -> None:
    """Of two with one address whoever came later waits until it is mended."""
    person(email="ANN@example.org")(tx)
    interest(since=her(tx).since + timedelta(minutes=1))(tx)


def kept(key: str) -> Spoil:
    return lambda tx: tx.evidence.save_reading("gil", f"{key}/{her(tx).id}", "{")


def district(**changes: Any) -> Spoil:
    def spoil(tx: SqlTransaction) -> None:
        lea = tx.people.find_lea(LEAS[0][0])
        assert lea
        tx.people.save_lea(lea.model_copy(update={"id": "0000000", **changes}))
        person(lea_id="0000000", zone="")(tx)

    return spoil


def calendar(zone: str) -> Spoil:
    def spoil(tx: SqlTransaction) -> None:
        district(zone="America/Chicago")(tx)
        tx.calendars.save(SchoolCalendar(id="odd", lea_ids=("0000000",), name="odd", zone=zone, entries=()))

    return spoil


def paused(facts: dict[str, str]) -> Spoil:
    return lambda tx: tx.history.append(
        Recorded(at=her(tx).since + timedelta(seconds=1), kind="paused", subject="gil", actor="gil", facts=facts)
    )


def twice(tx: SqlTransaction) -> None:
    other = {"id": "older", "microcredential_id": tx.catalogue.all()[-1].id, "since": her(tx).since - timedelta(days=1)}
    tx.interests.save(her(tx).model_copy(update=other))


ALL_DAY = (Window(weekday=1, start=time(8), end=time(9)),)
ODD: dict[str, Spoil] = {
    "twice": twice,
    "microcredential": interest(microcredential_id="taken-out"),
    "zone": interest(zone="Nowhere/At_All", availability=ALL_DAY),
    "zone_bytes": interest(zone="../../etc", availability=ALL_DAY),
    "own_zone": person(zone="Nowhere/At_All"),
    "district_zone": district(zone="Nowhere/At_All"),
    "no_zone": interest(zone="", availability=ALL_DAY),
    "district_gone": person(lea_id="9999999"),
    "no_district": person(lea_id=""),
    "school_gone": person(school_id="nowhere"),
    "language": interest(language="fr"),
    "own_language": person(language="fr"),
    "problem_nul": interest(problem_of_practice="one\x00two \ufffe\U0001f600 three four five"),
    "problem_long": interest(problem_of_practice="word " * 20_000),
    "grades": interest(grade_band="99-x"),
    "weekday": interest(availability=(Window(weekday=9, start=time(8), end=time(9)),)),
    "backwards": interest(availability=(Window(weekday=-3, start=time(9), end=time(8)),)),
    "start_far": interest(start_from=date.max),
    "start_long_ago": interest(start_from=date.min),
    "minutes": interest(weekly_minutes=-5),
    "same_address": same_address,
    "no_address": person(email=""),
    "nobody": interest(educator_id="ghost"),
    "ladder": kept("ladder"),
    "again": kept("again"),
    "pause_odd": paused({"until": "soon"}),
    "pause_bare": paused({}),
    "calendar_bare": calendar("America/Chicago"),
    "calendar_zone": calendar("Nowhere/At_All"),
    "left": person(active=False),
}


async def search(town: Town) -> None:
    await town.press("fay", "form.propose")
    board = await town.ask(lambda tx: forming_board(tx, tx.people.get_educator("fay")))
    assert board.failed is None
    assert board.proposal
    assert {seat.educator_id for group in board.proposal.groups for seat in group.members} >= {*SIX}


@pytest.mark.parametrize("name", ODD)
async def test_everybody_else_is_formed(tmp_path: Path, name: str) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join(*SIX, "gil")
        await town.change(ODD[name])
        await search(town)

        def look(tx: SqlTransaction) -> None:
            fay = tx.people.get_educator("fay")
            board = forming_board(tx, fay)
            for who in board.people:
                assert board.people[who].name
                look_around(tx, board, who, exchanges=True)
            assert report_board(tx, fay)

        await town.ask(look)
        await town.press("fay", "form.approve", await town.open_proposal())
        assert len(await town.ask(lambda tx: tx.cohorts.active())) >= 1


@pytest.mark.parametrize("name", ODD)
async def test_who_comes_to_be_odd_while_a_proposal_is_open(tmp_path: Path, name: str) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join(*SIX, "gil")
        await search(town)
        await town.change(ODD[name])
        await town.ask(lambda tx: report_board(tx, tx.people.get_educator("fay")))
        await search(town)


SAID = {
    "microcredential": ("is not in the catalogue any more", "ya no está en el catálogo"),
    "zone": ("do not know the time zone", "No sé en qué zona horaria"),
    "same_address": ("has the same email address", "tiene tu misma dirección de correo"),
}
CAUSES = {
    "microcredential": "their microcredential is not in the catalogue any more: 1",
    "zone": "their time zone is not known: 1",
    "same_address": "somebody else has the same email address: 1",
}


@pytest.mark.parametrize("name", SAID)
async def test_the_board_says_why_she_waits_and_lets_nobody_move_her(tmp_path: Path, name: str) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join(*SIX, "gil")
        await town.change(ODD[name])
        await search(town)
        async with browser(town, "fay") as client:
            page = (await client.get("/forming")).text
            assert SAID[name][0] in page
            assert CAUSES[name] in page
            assert (await client.get("/forming/report")).status_code == 200
            assert (await client.get("/forming/person/gil")).status_code == 200
        proposal = await town.open_proposal()
        found = await town.ask(lambda tx: tx.proposals.find(proposal))
        assert found
        (group,) = found[0].groups
        for to in (group.id, "new"):
            said = await town.press("fay", "form.move", f"{proposal}/gil/{to}")
            assert "has to be put right first" in whispered(said)
        await town.settle_in("fay", roles=("teacher", "facilitator", "operator"), language="es")
        async with browser(town, "fay") as client:
            assert SAID[name][1] in (await client.get("/forming")).text


async def test_whoever_has_a_seat_and_comes_to_be_odd_is_let_wait_and_the_others_begin(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join(*SIX, "gil")
        await search(town)
        proposal = await town.open_proposal()
        await town.change(ODD["microcredential"])
        async with browser(town, "fay") as client:
            assert "has to be put right first" in (await client.get("/forming")).text
        assert "has to be put right first" in whispered(await town.press("fay", "form.look.open"))
        assert "has to be put right first" in whispered(await town.press("fay", "form.approve", proposal))
        await town.press("fay", "form.move", f"{proposal}/gil/waiting")
        async with browser(town, "fay") as client:
            assert SAID["microcredential"][0] in (await client.get("/forming")).text
        await town.press("fay", "form.approve", proposal)
        (cohort,) = await town.ask(lambda tx: tx.cohorts.active())
        assert {*cohort.active_members} == {*SIX}


@pytest.mark.parametrize("name", ["", *SAID])
async def test_a_young_cohort_with_a_seat_takes_her_in_unless_something_of_hers_is_odd(
    tmp_path: Path, name: str
) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.form(*SIX)
        await town.settle_in("gil", zone="America/Chicago")
        await town.change(lambda tx: late(tx, town.clock.now()))
        if name:
            await town.change(ODD[name])
        await town.change(lambda tx: tx.due.set("wait", her(tx).id, town.clock.now()))
        await town.house.bell.tick()
        (cohort,) = await town.ask(lambda tx: tx.cohorts.active())
        assert ("gil" in cohort.active_members) == (not name)
        assert not await town.ask(lambda tx: due.failed(tx.connection, "wait"))


def late(tx: SqlTransaction, now: datetime) -> None:
    """She wants what ann wanted, now."""
    mine = {"id": "late", "educator_id": "gil", "status": "waiting", "since": now}
    tx.interests.save(tx.interests.of("ann")[0].model_copy(update=mine))


@pytest.mark.parametrize("language", [0, 1])
@pytest.mark.parametrize("name", ["microcredential", "zone"])
async def test_she_hears_what_to_mend(tmp_path: Path, name: str, language: int) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join(*SIX)
        await town.join("gil", language=("en", "es")[language])
        await town.change(ODD[name])
        await town.pass_days(2)
        assert SAID[name][language] in await town.reads("gil")
        assert SAID[name][language] in whispered(await town.press("gil", "home.open"))
        await town.pass_days(20)
        assert not await town.ask(lambda tx: due.dead(tx.connection)), "nobody's work rests for it"


async def test_she_mends_her_microcredential_herself(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join(*SIX, "gil")
        await town.change(ODD["microcredential"])
        assert isinstance(await town.press("gil", "join.open"), OpenForm)
        await town.join("gil")
        await search(town)
        board = await town.ask(lambda tx: forming_board(tx, tx.people.get_educator("fay")))
        assert board.proposal
        assert board.proposal.seat_of("gil")


async def test_she_mends_her_zone_herself(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join(*SIX, "gil")
        await town.change(ODD["zone"])
        times = {"quiet_from": "18:00", "quiet_until": "07:00", "digest_at": "12:15"}
        await town.send("gil", "times.send", zone="district", other="", **times)
        assert (await town.ask(her)).zone == "America/Chicago"
        await search(town)
        assert (await town.ask(lambda tx: forming_board(tx, tx.people.get_educator("fay")))).proposal.seat_of("gil")


async def test_of_two_wishes_the_newer_counts_and_the_older_ends_with_the_seat(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join(*SIX, "gil")
        newest = await town.ask(her)
        await town.change(twice)
        await search(town)
        proposal = await town.open_proposal()
        found = await town.ask(lambda tx: tx.proposals.find(proposal))
        assert found
        seat = found[0].seat_of("gil")
        assert seat
        assert seat.interest_id == newest.id
        await town.press("fay", "form.approve", proposal)
        mine = await town.ask(lambda tx: tx.interests.of("gil"))
        assert {one.id: one.status for one in mine} == {newest.id: "placed", "older": "withdrawn"}


async def test_a_district_whose_zone_nobody_knows_stops_no_round(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)

        def spoil(tx: SqlTransaction) -> None:
            first = tx.people.leas()[0]
            tx.people.save_lea(first.model_copy(update={"id": "0000000", "zone": "Nowhere/At_All"}))
            assert tx.people.leas()[0].id == "0000000"

        await town.change(spoil)
        await town.pass_days(15)
        assert await town.ask(lambda tx: tx.proposals.newest("open"))


async def test_a_facilitator_whose_zone_nobody_knows_stops_no_approval(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("luz", roles=("teacher", "facilitator"), zone="Nowhere/At_All")
        await town.settle_in("abe", roles=("teacher", "facilitator"), active=False)
        (cohort,) = await town.form(*SIX)
        assert cohort.facilitator_id == "fay"
