"""What ends is told in time, what was promised weekly comes weekly, and what is told is true on the day it is told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cohorts.nudging.model import NudgeRecord
from tests.scenarios.test_living_seats import NEAR, approve
from tests.scenarios.test_waiting import asked, digests_of
from tests.scenarios.town import SIX, START, Town, buttons, open_town, spoken, whispered

HERE, THERE = 0, 1
"""Two districts."""
NAMED = "Foundations"
"""The stack of what everybody here wants."""


async def sent_to(town: Town, name: str) -> Sequence[NudgeRecord]:
    """The digests that this person got in the last ten weeks, oldest first."""
    since = town.clock.now() - timedelta(weeks=10)
    records = await town.ask(lambda tx: tx.nudges.records(name, since))
    return [record for record in records if record.sent]


async def offer_to_who_lets_all_lie(town: Town) -> datetime:
    """Gil has answered neither question of the ladder when a seat is offered; until when it stands."""
    await town.join("gil", microcredential=NEAR)
    await town.tick_to(START + timedelta(days=10, hours=6))
    assert [record.opened for record in await sent_to(town, "gil")][-2:] == [False, False]
    await town.join(*SIX[:5])
    assert "1 person is asked first" in await approve(town)
    (offer,) = await town.ask(lambda tx: tx.living.offers_to("gil"))
    return offer.until


async def test_an_offer_is_told_before_it_lapses_though_the_last_digests_went_unread(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        until = await offer_to_who_lets_all_lie(town)
        await town.tick_to(until - timedelta(minutes=1))
        told = [entry for entry in await digests_of(town, "gil") if "offer.yes" in str(buttons(entry.message))]
        assert told
        assert "it ends at a date" in spoken(told[0].message)
        (offer,) = await town.ask(lambda tx: tx.living.offers_to("gil"))
        assert offer.status == "open"


async def test_why_an_offer_came_nevertheless_is_kept_and_told_for_that_message_alone(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        until = await offer_to_who_lets_all_lie(town)
        await town.tick_to(until - timedelta(minutes=1))
        why = whispered(await town.press("gil", "nudge.why"))
        assert [record.in_time for record in await sent_to(town, "gil")] == [False, False, True]
        assert why.count("It ended at a date, so it came although the last ones had gone unread.") == 1


async def test_whoever_reacts_to_nothing_still_reads_every_week_that_they_wait(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.pass_days(63)
        told = [record.at for record in await sent_to(town, "ann") if "queue" in record.kinds]
        assert len(told) >= 8
        assert max(later - one for one, later in pairwise(told)) <= timedelta(days=7, hours=1)
        assert town.clock.now() - told[-1] < timedelta(days=8)


async def test_what_only_tells_is_ignored_by_nobody(tmp_path: Path) -> None:
    """A weekly word lies unread and then a question: the next question is asked on its day."""
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.press("fay", "form.propose")  # there is a reason to tell, so the weekly word begins at once
        await town.pass_days(10)
        kinds = [record.kinds for record in await sent_to(town, "ann")]
        assert ("queue",) in kinds
        told = [
            "less often" in spoken(entry.message)
            for entry in await digests_of(town, "ann")
            if "wait.widen" in str(buttons(entry.message))
        ]
        assert told == [False, False]


async def home(town: Town, name: str) -> str:
    return whispered(await town.press(name, "home.open"))


async def test_the_reason_of_the_last_round_is_told_with_its_day(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann", "ben", "cam", "dee") as town:
        await town.join("ann")
        await town.press("fay", "form.propose")
        await town.pass_days(1)
        await town.join("ben", "cam", "dee")
        told = await home(town, "ann")
        now, then, *_ = told.split("When I last looked for cohorts, on January 12, it was so:")
        assert "3 others wait there" in now
        assert "3 more people on this work would make a cohort" in then
        await town.pass_days(8)
        assert "on January 12, it was so:" in "\n".join(spoken(one.message) for one in await digests_of(town, "ann"))


async def test_the_day_of_an_approved_round_is_the_day_it_was_searched_for(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join("gil", grade_band="3-5", grades="own")
        await town.join(*SIX)
        await town.press("fay", "form.propose")
        await town.pass_days(2)
        await town.press("fay", "form.approve", await town.open_proposal())
        told = await home(town, "gil")
        assert "When I last looked for cohorts, on January 12, it was so:" in told
        assert "You asked for people of your own grades alone. 3 more people" in told


FEWER = "Fewer than three others wait there"


async def settle_districts(town: Town, here: Sequence[str], there: Sequence[str]) -> None:
    await town.settle_in(*here, *there, lea={**dict.fromkeys(here, HERE), **dict.fromkeys(there, THERE)})


async def tell_of_queue(town: Town) -> None:
    """From the sixth school day on Home tells everybody who waits how many wait with them."""
    await town.pass_days(7)


async def test_who_stays_in_their_district_reads_how_many_wait_there(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await settle_districts(town, ("ann", "ben", "cam"), ("dee", "eva", "finn"))
        await town.join("ann", share="no")
        await town.join("ben", "cam", "dee", "eva", "finn")
        await tell_of_queue(town)
        assert FEWER in await home(town, "ann"), "two of her district, and three she may not be with"
        assert "5 others wait there" in await home(town, "ben"), "ann too: she stays in his own district"
        assert "4 others wait there" in await home(town, "dee"), "not ann"


async def test_who_may_be_with_all_reads_nothing_of_those_who_stay_elsewhere(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await settle_districts(town, ("ann", "ben", "cam", "gil"), ("dee", "eva", "finn"))
        await town.join("ann", "ben", "cam", share="no")
        await town.join("dee", "eva", "finn", "gil")
        await tell_of_queue(town)
        assert "3 others wait there" in await home(town, "dee"), "eva, finn and gil"
        assert "6 others wait there" in await home(town, "gil"), "all, as three of them stay in his own district"
        assert "3 others wait there" in await home(town, "ann"), "ben, cam and gil"
        await town.change(lambda tx: tx.living.close_lea("4800002", town.clock.now()))
        assert FEWER in await home(town, "dee"), "her district keeps to itself now: eva and finn"
        assert "3 others wait there" in await home(town, "gil")


async def test_who_keeps_to_their_own_grades_reads_how_many_of_them_wait_and_others_do_not_count_them(
    tmp_path: Path,
) -> None:
    async with open_town(tmp_path, *SIX, "gil", "hope") as town:
        await town.join("gil", grade_band="3-5", grades="own")
        await town.join("hope", grade_band="3-5")
        await town.join("ann", "ben", "cam")
        await town.join("dee", grade_band="K-2")
        await tell_of_queue(town)
        assert FEWER in await home(town, "gil"), "hope alone"
        assert "5 others wait there" in await home(town, "hope")
        assert "4 others wait there" in await home(town, "ann"), "not gil"


async def test_the_question_of_other_grades_counts_whom_a_yes_would_add(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann", "ben", "cam", "gil") as town:
        await town.join("gil", grade_band="3-5", grades="own")
        await town.join("ann", "ben", "cam")
        await town.pass_days(1.5)
        ((text, answers),) = await asked(town, "gil")
        assert answers == ["wait.widen microcredential", "wait.keep microcredential"]
        assert "people of other grades on your microcredential as well. 3 others wait there" in text


async def test_the_question_names_the_stack(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann", "ben") as town:
        await town.join("ann")
        await town.join("ben", language="es")
        await town.pass_days(4)
        ((english, _),) = await asked(town, "ann")
        ((spanish, _),) = await asked(town, "ben")
        assert f"people on other microcredentials of the stack “{NAMED}”" in english
        assert f"personas con otras microcredenciales del itinerario «{NAMED}»" in spanish
