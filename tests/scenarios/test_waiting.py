"""Somebody waits: told every week, asked before anything gets wider, and never left without a word."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from cohorts.events import Done
from cohorts.messages import Message
from cohorts.usecases.living.ladder_answers import reach_of, widening_of
from storage.chat_journal import Heard
from storage.transaction import SqlTransaction
from tests.scenarios.town import MICROCREDENTIAL, START, Town, buttons, open_town, spoken, whispered

FIRST_ANSWERS = {"wait.widen", "wait.keep", "wait.on"}


async def digests_of(town: Town, name: str) -> Sequence[Heard]:
    return [entry for entry in await town.heard() if entry.key.startswith(f"{name}:digest:")]


async def asked(town: Town, name: str) -> list[tuple[str, list[str]]]:
    """(text, values of the answers) of every digest with a question of the ladder, oldest first."""
    found = []
    for entry in await digests_of(town, name):
        values = [f"{one.action} {one.value.partition('/')[2]}" for one in buttons(entry.message)]
        answers = [value.strip() for value in values if value.partition(" ")[0] in FIRST_ANSWERS]
        if answers:
            found.append((spoken(entry.message), answers))
    return found


async def test_each_step_is_asked_on_its_school_day_and_once(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.tick_to(START + timedelta(days=2, hours=8))
        assert not await asked(town, "ann"), "nothing is asked before the third school day"
        await town.tick_to(START + timedelta(days=9))
        ((text, answers),) = await asked(town, "ann")
        assert answers == ["wait.widen stack", "wait.keep stack"]
        assert "A wider search for your cohort" in text
        assert "unless you say yes" in text
        await town.tick_to(START + timedelta(days=30))
        kinds = [answers for _, answers in await asked(town, "ann")]
        assert kinds[0] == ["wait.widen stack", "wait.keep stack"]
        assert kinds[1] == ["wait.widen stack", "wait.widen family", "wait.keep family"]
        assert kinds[-1][-1].startswith("wait.on")


async def interest_id(town: Town, name: str) -> str:
    (interest,) = await town.ask(lambda tx: tx.interests.of(name))
    return interest.id


async def widest(town: Town, name: str) -> str:
    interest = await interest_id(town, name)

    def look(tx: SqlTransaction) -> str:
        known = tx.interests.find(interest)
        assert known
        return f"{widening_of(tx, known).widest}/{reach_of(tx, known, town.clock.now())}"

    return await town.ask(look)


async def test_an_answer_is_kept_and_taken_back_with_one_tap(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.arrive("ann")
        await town.join("ann")
        await town.pass_days(4)
        assert await widest(town, "ann") == "microcredential/stack"
        about = f"{await interest_id(town, 'ann')}/stack"
        assert isinstance(await town.press("ann", "wait.widen", about), Done)
        assert await widest(town, "ann") == "stack/stack"
        assert "I look wider for you" in await town.reads("ann")
        assert "Undone" in whispered(await town.press("ann", "wait.undo", about.partition("/")[0]))
        assert await widest(town, "ann") == "microcredential/stack"
        await town.press("ann", "wait.keep", about)
        assert await widest(town, "ann") == "microcredential/microcredential"
        await town.pass_days(5)
        assert await widest(town, "ann") == "microcredential/family"
        assert all("stack" not in " ".join(answers) for _, answers in (await asked(town, "ann"))[1:])


async def test_nobody_answers_for_somebody_else(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann", "ben") as town:
        await town.join("ann", "ben")
        await town.pass_days(4)
        about = f"{await interest_id(town, 'ann')}/stack"
        assert "no longer here" in whispered(await town.press("ben", "wait.widen", about))
        for value in ("", "/", "nonsense", f"{await interest_id(town, 'ann')}/nowhere"):
            await town.press("ann", "wait.widen", value)
        assert await widest(town, "ann") == "microcredential/stack"


async def test_the_weekly_word_counts_who_waits_and_hides_fewer_than_three(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann", "ben", "cam") as town:
        for name in ("ann", "ben", "cam"):
            await town.arrive(name)
        await town.join("ann", "ben", "cam")
        await town.pass_days(10)
        told = "\n".join(spoken(entry.message) for entry in await digests_of(town, "ann"))
        assert "You are in the queue for" in told
        assert "Fewer than three others wait there" in told
        await town.settle_in("dee")
        await town.join("dee")
        await town.pass_days(8)
        newest: Message = (await digests_of(town, "ann"))[-1].message
        assert "3 others wait there" in spoken(newest)


async def test_after_ten_school_days_there_is_a_choice(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        for days in (4, 6, 6):
            await town.pass_days(days)
            await town.press("ann", "home.open")
        text, answers = (await asked(town, "ann"))[-1]
        assert "10 school days" in text
        assert "wait.on" in answers[-1]
        interest = await interest_id(town, "ann")
        await town.press("ann", "wait.on", f"{interest}/mixed")
        assert "stay in the queue" in await town.reads("ann")
        before = len(await asked(town, "ann"))
        await town.pass_days(10)
        assert len(await asked(town, "ann")) == before, "not before ten more school days"
        await town.press("ann", "home.open")
        await town.pass_days(7)
        assert len(await asked(town, "ann")) == before + 1


async def test_a_pause_is_no_waiting(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.press("ann", "join.pause")
        await town.pass_days(8)
        await town.press("ann", "join.resume")
        await town.pass_days(2)
        assert not await asked(town, "ann"), "six school days away and two here"
        assert await widest(town, "ann") == "microcredential/microcredential"
        await town.pass_days(2)
        assert await widest(town, "ann") == "microcredential/stack"


async def test_at_the_end_of_waiting_every_way_has_its_button(tmp_path: Path) -> None:
    """Wider once more, though it was declined; go on waiting; begin alone; something else."""
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        interest = await interest_id(town, "ann")
        await town.pass_days(15)
        await town.press("ann", "wait.on", f"{interest}/mixed")
        await town.pass_days(1)
        await town.press("ann", "home.open")
        await town.pass_days(16)
        last = (await digests_of(town, "ann"))[-1].message
        said = [(one.action, one.value) for one in buttons(last) if one.action.startswith("wait.")]
        assert said[:4] == [
            ("wait.widen", f"{interest}/problem"),
            ("wait.widen", f"{interest}/mixed"),
            ("wait.on", f"{interest}/mixed"),
            ("wait.alone", f"{interest}/mixed"),
        ]
        assert said[4][0] == "wait.another.open"


async def test_who_begins_alone_is_asked_about_the_next_piece_and_keeps_their_place(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann", "ben", "cam", "dee") as town:
        await town.join("ann")
        interest = await interest_id(town, "ann")
        await town.pass_days(15)
        assert isinstance(await town.press("ann", "wait.alone", f"{interest}/mixed"), Done)
        assert "You begin on your own" in await town.reads("ann")
        assert ("evidence.open", MICROCREDENTIAL) in await town.actions("ann")
        asked_now = whispered(await town.press("ann", "coach.question.open"))
        await town.write_draft("ann")
        await town.pass_days(7)
        assert any(
            "evidence.open" in {one.action for one in buttons(entry.message)} for entry in await digests_of(town, "ann")
        )
        assert "?" in asked_now
        await town.join("ben", "cam", "dee")
        await town.press("fay", "form.propose")
        await town.press("fay", "form.approve", await town.open_proposal())
        assert "ann" in (await town.cohort("ann")).active_members
        assert await town.ask(lambda tx: tx.evidence.drafts("ann", MICROCREDENTIAL)), "what she has comes along"


async def test_beginning_alone_is_taken_back_with_one_tap(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        interest = await interest_id(town, "ann")
        await town.pass_days(15)
        before = await town.press("ann", "coach.question.open")
        await town.press("ann", "wait.alone", f"{interest}/mixed")
        assert await town.press("ann", "coach.question.open") != before
        await town.press("ann", "wait.undo", interest)
        assert await town.press("ann", "coach.question.open") == before
