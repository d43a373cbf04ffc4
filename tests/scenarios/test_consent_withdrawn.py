"""A district withdraws its consent in week 3; somebody moves to another district: who may not be together is not."""

from datetime import timedelta
from pathlib import Path

from cohorts.events import OpenForm
from cohorts.people.model import Cohort
from cohorts.people.oneroster import update_from_roster
from cohorts.protocols.run import StepState
from cohorts.usecases.living.consent import give_consent, withdraw_consent
from cohorts.usecases.take_in import take_in_roster
from storage.transaction import SqlTransaction
from tests.scenarios.town import LEAS, SIX, Town, live_cycle, open_town, whispered

WEEK_3 = timedelta(days=16)
TWELVE = (*SIX, "gil", "hope", "ida", "jon", "kim", "lou")
FIRST, SECOND = LEAS[0][0], LEAS[1][0]


async def withdraw(town: Town, lea_id: str) -> int | None:
    looked_at = await town.change(lambda tx: withdraw_consent(tx, lea_id, town.clock.now()))
    await town.house.bell.tick()
    return looked_at


async def status_of(town: Town, name: str) -> str:
    return " ".join(i.status for i in await town.ask(lambda tx: tx.interests.of(name)))


async def in_week_3(town: Town) -> tuple[Cohort, list[str], list[str]]:
    """The cohort, its people of the first LEA, and the others; all have worked, and a sealed round is open."""
    (cohort,) = await town.form(*SIX)
    await live_cycle(town, SIX, town.clock.now() + WEEK_3 - timedelta(days=3), lambda *_: False)
    await town.tick_until(lambda tx: _predict(tx).status == "open", days=20)
    inside = [name for name in SIX if await _lea(town, name) == FIRST]
    return cohort, inside, [name for name in SIX if name not in inside]


def _predict(tx: SqlTransaction) -> StepState:
    return next(run for run in tx.runs.of_cohort(tx.cohorts.every()[0].id) if not run.parent_id).step("predict")


async def _lea(town: Town, name: str) -> str:
    return (await town.ask(lambda tx: tx.people.get_educator(name))).lea_id


async def test_its_people_go_out_are_told_and_wait_for_their_own(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        cohort, inside, outside = await in_week_3(town)
        await town.answer(
            inside[0], await town.cycle(), "predict", prediction="SEALED nobody outside reads this at all"
        )
        before = await town.reads(outside[0])
        shown = f"words of {inside[0]} identify"
        assert shown in before
        assert await withdraw(town, FIRST) == 1
        await live_cycle(town, outside, town.clock.now() + timedelta(days=10), lambda *_: False)
        here = await town.ask(lambda tx: tx.cohorts.get(cohort.id))
        assert set(here.active_members) == set(outside)
        for name in inside:
            assert await status_of(town, name) == "waiting"
            assert "has withdrawn its consent" in await town.reads(name)
            assert not [one for one in await town.house.local.people.rooms(name) if one.room.kind == "room"]
        after = await town.reads(outside[0])
        assert shown in after, "what was shared stays"
        assert "SEALED" not in after, "what was still closed does not open"
        assert f"words of {outside[1]} predict" in after, "the others' did"
        assert "colleagues go on elsewhere" in after
        assert LEAS[0][1] not in after.rpartition("go on elsewhere")[2].partition("as planned")[0]
        assert "people are out of" in await town.reads("fay")
        assert await withdraw(town, FIRST) is None, "a second time changes nothing"


async def test_nobody_of_it_is_placed_with_others_until_it_consents_again(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await withdraw(town, FIRST)
        await town.join(*SIX)
        await town.press("fay", "form.propose")
        await town.press("fay", "form.approve", await town.open_proposal())
        (cohort,) = await town.ask(lambda tx: tx.cohorts.every())
        assert not {name for name in SIX if await _lea(town, name) == FIRST} & set(cohort.active_members)
        assert await town.change(lambda tx: give_consent(tx, FIRST, town.clock.now()))
        assert not await town.change(lambda tx: give_consent(tx, FIRST, town.clock.now()))
        await town.pass_days(1.1)
        assert {await status_of(town, name) for name in SIX} == {"placed"}, "the free seats are theirs now"


async def test_enough_of_one_district_go_on_as_a_cohort_of_their_own(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.settle_in(*SIX, lea=dict.fromkeys(SIX, 0) | {"eva": 1, "finn": 1})
        (cohort,) = await town.form(*SIX)
        await town.pass_days(3)
        assert await withdraw(town, FIRST) == 1
        await town.pass_days(2)
        (own,) = [one for one in await town.ask(lambda tx: tx.cohorts.active()) if one.id != cohort.id]
        assert set(own.active_members) == set(SIX[:4])
        assert "cohort of your own now" in await town.reads("ann")
        assert {await status_of(town, name) for name in SIX} == {"placed"}


async def test_a_facilitator_of_the_district_hands_over(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.settle_in(*SIX, lea=dict.fromkeys(SIX, 1))
        (cohort,) = await town.form(*SIX)
        assert cohort.facilitator_id == "fay"
        await town.settle_in("abe", lea={"abe": 1}, roles=("teacher", "facilitator"))
        assert await _lea(town, "fay") == FIRST
        assert await withdraw(town, FIRST) == 1
        await town.pass_days(1)
        assert (await town.cohort("ann")).facilitator_id == "abe"
        assert "Abe Lee facilitates this cohort from now on" in await town.reads("ann")


async def test_a_facilitator_of_the_district_lets_go_where_nobody_takes_over(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.settle_in(*SIX, lea=dict.fromkeys(SIX, 1))
        await town.form(*SIX)
        await withdraw(town, FIRST)
        await town.pass_days(1)
        assert (await town.cohort("ann")).facilitator_id == ""


async def test_a_facilitator_who_hands_over_is_told_and_the_next_one_hears_who_is_out(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.settle_in("fay", lea={"fay": 0}, roles=("teacher", "facilitator"))
        await town.settle_in("olga", lea={"olga": 1}, roles=("operator",))
        await town.settle_in("abe", lea={"abe": 1}, roles=("teacher", "facilitator"))
        await withdraw(town, FIRST)
        await town.pass_days(1)
        told = await town.reads("fay")
        assert f"You no longer facilitate {cohort.name}: Abe Lee does from now on" in told
        assert "not about you" in told
        assert "out of" not in told, "it is hers no more"
        assert "2 people are out of" in await town.reads("abe")


async def test_where_nobody_takes_over_the_operators_hear_who_is_out(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await town.settle_in("fay", lea={"fay": 0}, roles=("teacher", "facilitator"))
        await town.settle_in("olga", lea={"olga": 1}, roles=("operator",))
        await withdraw(town, FIRST)
        await town.pass_days(1)
        assert f"You no longer facilitate {cohort.name}: it goes on without a facilitator" in await town.reads("fay")
        assert "2 people are out of" in await town.reads("olga")


async def test_who_keeps_to_their_own_district_leads_nobody_of_another(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.settle_in(*SIX, lea=dict.fromkeys(SIX, 1))
        await town.join("fay", share="no")
        (cohort,) = await town.form(*SIX)
        assert cohort.facilitator_id == ""


async def test_an_own_cohort_of_the_district_is_left_alone(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.settle_in(*SIX, lea=dict.fromkeys(SIX, 0))
        (cohort,) = await town.form(*SIX)
        assert await withdraw(town, FIRST) == 1
        assert (await town.cohort("ann")).active_members == cohort.active_members


async def test_who_moves_out_of_what_they_agreed_to_is_out_of_it(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.settle_in(*SIX, lea=dict.fromkeys(SIX, 0))
        (cohort,) = await town.form(*SIX, share="no")
        await town.pass_days(2)
        await move(town, "ann", lea_id=SECOND)
        await town.pass_days(1)
        assert "ann" not in (await town.ask(lambda tx: tx.cohorts.get(cohort.id))).active_members
        assert await status_of(town, "ann") == "waiting"
        assert "by what the roster says of you now" in await town.reads("ann")
        await move(town, "ben", evaluators=("nobody@example.org",))
        await town.pass_days(1)
        assert "ben" in (await town.ask(lambda tx: tx.cohorts.get(cohort.id))).active_members


async def test_who_moves_and_shares_stays(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(2)
        await move(town, "ann", lea_id=SECOND)
        assert "ann" in (await town.cohort("ann")).active_members
        await move(town, "ann", evaluators=("ben@example.org",))
        assert "ann" not in (await town.cohort("ann")).active_members, "never with one's evaluator"
        assert "ben" not in whispered(await town.press("ann", "home.open")).lower()


async def move(town: Town, name: str, **changes: object) -> None:
    def work(tx: SqlTransaction) -> None:
        known = tx.people.get_educator(name)
        told = known.model_copy(update=changes)
        assert update_from_roster(known, told) == told
        take_in_roster(tx, [told], town.clock.now())

    await town.change(work)


async def test_a_cohort_with_people_of_it_is_no_longer_shown_to_others(tmp_path: Path) -> None:
    """Why not another cohort: what a withdrawn district's people are in is not told to people of other districts."""
    async with open_town(tmp_path, *TWELVE) as town:
        await town.join(*TWELVE)
        await town.press("fay", "form.propose")
        await town.press("fay", "form.approve", await town.open_proposal())
        ann = await _lea(town, "ann")
        assert isinstance(await town.press("ann", "cohort.other.open"), OpenForm)
        away = next(lea for lea, *_ in LEAS if lea != ann)
        await withdraw(town, away)
        assert "no other cohort" in whispered(await town.press("ann", "cohort.other.open"))
