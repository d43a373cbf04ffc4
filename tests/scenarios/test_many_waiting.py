"""However many wait, they are read in the same few questions."""

from collections.abc import Callable
from pathlib import Path

from cohorts.events import Recorded
from cohorts.forming.ladder import Widening
from cohorts.usecases.board.forming import forming_board
from cohorts.usecases.board.forming_report import report_board
from cohorts.usecases.living.ladder_answers import keep_widening
from cohorts.usecases.propose import SEED, read_wanted
from storage.transaction import SqlTransaction
from tests.scenarios.test_proposing import TWELVE
from tests.scenarios.town import SIX, Town, open_town


async def asked(town: Town, work: Callable[[SqlTransaction], object], *, changing: bool = False) -> list[str]:
    """What the database is asked."""
    statements: list[str] = []

    def watched(tx: SqlTransaction) -> None:
        raw = tx.connection.connection.driver_connection
        raw.set_trace_callback(statements.append)  # type: ignore[union-attr]
        try:
            work(tx)
        finally:
            raw.set_trace_callback(None)  # type: ignore[union-attr]

    await (town.change if changing else town.ask)(watched)
    return statements


async def test_forming_asks_as_much_of_twelve_as_of_six(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:

        def read(tx: SqlTransaction) -> None:
            assert read_wanted(tx, SEED, town.clock.now())

        await town.join(*SIX)
        few = await asked(town, read)
        await town.join(*TWELVE[6:])
        many = await asked(town, read)
        assert len(many) == len(few) < 20, "\n".join(many)


async def test_the_board_and_the_report_ask_as_much_of_twelve_as_of_six(tmp_path: Path) -> None:
    for look in (forming_board, report_board):
        counts = []
        for people in (SIX, TWELVE):
            async with open_town(tmp_path / f"{look.__name__}-{len(people)}", *people) as town:
                await town.settle_in("abe", roles=("teacher", "facilitator"))
                await town.join(*people)
                await town.press("fay", "form.propose")
                counts.append(await asked(town, lambda tx, look=look: look(tx, tx.people.get_educator("abe"))))
        few, many = counts
        assert len(many) == len(few) < 30, "\n".join(many)


async def test_what_was_read_of_all_is_what_each_said(tmp_path: Path) -> None:
    """Their ladders, pauses and cohorts of late, as they are read one by one."""
    async with open_town(tmp_path, *TWELVE) as town:
        (cohort,) = await town.form(*SIX)
        await town.join(*TWELVE[6:])
        now = town.clock.now()

        def change(tx: SqlTransaction) -> None:
            for number, name in enumerate(TWELVE):
                mine = tx.interests.of(name)[0].model_copy(update={"status": "waiting"})
                tx.interests.save(mine)
                keep_widening(tx, mine, Widening(widest="family" if number % 2 else "stack", own_grades=number == 3))
            facts = {"until": "2026-01-12"}
            tx.history.append(Recorded(at=now, kind="paused", subject="ann", actor="ann", facts=facts))

        await town.change(change)
        wanted = await town.ask(lambda tx: read_wanted(tx, SEED, now))
        assert wanted
        found = {one.educator_id: one for one in wanted.candidates}
        assert [found[name].widest for name in TWELVE] == ["stack", "family"] * 6
        assert [name for name in TWELVE if found[name].grades == "own"] == [TWELVE[3]]
        assert {name: {*found[name].recent_peers} for name in TWELVE} == {
            name: {*cohort.active_members} - {name} if name in SIX else set() for name in TWELVE
        }
        assert {one.platform for one in wanted.candidates} == {"local"}
