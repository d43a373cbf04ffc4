"""A search for cohorts that fails: its page and whoever asked for it say so, and it can be tried again."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.scheduler import BACKOFF
from cohorts.events import Begun
from cohorts.usecases.board.forming import forming_board
from cohorts.usecases.look_for_cohorts import ROUND, SEARCH, begin_search
from storage.queues import due
from storage.transaction import SqlTransaction
from tests.scenarios.test_security_forming_pages import FACILITATOR, browser
from tests.scenarios.town import SIX, Town, open_town, spoken, whispered

LAST = sum(BACKOFF, timedelta())
"""So long after the first try the last one is made."""
FAILED = "The search for cohorts failed"


def spoil(tx: SqlTransaction) -> None:
    """The database keeps no proposal: no search can end well."""
    tx.connection.exec_driver_sql(
        "create trigger spoilt before insert on proposal begin insert into nowhere values (1); end"
    )


def mend(tx: SqlTransaction) -> None:
    tx.connection.exec_driver_sql("drop trigger spoilt")


async def ask_in_vain(town: Town, who: str) -> None:
    """They press the button, and it fails once."""
    await town.join(*SIX)
    await town.change(spoil)
    assert isinstance(await town.press(who, "form.propose"), Begun)


async def fail_for_good(town: Town) -> None:
    begun = town.clock.now()
    for wait in BACKOFF:
        town.clock.go_to(town.clock.now() + wait)
        await town.house.bell.tick()
    assert town.clock.now() == begun + LAST


async def cards(town: Town, name: str, words: str) -> int:
    return sum(words in spoken(message) for message in await town.seen(name))


async def failures(town: Town, name: str) -> tuple[bool, bool]:
    """Whether this reader's board says that it is searched, and that it failed."""
    board = await town.ask(lambda tx: forming_board(tx, tx.people.get_educator(name)))
    return board.searching, board.failed is not None


async def test_whoever_asked_for_it_is_told_once_why_and_what_to_do(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.settle_in("abe", "luz", **FACILITATOR)
        await ask_in_vain(town, "abe")
        assert not await cards(town, "abe", FAILED), "it is tried again by itself"
        await fail_for_good(town)
        assert await cards(town, "abe", FAILED) == 1
        said = await town.reads("abe")
        assert "The database did not answer" in said
        assert "Nobody lost their place" in said
        assert ("form.propose", "") in await town.actions("abe")
        assert not await cards(town, "luz", FAILED), "she did not ask for it"
        await town.pass_days(1)
        assert await cards(town, "abe", FAILED) == 1


async def test_the_operator_has_it_among_what_rests_and_is_told(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.settle_in("abe", **FACILITATOR)
        await ask_in_vain(town, "abe")
        await fail_for_good(town)
        assert await cards(town, "fay", "A search for cohorts could not be done") == 1
        [resting] = [one for one in await town.ask(lambda tx: due.dead(tx.connection)) if one.kind == SEARCH]
        assert (resting.ref, resting.error) == ("abe", "OperationalError")
        async with browser(town, "fay") as client:
            assert "search/abe" in (await client.get("/queues")).text


async def test_an_operator_who_asked_for_it_has_one_card_of_it(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await ask_in_vain(town, "fay")
        await fail_for_good(town)
        assert await cards(town, "fay", FAILED) == 1
        assert not await cards(town, "fay", "could not be done")


@pytest.mark.parametrize("proposed", [False, True])
async def test_the_page_says_that_it_failed_and_tries_again(tmp_path: Path, proposed: bool) -> None:
    """With a proposal that is open already, and without one."""
    async with open_town(tmp_path, *SIX, "gil") as town:
        if proposed:
            await town.join(*SIX)
            await town.press("fay", "form.propose")
            town.clock.go_to(town.clock.now() + timedelta(minutes=1))
        await ask_in_vain(town, "fay")
        await fail_for_good(town)
        await town.change(mend)
        async with browser(town, "fay") as client:
            page = (await client.get("/forming")).text
            assert FAILED in page
            assert "The database did not answer" in page
            assert "Try again" in page
            assert "being searched for" not in page
            assert 'http-equiv="refresh"' not in page
        assert FAILED in whispered(await town.press("fay", "form.look.open")) or proposed
        await town.press("fay", "form.propose")
        assert await failures(town, "fay") == (False, False)
        async with browser(town, "fay") as client:
            assert FAILED not in (await client.get("/forming")).text


async def test_while_it_is_tried_again_by_itself_the_page_says_when(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await ask_in_vain(town, "fay")
        async with browser(town, "fay") as client:
            page = (await client.get("/forming")).text
        assert "did not work. It is tried again by itself" in page
        assert "9:05" in page
        assert "being searched for" not in page


async def test_in_spanish(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.settle_in("fay", roles=("teacher", "facilitator"), language="es")
        await ask_in_vain(town, "fay")
        await fail_for_good(town)
        assert "La búsqueda de grupos falló" in await town.reads("fay")
        async with browser(town, "fay") as client:
            assert "La búsqueda de grupos falló" in (await client.get("/forming")).text


async def test_a_round_that_failed_is_said_to_all_who_may_form(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.settle_in("abe", **FACILITATOR)
        await town.join(*SIX)
        await town.change(spoil)
        await town.change(lambda tx: begin_search(tx, ROUND, town.clock.now()))
        await town.house.bell.tick()
        await fail_for_good(town)
        assert await failures(town, "abe") == (False, True)
        assert not await cards(town, "abe", FAILED), "he asked for nothing"
        assert await cards(town, "fay", "A search for cohorts could not be done") == 1
        await town.change(mend)
        await town.press("abe", "form.propose")
        assert await failures(town, "fay") == (False, False), "what somebody else searched is there for all"


async def test_a_search_whose_asker_is_gone_fails_alone(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join(*SIX)
        await town.change(spoil)

        def ask(tx: SqlTransaction, now: datetime) -> None:
            tx.due.set(SEARCH, "nobody", now)

        await town.change(lambda tx: ask(tx, town.clock.now()))
        await town.house.bell.tick()
        await fail_for_good(town)
        assert await cards(town, "fay", "A search for cohorts could not be done") == 1
