"""A cycle ends: whoever wants to goes on, with the same people or with others."""

from datetime import timedelta
from itertools import combinations
from pathlib import Path

from cohorts.messages import moment
from cohorts.people.model import Cohort
from cohorts.people.offers import Offer
from cohorts.usecases.propose import SEED, read_wanted
from storage.transaction import SqlTransaction
from tests.scenarios.town import SIX, Town, live_cycle, open_town, whispered


async def season_offer(town: Town, name: str) -> Offer:
    offers = await town.ask(lambda tx: [one for one in tx.living.offers_to(name) if one.kind == "season"])
    return offers[-1]


async def ended(town: Town, *names: str) -> Cohort:
    (cohort,) = await town.form(*names)
    while (await town.ask(lambda tx: tx.cohorts.get(cohort.id))).status == "active":
        await live_cycle(town, names, town.clock.now() + timedelta(days=2), lambda *_: False)
    return cohort


async def test_everybody_is_asked_and_each_answer_counts_for_one(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await ended(town, *SIX)
        await town.pass_days(2)
        assert "Another eight weeks" in await town.reads("ann")
        offer = await season_offer(town, "ann")
        assert f"Say by {moment(offer.until, 'day_time')}" in await town.reads("ann"), (
            "two weeks off: a date, no weekday"
        )
        assert {("offer.yes", offer.id), ("season.new", offer.id), ("offer.no", offer.id)} <= await town.actions("ann")
        for name in ("ann", "ben", "cam", "dee"):
            await town.press(name, "offer.yes", (await season_offer(town, name)).id)
        said = await town.press("eva", "season.new", (await season_offer(town, "eva")).id)
        assert "not with lately" in whispered(said)
        assert "Thank you for these" in whispered(
            await town.press("finn", "offer.no", (await season_offer(town, "finn")).id)
        )
        await town.pass_days(0.1)
        statuses = await town.ask(lambda tx: {name: tx.interests.of(name)[0].status for name in SIX})
        assert statuses == dict.fromkeys(SIX[:5], "waiting") | {"finn": "finished"}
        peers = await town.ask(lambda tx: _peers(tx, town))
        assert peers["ann"] == ("eva", "finn"), "with whom one would go on is no repeat"
        assert peers["eva"] == ("ann", "ben", "cam", "dee", "finn")


def _peers(tx: SqlTransaction, town: Town) -> dict[str, tuple[str, ...]]:
    wanted = read_wanted(tx, SEED, town.clock.now())
    return {one.educator_id: one.recent_peers for one in wanted.candidates} if wanted else {}


async def test_who_has_finished_joins_again_by_the_form(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await ended(town, *SIX)
        await town.join("ann")
        assert (await town.ask(lambda tx: tx.interests.of("ann")))[0].status == "waiting"


async def test_silence_asks_nothing_more(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await ended(town, *SIX)
        await town.pass_days(25)
        assert (await season_offer(town, "ann")).status == "lapsed"
        assert (await town.ask(lambda tx: tx.interests.of("ann")))[0].status == "finished"


async def test_who_goes_on_finds_the_new_room_beside_the_old_one_by_its_name(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        old = await ended(town, *SIX)
        await town.pass_days(2)
        for name in SIX:
            await town.press(name, "offer.yes", (await season_offer(town, name)).id)
        await town.pass_days(0.1)
        await town.press("fay", "form.propose")
        await town.press("fay", "form.approve", await town.open_proposal())
        (new,) = await town.ask(lambda tx: tx.cohorts.active())
        assert new.name != old.name
        for name in ("ann", "fay"):
            rooms = [one.room.name for one in await town.house.local.people.rooms(name)]
            assert len(set(rooms)) == len(rooms), rooms


TWENTY = tuple(f"p{number:02}" for number in range(20))
NEW = ("new1", "new2")


async def test_a_season_re_formed_with_a_tenth_of_new_people_keeps_people_together(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWENTY, *NEW) as town:
        before = await town.form(*TWENTY)
        await town.tick_until(lambda tx: not tx.cohorts.active())
        for name in TWENTY[2:]:
            await town.press(name, "offer.yes", (await season_offer(town, name)).id)
        await town.pass_days(0.1)
        await town.join(*NEW)
        await town.press("fay", "form.propose")
        found = await town.ask(lambda tx: tx.proposals.newest("open"))
        assert found
        assert not found[1].unplaced
        old = {name: set(cohort.active_members) & {*TWENTY[2:]} for cohort in before for name in cohort.active_members}
        groups = [{seat.educator_id for seat in group.members} for group in found[1].groups]
        now = {name: group for group in groups for name in group}
        kept = [len(old[name] & now[name]) - 1 for name in TWENTY[2:]]
        lost = sum(2 * have < len(old[name]) - 1 for have, name in zip(kept, TWENTY[2:], strict=True))
        assert lost <= 1, (kept, groups)
        assert {*NEW} <= now.keys()


async def test_who_wants_new_people_is_kept_apart_from_the_old_ones(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWENTY[:12]) as town:
        before = await town.form(*TWENTY[:12])
        await town.tick_until(lambda tx: not tx.cohorts.active())
        for name in TWENTY[:12]:
            await town.press(name, "season.new", (await season_offer(town, name)).id)
        await town.pass_days(0.1)
        await town.press("fay", "form.propose")
        found = await town.ask(lambda tx: tx.proposals.newest("open"))
        assert found
        met = {frozenset(pair) for cohort in before for pair in combinations(cohort.active_members, 2)}
        again = [
            pair
            for group in found[1].groups
            for pair in combinations([seat.educator_id for seat in group.members], 2)
            if frozenset(pair) in met
        ]
        pairs = sum(len(group.members) * (len(group.members) - 1) // 2 for group in found[1].groups)
        assert len(again) < pairs / 2, "of two cohorts of six, half of each can be new to the others"
