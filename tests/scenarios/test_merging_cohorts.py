"""A cohort that decays to two goes on with another one: with everybody's yes, at a step boundary, and not otherwise."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from cohorts.people.model import Cohort
from cohorts.people.offers import Offer
from storage.transaction import SqlTransaction
from tests.scenarios.test_security_forming_pages import browser
from tests.scenarios.town import SIX, Town, live_cycle, open_town, whispered

TWELVE = (*SIX, "gil", "hope", "ida", "jon", "kim", "lou")


async def decayed(town: Town, days: int = 18) -> tuple[Cohort, Cohort, Sequence[str]]:
    """The small cohort, the other one, and the two who are left in the small one."""
    small, other = await town.form(*TWELVE)
    left = small.active_members[:2]
    here = (*left, *other.active_members)
    await live_cycle(town, here, town.clock.now() + timedelta(days=days), lambda *_: False)
    return small, other, left


async def merge_offers(town: Town) -> dict[str, Offer]:
    def look(tx: SqlTransaction) -> dict[str, Offer]:
        return {name: o for name in TWELVE for o in tx.living.offers_to(name) if o.kind == "merge"}

    return await town.ask(look)


async def asked(town: Town) -> tuple[Cohort, Cohort, Sequence[str], dict[str, Offer]]:
    small, other, left = await decayed(town)
    assert f"{small.name} has 2 active people left" in await town.reads("fay")
    assert ("merge.ask", f"{small.id}/{other.id}") in await town.actions("fay")
    assert "Only this cohort's facilitator" in whispered(
        await town.press(left[0], "merge.ask", f"{small.id}/{other.id}")
    )
    assert not await merge_offers(town)
    said = whispered(await town.press("fay", "merge.ask", f"{small.id}/{other.id}"))
    assert "Everybody who is active in either is asked" in said
    offers = await merge_offers(town)
    assert set(offers) == {*left, *other.active_members}
    return small, other, left, offers


async def test_with_everybodys_yes_two_cohorts_go_on_as_one(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        small, other, left, offers = await asked(town)
        room = await town.room_of(small)
        for name, offer in offers.items():
            await town.press(name, "offer.yes", offer.id)
        await town.pass_days(8)
        merged = await town.ask(lambda tx: tx.cohorts.get(other.id))
        assert set(merged.active_members) == {*left, *other.active_members}
        ended = await town.ask(lambda tx: tx.cohorts.get(small.id))
        assert ended.status == "finished"
        assert f"goes on in {other.name}" in await town.reads(left[0])
        assert f"come from {small.name}" in await town.reads(other.active_members[0])
        assert room in {one.room.id for one in await town.house.local.people.rooms(left[0])}, "it stays readable"
        (cycle,) = [
            run for run in await town.runs("inquiry-cycle") if run.cohort_id == other.id and run.status == "running"
        ]
        assert set(cycle.role("participant")) == set(merged.active_members)
        assert "Why this cohort" in whispered(await town.press(left[0], "cohort.why.open"))
        silent = [name for name in small.active_members if name not in left]
        for name in silent:
            assert name not in merged.active_members
        follow = await town.ask(lambda tx: tx.living.offers_to(silent[0]))
        assert [one.kind for one in follow] == ["follow"]


async def test_one_no_leaves_both_as_they_are_and_is_nobodys(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        small, other, left, offers = await asked(town)
        await town.press(left[0], "offer.yes", offers[left[0]].id)
        no = other.active_members[2]
        await town.press(no, "offer.no", offers[no].id)
        await town.pass_days(3)
        for cohort in (small, other):
            now = await town.ask(lambda tx, cohort=cohort: tx.cohorts.get(cohort.id))
            assert now.active_members == cohort.active_members
            assert now.status == "active"
        for reader in (left[0], other.active_members[0], "fay"):
            text = await town.reads(reader)
            assert "did not come about" in text
        late = other.active_members[0]
        assert "is over" in whispered(await town.press(late, "offer.yes", offers[late].id))
        await town.pass_days(20)
        assert len(await merge_offers(town)) == len(offers), "nobody is asked the same again so soon"


async def test_who_is_active_is_said_of_one_thing_only(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        small, _, _ = await decayed(town)
        assert f"{small.name} has 2 active people left" in await town.reads("fay")
        async with browser(town, "fay") as client:
            page = (await client.get("/facilitator")).text
        assert "6 of 6 take part" in page, "nobody has left or paused"
        assert "6 active" not in page


async def test_silence_is_a_no(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        small, _, left, offers = await asked(town)
        for name, offer in offers.items():
            if name != left[0]:
                await town.press(name, "offer.yes", offer.id)
        await town.pass_days(8)
        assert (await town.ask(lambda tx: tx.cohorts.get(small.id))).status == "active"
        assert "did not come about" in await town.reads(left[1])


async def test_who_may_not_be_together_is_not_brought_together(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        small, other = await town.form(*TWELVE)
        left = small.active_members[:2]
        shunned = f"{other.active_members[0]}@example.org"
        await town.change(lambda tx: _avoid(tx, left[0], shunned))
        await live_cycle(town, (*left, *other.active_members), town.clock.now() + timedelta(days=18), lambda *_: False)
        text = await town.reads("fay")
        assert "no cohort now that it could go on with" in text
        assert "merge.ask" not in {action for action, _ in await town.actions("fay")}


def _avoid(tx: SqlTransaction, name: str, email: str) -> None:
    (interest,) = tx.interests.of(name)
    tx.interests.save(interest.model_copy(update={"avoid": (email,)}))


async def test_fewer_than_six_of_ten_is_told_weekly_in_numbers_and_never_by_name(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        (cohort,) = await town.form(*SIX)
        await live_cycle(town, SIX[:3], town.clock.now() + timedelta(days=24), lambda *_: False)
        told = [text for text in (await town.reads("fay")).split("\n") if "have done a step" in text]
        assert told
        assert all(f"3 of 6 in {cohort.name}" in line for line in told)
        assert not any(name.title() in line for name in SIX for line in told)
        health = await town.ask(lambda tx: tx.history.about(cohort.id, "health"))
        assert [line.facts["active"] for line in health] == ["3"] * len(health)
        assert all(later.at - one.at >= timedelta(days=7) for one, later in pairwise(health))


async def test_where_nobody_presses_both_cohorts_are_asked_a_week_later(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        _, other, left = await decayed(town)
        here = (*left, *other.active_members)
        assert not await merge_offers(town)
        await live_cycle(town, here, town.clock.now() + timedelta(days=9), lambda *_: False)
        assert set(await merge_offers(town)) == set(here)


async def test_buttons_sent_by_hand_merge_nobody(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        small, other, left, offers = await asked(town)
        assert "nothing to change" in whispered(await town.press("fay", "merge.ask", f"{other.id}/{small.id}"))
        for value in (f"{small.id}/nowhere", "/", "", f"{small.id}/{small.id}"):
            await town.press("fay", "merge.ask", value)
        mine = offers[left[0]].id
        assert "no longer here" in whispered(await town.press(left[0], "season.new", mine))
        assert "no longer here" in whispered(await town.press(left[1], "offer.yes", mine))
        assert {one.status for one in (await merge_offers(town)).values()} == {"open"}
        assert len(await merge_offers(town)) == len(offers)
