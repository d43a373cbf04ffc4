"""Somebody comes later: a free seat at once, a wider one only after their yes, none beyond what they agreed to."""

from pathlib import Path

from cohorts.people.model import Cohort
from storage.transaction import SqlTransaction
from tests.scenarios.town import SIX, Town, open_town, spoken, whispered

NEAR = "data-driven-small-groups"
"""Another microcredential of the same stack."""


async def status_of(town: Town, name: str) -> str:
    return " ".join(i.status for i in await town.ask(lambda tx: tx.interests.of(name)))


async def approve(town: Town) -> str:
    await town.press("fay", "form.propose")
    return whispered(await town.press("fay", "form.approve", await town.open_proposal()))


async def only(town: Town) -> Cohort:
    (cohort,) = await town.ask(lambda tx: tx.cohorts.every())
    return cohort


def _has_met(tx: SqlTransaction) -> bool:
    runs = tx.runs.of_cohort(tx.cohorts.active()[0].id)
    return bool(runs) and runs[0].steps[0].status == "done"


async def test_who_joins_a_day_later_is_seated_in_a_young_cohort(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.form(*SIX)
        await town.pass_days(1)
        await town.join("gil")
        await town.pass_days(2)
        cohort = await town.cohort("gil")
        assert set(cohort.active_members) == {*SIX, "gil"}
        assert await status_of(town, "gil") == "placed"
        assert "Gil Lee joins this cohort" in await town.reads("ben")
        assert "Gil Lee has joined" in await town.reads("fay")
        assert [room for room in await town.house.local.people.rooms("gil") if room.room.kind == "room"]
        assert (await town.cycle()).role("participant")[-1] == "gil"
        assert "Why this cohort" in whispered(await town.press("gil", "cohort.why.open"))
        told = [e for e in await town.heard() if e.key.startswith("gil:digest:")]
        assert "Your cohort is here" in spoken(told[0].message)


async def test_nobody_is_seated_with_their_evaluator_or_in_a_full_or_grown_cohort(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil", "hope", "ida", "jon") as town:
        await town.settle_in("gil", evaluators=("ben@example.org",))
        await town.form(*SIX)
        await town.join("gil")
        await town.join("hope", "ida")
        await town.pass_days(2)
        assert await status_of(town, "gil") == "waiting"
        assert set((await only(town)).active_members) == {*SIX, "hope", "ida"}
        await town.join("jon")
        await town.pass_days(2)
        assert await status_of(town, "jon") == "waiting", "eight are enough"


async def test_a_cohort_that_has_left_its_first_step_takes_nobody_in(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.form(*SIX)
        await town.tick_until(_has_met)
        await town.join("gil")
        await town.pass_days(2)
        assert await status_of(town, "gil") == "waiting"


async def test_a_wider_seat_is_offered_and_held_and_never_imposed(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join("gil", microcredential=NEAR)
        await town.join(*SIX[:5])
        await town.pass_days(3.2)
        said = await approve(town)
        assert "1 person is asked first" in said
        assert set((await only(town)).active_members) == set(SIX[:5])
        assert await status_of(town, "gil") == "proposed"
        await town.pass_days(1)
        ((offer,),) = [await town.ask(lambda tx: tx.living.offers_to("gil"))]
        assert ("offer.yes", offer.id) in await town.actions("gil")
        assert "wider than you asked for" in await town.reads("gil")
        assert "no longer here" in whispered(await town.press("ann", "offer.yes", offer.id)), "it is gil's alone"
        assert "I bring you in" in whispered(await town.press("gil", "offer.yes", offer.id))
        await town.pass_days(0.1)
        assert "gil" in (await only(town)).active_members
        assert await status_of(town, "gil") == "placed"
        assert "is over" in whispered(await town.press("gil", "offer.no", offer.id))


async def test_no_and_silence_keep_the_place_in_the_queue(tmp_path: Path) -> None:
    for says in ("offer.no", ""):
        folder = tmp_path / (says or "silent")
        folder.mkdir()
        async with open_town(folder, *SIX, "gil") as town:
            await town.join("gil", microcredential=NEAR)
            await town.join(*SIX[:5])
            await town.pass_days(3.2)
            await approve(town)
            (offer,) = await town.ask(lambda tx: tx.living.offers_to("gil"))
            if says:
                assert "nobody learns of it" in whispered(await town.press("gil", says, offer.id))
            await town.pass_days(6)
            assert await status_of(town, "gil") == "waiting"
            assert set((await only(town)).active_members) == set(SIX[:5])
            assert "gil" not in str(await town.reads("ann"))


async def test_a_cohort_too_small_without_those_asked_waits_for_their_answers(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX[:3])
        await town.join(*SIX[3:], microcredential=NEAR)
        await town.pass_days(3.2)
        assert "asked first" in await approve(town)
        assert not await town.ask(lambda tx: tx.cohorts.every())
        offers = {
            name: offer for name in SIX for offer in await town.ask(lambda tx, name=name: tx.living.offers_to(name))
        }
        assert offers
        for name, offer in offers.items():
            await town.press(name, "offer.yes", offer.id)
        await town.pass_days(0.1)
        assert set((await only(town)).active_members) == set(SIX)


async def test_a_held_cohort_that_too_few_want_lets_everybody_wait_on(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX[:3])
        await town.join(*SIX[3:], microcredential=NEAR)
        await town.pass_days(3.2)
        await approve(town)
        await town.pass_days(7)
        assert not await town.ask(lambda tx: tx.cohorts.every())
        assert {await status_of(town, name) for name in SIX} == {"waiting"}


async def test_after_ten_school_days_a_person_is_told(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.pass_days(17)
        assert "Ann Lee has waited" in await town.reads("fay")
        before = (await town.reads("fay")).count("Ann Lee has waited")
        await town.pass_days(10)
        assert (await town.reads("fay")).count("Ann Lee has waited") == before, "told once for each wait"


async def test_a_seat_that_is_gone_when_somebody_says_yes_is_told(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join("gil", microcredential=NEAR)
        await town.join(*SIX[:5])
        await town.pass_days(3.2)
        await approve(town)
        (offer,) = await town.ask(lambda tx: tx.living.offers_to("gil"))
        await town.settle_in("gil", evaluators=("ben@example.org",))
        await town.press("gil", "offer.yes", offer.id)
        await town.pass_days(1)
        assert "gil" not in (await only(town)).active_members
        assert await status_of(town, "gil") == "waiting"
        assert "not there any more" in await town.reads("gil")
        assert "ben" not in (await town.reads("gil")).lower()


async def test_a_held_cohort_keeps_to_what_is_consented_to_when_it_opens(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX[:3])
        await town.join(*SIX[3:], microcredential=NEAR)
        await town.pass_days(3.2)
        await approve(town)
        await town.settle_in("ann", evaluators=("finn@example.org",))
        for name in SIX:
            for offer in await town.ask(lambda tx, name=name: tx.living.offers_to(name)):
                await town.press(name, "offer.yes", offer.id)
        await town.pass_days(1)
        here = set((await only(town)).active_members)
        (out,) = {*SIX} - here
        assert out in ("ann", "finn"), "one of the two who may not be together"
        assert await status_of(town, out) == "waiting"
        assert "not there any more" in await town.reads(out)
