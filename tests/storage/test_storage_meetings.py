"""Meetings are kept as they were said, and two who change one at once do not undo each other."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cohorts.meeting.model import Meeting
from cohorts.ports import MissingError, StaleError
from storage.database import PostgresDatabase, SqliteDatabase
from storage.transaction import SqlTransaction

Database = SqliteDatabase | PostgresDatabase
AT = datetime(2026, 1, 20, 21, 30, tzinfo=UTC)


def meeting(name: str = "one", days: int = 0, cohort: str = "sotol") -> Meeting:
    return Meeting(
        id=f"meeting-{name}",
        cohort_id=cohort,
        set_by="ann",
        starts_at=AT + timedelta(days=days),
        minutes=45,
        topic="Compare «what» we saw",
    )


async def test_a_cohorts_meetings_come_in_the_order_in_which_they_begin(database: Database) -> None:
    for one in (meeting("late", 3), meeting("soon", 1), meeting("other", 2, "agave")):
        await database.transact(lambda tx, one=one: tx.meetings.add(one))
    found = await database.transact(lambda tx: tx.meetings.of_cohort("sotol"))
    assert list(found) == [meeting("soon", 1), meeting("late", 3)]
    assert await database.transact(lambda tx: tx.meetings.get("meeting-other")) == meeting("other", 2, "agave")
    assert await database.transact(lambda tx: tx.meetings.of_cohort("nobody")) == []


async def test_what_is_saved_is_read_at_once_and_later(database: Database) -> None:
    def change(tx: SqlTransaction) -> list[Meeting]:
        before = list(tx.meetings.of_cohort("sotol"))
        saved = tx.meetings.save(before[0].answered("ben", comes=True))
        return [saved, *tx.meetings.of_cohort("sotol"), tx.meetings.get(saved.id)]

    await database.transact(lambda tx: tx.meetings.add(meeting()))
    assert await database.transact(lambda tx: tx.meetings.of_cohort("sotol")) == [meeting()]
    changed = meeting().model_copy(update={"coming": ("ben",), "version": 1})
    assert await database.transact(change) == [changed] * 3
    assert await database.transact(lambda tx: tx.meetings.of_cohort("sotol")) == [changed]


async def test_who_saves_an_old_one_is_told(database: Database) -> None:
    await database.transact(lambda tx: tx.meetings.add(meeting()))
    await database.transact(lambda tx: tx.meetings.save(meeting().answered("ben", comes=True)))
    with pytest.raises(StaleError):
        await database.transact(lambda tx: tx.meetings.save(meeting().answered("cam", comes=True)))
    kept = await database.transact(lambda tx: tx.meetings.get("meeting-one"))
    assert kept.coming == ("ben",)


async def test_answers_given_in_the_same_instant_all_count(database: Database) -> None:
    def come(tx: SqlTransaction, who: str) -> None:
        tx.meetings.save(tx.meetings.get("meeting-one").answered(who, comes=True))

    await database.transact(lambda tx: tx.meetings.add(meeting()))
    await asyncio.gather(*(database.transact(come, f"p{number}") for number in range(6)))
    kept = await database.transact(lambda tx: tx.meetings.get("meeting-one"))
    assert sorted(kept.coming) == [f"p{number}" for number in range(6)]


async def test_what_is_not_there_is_missing(database: Database) -> None:
    with pytest.raises(MissingError):
        await database.transact(lambda tx: tx.meetings.get("meeting-none"))
