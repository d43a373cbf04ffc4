"""Much fails at once: whom it concerns hears of each once, and nobody else is read for it."""

from datetime import timedelta
from pathlib import Path

from cohorts.ports import Delivery
from cohorts.usecases.ask_facilitator import questions_of, tell_of_failure
from storage.transaction import SqlTransaction
from tests.scenarios.test_many_waiting import asked
from tests.scenarios.town import SIX, Town, open_town


def failing(conversation: str, town: Town) -> Delivery:
    place = {"platform": "local", "workspace": "local", "conversation": conversation}
    return Delivery(key=f"{conversation}:welcome", **place, purpose="reply", not_before=town.clock.now())


async def with_operator(town: Town) -> None:
    await town.settle_in("abe", roles=("teacher", "operator"))
    await town.join(*SIX)


async def test_of_everybody_only_those_who_lead_are_read(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await with_operator(town)

        def fail(tx: SqlTransaction) -> None:
            for person in SIX:
                tell_of_failure(tx, failing(f"dm:{person}", town), "away", town.clock.now())

        read = await asked(town, fail, changing=True)
        assert len([one for one in read if "like" in one.lower() and "FROM educator" in one]) == 1, "\n".join(read)
        assert not [one for one in read if "FROM educator ORDER BY" in one]


async def test_each_is_kept_once_a_day_however_many_there_are(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await with_operator(town)

        def fail(tx: SqlTransaction) -> None:
            for person in SIX * 2:
                tell_of_failure(tx, failing(f"dm:{person}", town), "away", town.clock.now())

        await town.change(fail)
        await town.change(fail)
        assert len(await town.ask(lambda tx: questions_of(tx, "abe"))) == len(SIX)
        town.clock.go_to(town.clock.now() + timedelta(days=1))
        await town.change(fail)
        assert len(await town.ask(lambda tx: questions_of(tx, "abe"))) == 2 * len(SIX)


async def test_keys_that_differ_in_a_letters_case_are_two(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await with_operator(town)

        def fail(tx: SqlTransaction) -> None:
            for conversation in ("cohort:c1", "cohort:C1", "cohort:c_", "cohort:c%"):
                tell_of_failure(tx, failing(conversation, town), "away", town.clock.now())

        await town.change(fail)
        assert len(await town.ask(lambda tx: questions_of(tx, "abe"))) == 4
