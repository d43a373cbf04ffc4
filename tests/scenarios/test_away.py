"""Somebody says that they are away from–until, and takes it back; what is planned for them follows."""

from datetime import date, timedelta
from pathlib import Path

from cohorts.calendar.instants import local
from cohorts.events import Done, FieldErrors, OpenForm
from cohorts.messages import ChoiceField
from cohorts.people.model import Leave
from cohorts.usecases.board.cohort import MemberRow, cohort_board
from storage.transaction import SqlTransaction
from tests.scenarios.town import SIX, Town, buttons, open_town, whispered

ZONE = "America/Chicago"


def workday(day: date) -> date:
    """The day itself, or the Monday after it."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def today(town: Town) -> date:
    return local(town.clock.now(), ZONE).date()


async def leaves_of(town: Town, name: str) -> tuple[Leave, ...]:
    return await town.ask(lambda tx: tx.people.get_educator(name).leaves)


async def go_away(town: Town, name: str, first: date, back: date) -> object:
    return await town.send(name, "away.send", first=first.isoformat(), back=back.isoformat())


async def row_of(town: Town, name: str) -> MemberRow:
    cohort = await town.cohort(name)

    def look(tx: SqlTransaction) -> MemberRow:
        board = cohort_board(tx, cohort, tx.people.get_educator("fay"), town.clock.now())
        return next(row for row in board.members if row.educator_id == name)

    return await town.ask(look)


async def test_days_away_are_told_by_one_form_and_everything_follows(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        for name in SIX:
            await town.arrive(name)
        await town.form(*SIX)
        await town.pass_days(1)
        due = (await town.cycle()).step("meet").due_of("ann")
        assert due is not None
        home = await town.press("ann", "home.open")
        assert "away.open" in str(home)
        opened = await town.press("ann", "away.open")
        assert isinstance(opened, OpenForm)
        assert {field.id for field in opened.form.fields} == {"first", "back"}
        first = workday(today(town))
        back = workday(first + timedelta(days=14))
        for field in opened.form.fields:
            assert isinstance(field, ChoiceField)
            assert len(field.options) <= 100, "no chat draws more"
        assert isinstance(await go_away(town, "ann", first, back), Done)
        assert await leaves_of(town, "ann") == (Leave(first=first, last=back - timedelta(days=1)),)
        assert "You are away" in await town.reads("ann")
        assert "away" in whispered(await town.press("ann", "home.open"))
        await town.house.bell.tick()
        later = (await town.cycle()).step("meet").due_of("ann")
        assert later is not None
        assert local(later, ZONE).date() >= back
        slot = await town.ask(lambda tx: tx.due.at("digest", "ann"))
        assert slot is not None
        assert local(slot, ZONE).date() >= back
        row = await row_of(town, "ann")
        assert (row.status, row.away) == ("active", Leave(first=first, last=back - timedelta(days=1)))
        assert (await row_of(town, "ben")).away is None
        for other in ("ben", "cam"):
            assert "Ann Lee is away" not in await town.reads(other)
        before = len([e for e in await town.heard() if e.readers == ("ann",)])
        await town.tick_to(town.clock.now() + timedelta(days=(back - today(town)).days - 1))
        assert len([e for e in await town.heard() if e.readers == ("ann",)]) == before, "nothing came while away"


async def test_being_away_is_taken_back(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        first = workday(today(town))
        await go_away(town, "ann", first, workday(first + timedelta(days=7)))
        slot = await town.ask(lambda tx: tx.due.at("digest", "ann"))
        await town.press("ann", "away.undo")
        assert await leaves_of(town, "ann") == ()
        sooner = await town.ask(lambda tx: tx.due.at("digest", "ann"))
        assert slot
        assert sooner
        assert sooner < slot
        assert "nothing" in whispered(await town.press("ann", "away.undo")).lower()


async def test_who_is_back_early_says_so_and_may_undo_that(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        first = workday(today(town) + timedelta(days=1))
        back = workday(first + timedelta(days=14))
        await go_away(town, "ann", first, back)
        town.clock.go_to(town.clock.now() + timedelta(days=(first - today(town)).days + 2))
        home = await town.press("ann", "home.open")
        assert ("away.end", "") in {(b.action, b.value) for b in buttons(home.message)}  # type: ignore[union-attr]
        assert isinstance(await town.press("ann", "away.end"), Done)
        (leave,) = await leaves_of(town, "ann")
        assert leave.last < today(town)
        assert (await row_of(town, "ann")).away is None
        await town.press("ann", "away.undo")
        assert (await leaves_of(town, "ann"))[0].last == back - timedelta(days=1)


async def test_days_that_cannot_be_are_refused_where_they_stand(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.settle_in("ann", language="es")
        first = workday(today(town) + timedelta(days=7))
        wrong = (
            (first, first, {"back"}),
            (first, first - timedelta(days=2), {"back"}),
            (today(town) - timedelta(days=1), first, {"first"}),
            (date(2200, 1, 3), date(2200, 1, 10), {"first", "back"}),
        )
        for begins, back, fields in wrong:
            answer = await go_away(town, "ann", begins, back)
            assert isinstance(answer, FieldErrors)
            assert set(answer.problems) == fields
        answer = await town.send("ann", "away.send", first="when I like", back="")
        assert isinstance(answer, FieldErrors)
        assert await leaves_of(town, "ann") == ()


async def test_a_second_leave_keeps_the_first_and_takes_in_what_it_touches(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        monday = today(town) + timedelta(days=7 - today(town).weekday())
        week = timedelta(days=7)
        await go_away(town, "ann", monday, monday + week)
        await go_away(town, "ann", monday + 2 * week, monday + 3 * week)
        assert len(await leaves_of(town, "ann")) == 2
        await go_away(town, "ann", monday + timedelta(days=2), monday + timedelta(days=9))
        assert await leaves_of(town, "ann") == (
            Leave(first=monday, last=monday + timedelta(days=8)),
            Leave(first=monday + 2 * week, last=monday + 3 * week - timedelta(days=1)),
        )
