"""Thirteen people and cohorts of four to six; one lone physics teacher."""

from pathlib import Path

from cohorts.forming.form import form_cohorts
from cohorts.forming.model import Policy
from cohorts.usecases.candidates import waiting_candidates
from cohorts.usecases.propose import SEED, read_wanted
from storage.transaction import SqlTransaction
from tests.scenarios.town import SIX, START, Town, open_town, whispered

THIRTEEN = (*SIX, "gil", "hope", "ida", "jon", "kim", "lou", "mia")
FOUR_TO_SIX = Policy(smallest=4, target=5, largest=6)
NEAR = "data-driven-small-groups"
"""Of the same stack as what all others want."""


async def test_thirteen_people_in_cohorts_of_four_to_six_leave_nobody_out(tmp_path: Path) -> None:
    async with open_town(tmp_path, *THIRTEEN) as town:
        await town.join(*THIRTEEN)
        candidates = await town.ask(waiting_candidates)
        proposal = form_cohorts(candidates, FOUR_TO_SIX, 7, START)
        assert not proposal.unplaced
        assert sorted(len(group.members) for group in proposal.groups) == [4, 4, 5]


async def test_thirteen_people_are_all_seated_by_the_button(tmp_path: Path) -> None:
    async with open_town(tmp_path, *THIRTEEN) as town:
        cohorts = await town.form(*THIRTEEN)
        assert sorted(len(cohort.members) for cohort in cohorts) == [6, 7]
        assert {name for cohort in cohorts for name in cohort.active_members} == set(THIRTEEN)


async def interest_of(town: Town, name: str) -> str:
    return (await town.ask(lambda tx: tx.interests.of(name)))[0].id


async def test_who_stays_within_their_district_is_not_promised_others(tmp_path: Path) -> None:
    async with open_town(tmp_path, "lou") as town:
        await town.join("lou", share="no")
        told = await town.reads("lou")
        assert "across districts first" not in told
        assert "you asked to stay within it" in told
        await town.pass_days(15)
        assert "3 more colleagues there on the same work would make a cohort" in await town.reads("lou")


async def test_one_lone_physics_teacher_is_asked_and_then_seated(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "lou") as town:
        await town.arrive("lou")
        await town.join("lou", microcredential=NEAR, subject="Physics", grade_band="9-12")
        assert "I look across districts first" in await town.reads("lou")
        await town.pass_days(3.2)
        await town.press("lou", "wait.widen", f"{await interest_of(town, 'lou')}/stack")
        await town.join(*SIX)
        (cohort,) = await town.form(*SIX)
        assert "lou" in cohort.active_members, "she said yes already, so she is not asked again"
        assert not await town.ask(lambda tx: tx.living.offers_to("lou"))
        assert "Why this cohort" in whispered(await town.press("lou", "cohort.why.open"))


async def test_a_lone_teacher_who_keeps_waiting_is_never_seated_wider_and_always_told(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "lou") as town:
        await town.arrive("lou")
        await town.join("lou", microcredential=NEAR, subject="Physics", grade_band="9-12")
        for _ in range(6):
            await town.pass_days(5)
            await town.press("lou", "wait.keep", f"{await interest_of(town, 'lou')}/mixed")
        (cohort,) = await town.form(*SIX)
        assert "lou" not in cohort.active_members
        weeks = {e.at.isocalendar().week for e in await town.heard() if e.key.startswith("lou:digest:")}
        assert len(weeks) >= 4, "told every week"
        assert "Lou Lee has waited" in await town.reads("fay")


async def test_who_was_together_lately_is_known_to_forming(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.press("ann", "join.leave")
        await town.join("ann")
        peers = await town.ask(lambda tx: _peers(tx, town))
        assert peers == {"ann": tuple(sorted({*SIX} - {"ann"}))}


def _peers(tx: SqlTransaction, town: Town) -> dict[str, tuple[str, ...]]:
    wanted = read_wanted(tx, SEED, town.clock.now())
    return {one.educator_id: one.recent_peers for one in wanted.candidates} if wanted else {}
