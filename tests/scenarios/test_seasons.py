"""A cycle ends: whoever wants to goes on, with the same people or with others."""

from datetime import timedelta
from pathlib import Path

from cohorts.people.model import Cohort
from cohorts.people.offers import Offer
from cohorts.usecases.candidates import candidates_to_form
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
    return {one.educator_id: one.recent_peers for one in candidates_to_form(tx, town.clock.now())}


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
