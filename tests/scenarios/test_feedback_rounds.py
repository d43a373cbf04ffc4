"""Tuning a draft: reviewers come, stay silent, leave; authors are late; facilitators say nothing."""

from datetime import timedelta
from pathlib import Path

from cohorts.events import FieldErrors, Held, Whisper
from cohorts.protocols.run import Run
from storage.chat_journal import Heard
from tests.scenarios.town import SIX, Town, live_cycle, open_town, spoken, whispered

SEVEN = (*SIX, "gil")


async def begun(town: Town, names: tuple[str, ...] = SEVEN, author: str = "ann") -> Run:
    """Everybody in one cohort; the author's round is open for sharing, beside the cycle."""
    (cohort,) = await town.form(*names)
    await town.pass_days(1)
    await town.write_draft(author)
    run = await town.begin("tune-a-draft", cohort, presenter=author)
    await town.tick_until(lambda tx: tx.runs.get(run.id).step("share").status == "open")
    return await town.run(run.id)


async def asked(town: Town, run: Run) -> dict[str, str]:
    """Reviewer → state, of those still asked or done."""
    found = await town.ask(lambda tx: tx.feedback.of_run(run.id))
    return {assignment.reviewer: assignment.status for assignment in found if assignment.live}


async def reach(town: Town, run: Run, step: str) -> None:
    await town.tick_until(lambda tx: tx.runs.get(run.id).step(step).status == "open")


async def test_two_days_late_and_still_two_reviews(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SEVEN) as town:
        run = await begun(town)
        due = run.step("share").due_of("ann")
        assert due is not None
        await town.tick_to(due + timedelta(days=2) - timedelta(hours=8))
        await town.answer("ann", await town.run(run.id), "share")
        await live_cycle(town, SEVEN, town.clock.now() + timedelta(days=14), lambda _, step: step == "respond")
        reviews = await town.ask(lambda tx: tx.feedback.reviews(run.id))
        assert len(reviews) >= 2
        assert {review.reviewer for review in reviews} <= set(SEVEN) - {"ann"}
        assert "words of" in await town.reads("ann")


async def test_silent_reviewers_are_replaced_at_half_of_their_window(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SEVEN) as town:
        run = await begun(town)
        await town.answer("ann", run, "share")
        await reach(town, run, "examine")
        before = await asked(town, run)
        assert len(before) == 3
        await town.tick_until(lambda tx: any(a.status == "swapped" for a in tx.feedback.of_run(run.id)))
        swapped = [a for a in await town.ask(lambda tx: tx.feedback.of_run(run.id)) if a.status == "swapped"]
        for assignment in swapped:
            assert assignment.opened_at is not None
            assert assignment.due is not None
            assert (
                assignment.opened_at + (assignment.due - assignment.opened_at) / 3 < town.clock.now() < assignment.due
            )
        after = await asked(town, run)
        assert len(after) == 3
        assert set(before) - set(after) == {assignment.reviewer for assignment in swapped}
        assert set(after) == set((await town.run(run.id)).role("reviewer"))


async def test_where_readers_stay_silent_the_facilitator_is_asked_and_the_round_waits(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SEVEN) as town:
        run = await begun(town)
        await town.answer("ann", run, "share")
        await reach(town, run, "examine")
        await town.answer(next(iter(await asked(town, run))), await town.run(run.id), "examine")
        await town.tick_until(lambda tx: "fay" in tx.runs.get(run.id).role("reviewer"))
        await town.pass_days(3)
        assert "so I ask you for one" in await town.reads("fay")
        assert ("step.answer.open", f"{run.id}/examine") in await town.actions("fay")
        assert (await town.run(run.id)).step("examine").status == "open"
        await town.answer("fay", await town.run(run.id), "examine")
        await town.pass_days(12)
        read = await town.reads("ann")
        assert "words of fay examine on see" in read
        assert "you should have" not in read
        assert len(await town.ask(lambda tx: tx.feedback.reviews(run.id))) == 2


async def test_only_when_nobody_is_left_a_round_closes_short_and_says_so(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SEVEN) as town:
        run = await begun(town)
        await town.answer("ann", run, "share")
        await reach(town, run, "examine")
        await town.answer(next(iter(await asked(town, run))), await town.run(run.id), "examine")
        await town.tick_until(lambda tx: tx.runs.get(run.id).step("examine").status == "done")
        await town.pass_days(4)
        everybody = {a.reviewer for a in await town.ask(lambda tx: tx.feedback.of_run(run.id))}
        assert everybody == set(SEVEN) - {"ann"} | {"fay"}
        assert "Ann Lee, 1 review has come of your draft, and you should have 2." in await town.reads("ann")


async def test_a_reviewer_who_leaves_is_replaced(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SEVEN) as town:
        run = await begun(town)
        await town.answer("ann", run, "share")
        await reach(town, run, "examine")
        gone = next(iter(await asked(town, run)))
        await town.press(gone, "join.leave")
        after = await asked(town, run)
        assert gone not in after
        assert len(after) == 3
        assert "no longer here" in whispered(await town.press(gone, "step.answer.open", f"{run.id}/examine"))


async def test_a_facilitator_who_says_nothing_holds_nobody_up_and_the_room_is_told(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SEVEN) as town:
        run = await begun(town)
        await town.tick_until(lambda tx: tx.runs.get(run.id).step("share").asked_facilitator_at is not None)
        asked_at = (await town.run(run.id)).step("share").asked_facilitator_at
        assert asked_at is not None
        await town.pass_days(1)
        assert "needs a word from you" in await town.reads("fay")
        assert not await moved(town, run)
        await town.tick_until(lambda tx: tx.runs.get(run.id).status == "ended")
        assert town.clock.now() == asked_at + timedelta(hours=48)
        await town.pass_days(4)
        (told,) = await moved(town, run)
        assert told.thread == await town.thread_of(run)
        assert set(SEVEN) <= set(told.readers)
        assert "moves on by itself" in told.message.text


async def test_a_facilitator_who_gives_time_is_heard(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SEVEN) as town:
        run = await begun(town)
        await town.tick_until(lambda tx: tx.runs.get(run.id).step("share").asked_facilitator_at is not None)
        assert "Two more school days" in whispered(await town.press("fay", "lead.extend", f"{run.id}/share"))
        assert (await town.run(run.id)).step("share").closes_at > town.clock.now() + timedelta(days=1)
        assert "Moved on" in whispered(await town.press("fay", "lead.advance", f"{run.id}/share"))
        assert "nothing to change" in whispered(await town.press("fay", "lead.advance", f"{run.id}/share"))
        await town.pass_days(5)
        assert not await moved(town, run)  # the facilitator decided, so nothing moved by itself


async def moved(town: Town, run: Run) -> list[Heard]:
    """Where the room heard that this run goes on by itself."""
    return [entry for entry in await town.heard() if entry.key.startswith(f"{run.id}:share:moved@")]


async def test_a_presenter_who_should_listen_is_asked_to_hold(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SEVEN) as town:
        run = await begun(town)
        await town.answer("ann", run, "share")
        for step in ("clarify", "examine"):
            await reach(town, run, step)
            for name in await asked(town, run):
                await town.answer(name, await town.run(run.id), step)
        await reach(town, run, "talk")
        cohort = await town.cohort("ann")
        place = {"room": await town.room_of(cohort), "thread": await town.thread_of(run)}
        held = await town.post("ann", text="But what I meant was this.", **place)
        assert isinstance(held, Held)
        assert "Please hold this" in spoken(held.message)
        assert not isinstance(await town.post("ben", text="I see it differently.", **place), Held)
        assert not isinstance(await town.post("ann", room=place["room"], text="Lunch, anybody?"), Held)
        await reach(town, run, "respond")
        assert not isinstance(await town.post("ann", text="Thank you all.", **place), Whisper)


async def test_praise_alone_does_not_pass(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SEVEN) as town:
        run = await begun(town)
        await town.answer("ann", run, "share")
        await reach(town, run, "examine")
        name = next(iter(await asked(town, run)))
        await town.answer(
            name, await town.run(run.id), "examine", **{"try": "Great work! Really great, well done, love it."}
        )
        assert name not in (await town.run(run.id)).step("examine").answered


async def test_ten_school_days_of_silence_give_the_facilitator_one_card(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await live_cycle(town, SIX[1:], town.clock.now() + timedelta(days=13), lambda *_: False)
        assert "has been quiet" not in await town.reads("fay")
        await live_cycle(town, SIX[1:], town.clock.now() + timedelta(days=7), lambda *_: False)
        cards = [e for e in await town.heard() if "Ann Lee has been quiet" in str(e.message)]
        assert len(cards) == 1
        assert cards[0].readers == ("fay",)
        assert "Ben Lee has been quiet" not in await town.reads("fay")


async def test_a_draft_that_names_a_student_is_looked_at_before_the_cohort_reads_it(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SEVEN) as town:
        run = await begun(town)
        named = await town.write_draft(
            "ann", about="My student Maria Lopez wrote three sentences on her own this week."
        )
        refused = await town.answer("ann", run, "share", draft=named, no_students="")
        assert isinstance(refused, FieldErrors)
        assert "could name a student" in refused.problems["draft"]
        await town.pass_days(1)
        assert "Maria" not in await town.reads("ben")
        looked = await town.answer("ann", await town.run(run.id), "share", draft=named, no_students="yes")
        assert not isinstance(looked, FieldErrors)
