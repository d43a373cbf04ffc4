"""Offers, free seats and LEAs on their own, on every database."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

import pytest

from cohorts.living_ports import MOST_COHORTS, Wish
from cohorts.people.model import Cohort, Member
from cohorts.people.offers import Offer
from storage.database import PostgresDatabase, SqliteDatabase
from storage.transaction import SqlTransaction
from tests.storage.values import NOW, educator, interest


@pytest.fixture
def inside(database: SqliteDatabase | PostgresDatabase) -> Callable[..., Any]:
    return database.transact


def offer(name: str, about: str = "cohort-1", **changes: Any) -> Offer:
    told = {"id": f"offer-{about}-{name}", "kind": "seat", "about": about, "educator_id": name, "made_at": NOW}
    return Offer(**told | {"until": NOW + timedelta(days=3), "facts": {"step": "stack"}} | changes)


async def test_an_offer_is_found_by_whom_it_is_to_and_by_what_it_is_about(inside: Callable[..., Any]) -> None:
    def work(tx: SqlTransaction) -> None:
        first, later = offer("ann"), offer("ann", "cohort-2", made_at=NOW + timedelta(hours=1))
        for each in (later, first, offer("ben")):
            tx.living.save_offer(each)
        assert tx.living.find_offer(first.id) == first
        assert tx.living.find_offer("none") is None
        assert tx.living.offers_to("ann") == [first, later]
        assert [one.educator_id for one in tx.living.offers_about("cohort-1")] == ["ann", "ben"]
        tx.living.save_offer(first.model_copy(update={"status": "yes"}))
        assert [one.status for one in tx.living.offers_to("ann")] == ["yes", "open"]

    await inside(work)


async def test_free_seats_are_found_by_microcredential_and_language(inside: Callable[..., Any]) -> None:
    def work(tx: SqlTransaction) -> None:
        for cohort, topic, language in (("c1", "one", "en"), ("c2", "two", "en"), ("c3", "one", "es")):
            tx.living.free_seats(cohort, topic, language)
        tx.living.free_seats("c1", "one", "en")
        assert tx.living.with_seats(["one"], "en") == ["c1"]
        assert tx.living.with_seats(["one", "two"], "en") == ["c1", "c2"]
        assert tx.living.with_seats([], "en") == []
        tx.living.close_seats("c1")
        assert tx.living.with_seats(["one"], "en") == []
        for number in range(MOST_COHORTS + 5):
            tx.living.free_seats(f"many-{number:03}", "many", "en")
        assert len(tx.living.with_seats(["many"], "en")) == MOST_COHORTS

    await inside(work)


async def test_an_lea_closes_once_and_opens_once(inside: Callable[..., Any]) -> None:
    def work(tx: SqlTransaction) -> None:
        assert tx.living.closed_leas() == frozenset()
        assert [tx.living.close_lea("4800001", NOW), tx.living.close_lea("4800001", NOW)] == [True, False]
        assert tx.living.closed_leas() == {"4800001"}
        assert [tx.living.open_lea("4800001"), tx.living.open_lea("4800001")] == [True, False]
        assert tx.living.closed_leas() == frozenset()

    await inside(work)


async def test_running_cohorts_are_found_by_what_they_work_on(inside: Callable[..., Any]) -> None:
    def cohort(name: str, topic: str, **changes: Any) -> Cohort:
        told = {"id": name, "name": "One", "microcredential_id": topic, "language": "en", "facilitator_id": ""}
        return Cohort(**told | {"members": (Member(educator_id="ann"),), "formed_at": NOW} | changes)

    def work(tx: SqlTransaction) -> None:
        kept = [cohort("c1", "wait-time"), cohort("c2", 'o"dd_%'), cohort("c3", "wait-time", status="finished")]
        for each in (*kept, cohort("c4", "wait-time-more")):
            tx.cohorts.save(each)
        assert [one.id for one in tx.cohorts.active_on(["wait-time"])] == ["c1"]
        assert [one.id for one in tx.cohorts.active_on(['o"dd_%', "wait-time"])] == ["c1", "c2"]
        assert [one.id for one in tx.cohorts.active_on([])] == []

    await inside(work)


def count(tx: SqlTransaction, topics: Collection[str] | None, language: str) -> int:
    return sum(tx.interests.count_waiting(topics, language, "ladder").values())


async def test_who_waits_is_counted_by_what_they_keep_to(inside: Callable[..., Any]) -> None:
    def work(tx: SqlTransaction) -> None:
        for name in "abcd":
            tx.people.save_educator(educator(name, lea_id="4800002" if name == "d" else "4800001"))
        tx.interests.save(interest("a", grade_band='6–8 "core"'))
        tx.interests.save(interest("b", grade_band='6–8 "core"'))
        tx.interests.save(interest("c", grade_band='6–8 "core"', share_across_leas=False))
        tx.interests.save(interest("d"))
        tx.evidence.save_reading("educator-b", "ladder/interest-b", "{kept}")
        tx.evidence.save_reading("educator-a", "ladder/interest-b", "{of another}")
        tx.evidence.save_reading("educator-a", "ladder-before/interest-a", "{of another}")
        plain = Wish("4800001", share_across_leas=True, grade_band='6–8 "core"', kept="")
        others = (plain._replace(kept="{kept}"), plain._replace(share_across_leas=False))
        elsewhere = Wish("4800002", share_across_leas=True, grade_band="", kept="")
        found = tx.interests.count_waiting(["wait-time"], "en", "ladder")
        assert found == dict.fromkeys((plain, *others, elsewhere), 1)

    await inside(work)


async def test_who_waits_is_counted_by_what_and_in_which_language(inside: Callable[..., Any]) -> None:
    def work(tx: SqlTransaction) -> None:
        for name in "abcde":
            tx.people.save_educator(educator(name))
        for name, changes in (("a", {}), ("b", {"language": "es"}), ("c", {"status": "placed"}), ("d", {})):
            tx.interests.save(interest(name, **changes))
        tx.interests.save(interest("e", microcredential_id="other"))
        assert count(tx, ["wait-time"], "en") == 2
        assert count(tx, ["wait-time", "other"], "en") == 3
        assert count(tx, None, "es") == 1
        assert count(tx, [], "en") == 0
        tx.interests.save(interest("d", status="placed"))
        assert count(tx, ["wait-time"], "en") == 1

    await inside(work)
