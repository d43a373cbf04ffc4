"""Cohorts are searched for outside any transaction; what changes meanwhile counts, and a kill loses nothing."""

import asyncio
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from bot.app import open_house
from bot.chat.local.ids import direct_id
from bot.metrics import Metrics
from bot.searching import SEARCH_LEASE, Searches, propose_now, search_for_cohorts
from cohorts.events import Begun, Place, Pressed
from cohorts.forming.model import Proposal
from cohorts.usecases.board.forming import forming_board
from cohorts.usecases.look_for_cohorts import ROUND, SEARCH, begin_search, end_search
from cohorts.usecases.propose import SEED, Kept, Wanted, keep_found, read_wanted, search
from cohorts.usecases.receive import receive
from storage.database import Database
from storage.queues import due
from storage.queues.due import DueItem
from storage.transaction import SqlTransaction
from tests.scenarios.town import SIX, Town, account, open_town, settings_in, whispered

TWELVE = (*SIX, "gil", "hope", "ida", "jon", "kim", "lou")
PATIENCE = 60.0


async def found_in(town: Town) -> tuple[Wanted, Proposal]:
    wanted = await town.ask(lambda tx: read_wanted(tx, SEED, town.clock.now()))
    assert wanted is not None
    return wanted, search(wanted)


async def kept_in(town: Town, found: tuple[Wanted, Proposal], *, anyhow: bool) -> Kept | None:
    return await town.change(lambda tx: keep_found(tx, *found, town.clock.now(), anyhow=anyhow))


async def newest(town: Town) -> Proposal:
    found = await town.ask(lambda tx: tx.proposals.newest("open"))
    assert found is not None
    return found[1]


def seats(proposal: Proposal) -> set[str]:
    return {seat.educator_id for group in proposal.groups for seat in group.members}


async def told(town: Town) -> int:
    """How often fay is told that a proposal is ready."""
    return sum("A proposal is ready" in message.text for message in await town.seen("fay"))


async def begin(town: Town) -> Begun:
    """The button, and a kill before anything is searched for."""
    event = Pressed(
        key=town.new_key(), account=account("fay"), place=Place(conversation=direct_id("fay")), action="form.propose"
    )
    begun = await town.change(lambda tx: receive(tx, event, town.clock.now()))
    assert isinstance(begun, Begun)
    return begun


async def test_others_write_while_it_is_searched(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        await town.join(*SIX)
        searching, go_on = threading.Event(), threading.Event()

        def wait(_what: str, _share: float) -> None:
            searching.set()
            go_on.wait(PATIENCE)

        task = asyncio.create_task(propose_now(town.house.database, SEED, town.clock.now, wait))
        assert await asyncio.to_thread(searching.wait, PATIENCE)
        await town.join("gil")
        go_on.set()
        kept = await task
        assert kept is not None
        assert seats(kept.proposal) == {*SIX}
        assert (await town.ask(lambda tx: forming_board(tx, tx.people.get_educator("fay")))).newcomers == 1


async def test_who_leaves_during_the_search_is_in_no_proposal(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        await town.join(*TWELVE)
        found = await found_in(town)
        await town.press("ann", "join.leave")
        assert await kept_in(town, found, anyhow=False) is None, "a seat is touched: it is searched for again"
        assert await town.ask(lambda tx: tx.proposals.newest("open")) is None
        kept = await kept_in(town, found, anyhow=True)
        assert kept is not None
        assert seats(kept.proposal) == {*TWELVE} - {"ann"}
        assert (kept.parted, kept.seated) == (1, 11)
        assert not {"ann"} & {*kept.proposal.unplaced, *kept.proposal.singletons}
        assert "2 rooms are opening" in whispered(await town.press("fay", "form.approve", kept.proposal_id))


async def test_who_says_something_else_meanwhile_is_looked_at_anew(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        await town.join(*TWELVE)
        found = await found_in(town)
        await town.join("ben", share="no")
        assert await kept_in(town, found, anyhow=False) is None
        kept = await kept_in(town, found, anyhow=True)
        assert kept is not None
        assert "ben" not in seats(kept.proposal)
        assert (await town.ask(lambda tx: forming_board(tx, tx.people.get_educator("fay")))).newcomers == 1
        assert await propose_now(town.house.database, SEED, town.clock.now)
        again = await newest(town)
        assert "ben" in seats(again) | {*again.unplaced}


async def test_a_cohort_too_small_without_them_is_dissolved_and_its_people_wait(tmp_path: Path) -> None:
    four = SIX[:4]
    async with open_town(tmp_path, *four) as town:
        await town.join(*four)
        found = await found_in(town)
        await town.press("ann", "join.pause")
        kept = await kept_in(town, found, anyhow=True)
        assert kept is not None
        assert not kept.proposal.groups
        assert {*kept.proposal.unplaced} == {*four} - {"ann"}
        assert kept.parted == 4


async def test_who_waits_without_a_seat_and_leaves_costs_no_second_search(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join(*SIX)
        await town.join("gil", language="es")
        found = await found_in(town)
        assert "gil" in found[1].unplaced
        await town.press("gil", "join.leave")
        kept = await kept_in(town, found, anyhow=False)
        assert kept is not None
        assert (kept.parted, {*kept.proposal.unplaced}) == (0, set())


async def test_what_was_moved_by_hand_meanwhile_is_never_lost(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        await town.join(*TWELVE)
        await town.press("fay", "form.propose")
        proposal = await town.open_proposal()
        found = await found_in(town)
        await town.press("fay", "form.move", f"{proposal}/ann/waiting")
        assert await kept_in(town, found, anyhow=False) is None
        kept = await kept_in(town, found, anyhow=True)
        assert kept is not None
        assert kept.proposal_id == proposal
        assert "ann" in seats(await newest(town))
        assert "Undone" in whispered(await town.press("fay", "form.undo", proposal))
        assert "ann" not in seats(await newest(town)), "as it was moved by hand"


async def test_what_was_approved_meanwhile_is_proposed_to_nobody(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        await town.join(*TWELVE)
        await town.press("fay", "form.propose")
        found = await found_in(town)
        first = (await newest(town)).groups[0]
        await town.press("fay", "form.approve", f"{await town.open_proposal()}/{first.id}")
        assert await kept_in(town, found, anyhow=False) is None
        kept = await kept_in(town, found, anyhow=True)
        assert kept is not None
        assert not seats(kept.proposal) & {seat.educator_id for seat in first.members}


async def test_what_changes_once_is_searched_for_again(tmp_path: Path) -> None:
    """At most twice; what changes then is left out, and said."""
    async with open_town(tmp_path, *TWELVE) as town:
        await town.join(*TWELVE)
        leaving, tried = iter(("ann", "ben", "cam")), list[tuple[bool, bool]]()
        await town.change(lambda tx: begin_search(tx, "fay", town.clock.now()))

        def keep(tx: SqlTransaction, wanted: Wanted | None, found: Proposal | None, *at_anyhow: object) -> bool:
            interest = tx.interests.of(next(leaving))[0]
            tx.interests.save(interest.model_copy(update={"status": "withdrawn"}))
            done = end_search(tx, "fay", wanted, found, town.clock.now(), anyhow=bool(at_anyhow[1]))
            tried.append((bool(at_anyhow[1]), done))
            return done

        await search_for_cohorts(town.house.database, SEED, town.clock.now, keep)
        assert tried == [(False, False), (True, True)]
        assert seats(await newest(town)) == {*TWELVE} - {"ann", "ben"}
        await town.house.bell.tick()
        assert "1 educator had a seat in it and has none now" in await town.reads("fay")


async def test_a_search_that_was_cut_is_done_by_whoever_is_next(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        begun, now = await begin(town), town.clock.now()
        assert "I am looking for cohorts" in whispered(begun)

        def die(tx: SqlTransaction) -> None:
            assert due.take(tx.connection, "another", now, SEARCH_LEASE, 1, (SEARCH,))

        await town.change(die)
        await town.house.bell.tick()
        assert await town.ask(lambda tx: tx.proposals.newest("open")) is None, "another worker has it"
        town.clock.go_to(now + SEARCH_LEASE)
        await town.house.bell.tick()
        assert seats(await newest(town)) == {*SIX}
        assert await told(town) == 1
        assert ("form.look.open", "") in await town.actions("fay")


class Busy:
    """A database in which a search is under way until it is let go; whatever else is asked of it goes on."""

    def __init__(self, inner: Database) -> None:
        self.inner, self.reading, self.go_on = inner, asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def read(self, work: Any, *args: Any) -> Any:
        self.reading.set()
        await self.go_on.wait()
        return await self.inner.read(work, *args)


class Eager(Searches):
    renews_every = timedelta(milliseconds=10)


async def fail(_item: DueItem, error: Exception, _now: datetime) -> None:
    raise error


async def test_a_search_that_takes_longer_than_its_lease_stays_with_whoever_has_it(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town, asyncio.timeout(PATIENCE):
        await town.join(*SIX)
        await begin(town)
        busy = Busy(town.house.database)
        searching = Eager(cast("Database", busy), "slow", town.clock.now, fail, Metrics()).begin()
        await busy.reading.wait()
        for _ in range(3):
            town.clock.go_to(later := town.clock.now() + SEARCH_LEASE * 0.9)
            while (await town.ask(leased_until)) <= later + SEARCH_LEASE / 2:  # noqa: ASYNC110 - a renewal has no event
                await asyncio.sleep(0.01)
            await town.house.bell.tick()
            assert await town.ask(lambda tx: tx.proposals.newest("open")) is None, "the slow one still has it"
        busy.go_on.set()
        assert await searching == 1
        assert seats(await newest(town)) == {*SIX}


def leased_until(tx: SqlTransaction) -> datetime:
    query = select(due.DUE.c.lease_until).where(due.DUE.c.kind == SEARCH)
    return cast("datetime", tx.connection.execute(query).scalar_one())


async def test_asked_for_twice_it_is_searched_once(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        first, again = await begin(town), await begin(town)
        assert first.key == again.key
        await town.house.bell.tick()
        await town.house.bell.tick()
        assert await told(town) == 1


async def test_a_bell_that_stops_leaves_the_search_to_the_next(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        await begin(town)
        searching = town.house.bell.search()
        await town.house.bell.stop()
        assert await searching == 0
        clock = town.clock
    async with open_house(settings_in(tmp_path), clock.now, "OFF") as house:
        town = Town(house, clock)
        await house.bell.tick()
        assert seats(await newest(town)) == {*SIX}


async def test_a_bell_that_rings_by_itself_searches_beside_everything_else(tmp_path: Path) -> None:
    """As in Slack and Discord, where the button is answered at once."""
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        async with town.house.bell.ringing(), asyncio.timeout(PATIENCE):
            await begin(town)
            while not await told(town):  # noqa: ASYNC110 - what the bell does has no event of its own
                await asyncio.sleep(0.02)
        assert seats(await newest(town)) == {*SIX}


async def test_a_round_keeps_what_somebody_began_to_change_during_its_search(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        await town.press("fay", "form.propose")
        proposal, now = await town.open_proposal(), town.clock.now()
        found = await found_in(town)
        await town.change(lambda tx: begin_search(tx, ROUND, now))
        await town.press("fay", "form.move", f"{proposal}/ann/waiting")
        assert await town.change(lambda tx: end_search(tx, ROUND, *found, now, anyhow=False))
        assert "ann" not in seats(await newest(town))
        assert await town.ask(lambda tx: tx.due.at(SEARCH, ROUND)) is None


@pytest.mark.parametrize("whose", ["fay", ROUND])
async def test_nobody_waits_any_more_when_it_is_searched(tmp_path: Path, whose: str) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join("ann")
        await town.change(lambda tx: begin_search(tx, whose, town.clock.now()))
        await town.press("ann", "join.leave")
        await town.house.bell.tick()
        assert await town.ask(lambda tx: tx.due.at(SEARCH, whose)) is None
        assert ("Nobody is waiting" in await town.reads("fay")) is (whose == "fay")


async def test_whoever_looks_meanwhile_hears_that_it_is_searched(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        await begin(town)
        assert "for 6 people who wait" in whispered(await town.press("fay", "form.look.open"))
        assert (await town.ask(lambda tx: forming_board(tx, tx.people.get_educator("fay")))).searching
        await town.house.bell.tick()
        assert "1 cohort is proposed" in whispered(await town.press("fay", "form.look.open"))
