"""What a card says is so for whoever reads it: its buttons are theirs, its words are about now."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.local.ids import message_number
from cohorts.events import OpenForm, Whisper
from cohorts.messages import Message, moment
from cohorts.protocols.run import Run
from cohorts.usecases.board.glance import glance
from storage.transaction import SqlTransaction
from tests.scenarios.town import (
    MICROCREDENTIAL,
    PROBLEM,
    SIX,
    START,
    Town,
    buttons,
    joining,
    live_cycle,
    open_town,
    spoken,
    whispered,
    words_of,
)


async def interest_of(town: Town, name: str) -> str:
    return " ".join(i.status for i in await town.ask(lambda tx: tx.interests.of(name)))


@pytest.mark.parametrize("old", ["join.pause", "join.resume", "join.leave"])
async def test_an_old_button_pressed_after_leaving_says_that_one_has_left(tmp_path: Path, old: str) -> None:
    """The pause and its "Undo" stay in the conversation; neither puts anybody back into the queue."""
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.press("ann", "join.pause")
        await town.press("ann", "join.leave")
        before = await town.reads("ann")
        response = await town.press("ann", old)
        assert "You have left" in whispered(response)
        assert isinstance(response, Whisper)
        assert "join.return" in {button.action for button in buttons(response.message)}
        assert await town.reads("ann") == before
        assert await interest_of(town, "ann") == "withdrawn"
        await town.press("ann", "join.return")
        assert await interest_of(town, "ann") == "waiting"


async def test_an_old_pause_of_somebody_whose_cohort_they_left_says_so(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.press("ann", "join.leave")
        assert "You have left" in whispered(await town.press("ann", "join.pause"))
        assert "ann" not in (await town.cohort("ann")).active_members


async def test_coming_back_twice_is_said_once(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.press("ann", "join.pause")
        await town.press("ann", "join.resume")
        assert "not paused" in whispered(await town.press("ann", "join.resume"))
        assert (await town.reads("ann")).count("Welcome back") == 2  # one message, in its text and in its block


async def test_a_facilitator_who_paused_messages_is_not_put_in_the_queue(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.press("fay", "nudge.pause", "fay")
        await town.press("fay", "join.resume")
        text = await town.reads("fay")
        assert "I write to you again" in text
        assert "queue" not in text


async def header_of(town: Town, run: Run) -> Message:
    """The living header as it stands now."""
    room, number = (
        await town.room_of(await town.ask(lambda tx: tx.cohorts.get(run.cohort_id))),
        await town.thread_of(run),
    )
    seen = await town.house.local.people.message("ben", room, message_number(number))
    assert seen.message is not None
    return seen.message


async def tuning(town: Town) -> Run:
    """Everybody's own round has begun; the cycle."""
    await town.form(*SIX)
    await town.tick_until(lambda tx: len(tx.runs.of_cohort(tx.cohorts.of("ann")[0].id)) > len(SIX))
    await town.pass_days(0.1)
    return await town.cycle()


def cycles(tx: SqlTransaction) -> list[Run]:
    return [r for c in tx.cohorts.every() for r in tx.runs.of_cohort(c.id) if r.protocol_id == "inquiry-cycle"]


async def share(town: Town, *names: str) -> None:
    for name in names:
        await town.write_draft(name)
        await town.answer(name, await town.round_of(name), "share")
    await town.house.bell.tick()


async def reach(town: Town, author: str, step: str) -> Run:
    """The author's round, with this step open."""
    run = await town.round_of(author)
    await town.tick_until(lambda tx: tx.runs.get(run.id).step(step).status == "open")
    return await town.run(run.id)


async def test_a_header_says_how_many_are_awaited_and_never_who(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await tuning(town)
        header = spoken(await header_of(town, await town.round_of("ann")))
        assert "Share your draft" in header
        assert "1 of 1" in header
        assert "Ann" not in header
        await share(town, "ann")
        run = await reach(town, "ann", "examine")
        header = spoken(await header_of(town, run))
        assert "Ann Lee" in header  # whose draft it is, now that it is shared and others are awaited
        assert "3 of 3" in header
        for name in run.role("reviewer"):
            assert f"{name.title()} Lee" not in header
            await town.answer(name, run, "examine")
        run = await reach(town, "ann", "respond")
        header = spoken(await header_of(town, run))
        assert "1 of 1" in header
        assert "Ann" not in header


async def test_one_header_tells_of_the_whole_round_and_the_drafts_are_one_line_each(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        cycle = await tuning(town)
        assert "Drafts shared: 0 of 6" in spoken(await header_of(town, cycle))
        await share(town, "ann", "ben")
        header = spoken(await header_of(town, cycle))
        assert "Drafts shared: 2 of 6" in header
        assert not any(name.title() in header for name in SIX)
        run = await reach(town, "ann", "examine")
        assert "Reviews in: 0 of 6" in spoken(await header_of(town, cycle))
        await town.answer(run.role("reviewer")[0], run, "examine")
        header = spoken(await header_of(town, cycle))
        assert "Reviews in: 1 of 6" in header
        assert "Next reveal" in header
        one_of_six = await header_of(town, run)
        assert not buttons(one_of_six)
        assert len(one_of_six.blocks) == 2


async def test_an_answer_button_in_the_room_is_for_everybody(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await tuning(town)
        await share(town, "ann", "ben")
        run = await reach(town, "ann", "examine")
        found = [b for m in await town.seen("cam") for b in buttons(m) if b.action == "step.answer.open"]
        cycle = await town.cycle()
        assert {b.value.partition("/")[0] for b in found if b.label.startswith("Answer")} == {cycle.id}
        assert (f"{run.id}/examine", "My part") in {(b.value, b.label) for b in found}


async def test_who_is_not_asked_is_told_what_is_theirs(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        cycle = await tuning(town)
        told = await town.press("cam", "step.answer.open", f"{(await town.round_of('ann')).id}/share")
        assert isinstance(told, Whisper)
        assert "not yours to answer" in whispered(told)
        own = f"{(await town.round_of('cam')).id}/share"
        assert [(b.value, b.label) for b in buttons(told.message)] == [(own, "Share your draft")]
        authors = ("ann", "ben", "cam")
        await share(town, *authors)
        rounds = {name: await reach(town, name, "examine") for name in authors}
        reads = {name: [a for a in authors if name in rounds[a].role("reviewer")] for name in SIX}
        reader, (one, other) = next((name, found) for name, found in reads.items() if len(found) == 2)
        told = await town.press(reader, "step.answer.open", f"{cycle.id}/tune-plan")
        assert isinstance(told, Whisper)
        assert set(re.findall(r"(\w+) Lee", whispered(told))) == {one.title(), other.title()}
        values = [b.value for b in buttons(told.message) if b.value.endswith("/examine")]
        assert set(values) == {f"{rounds[one].id}/examine", f"{rounds[other].id}/examine"}
        assert isinstance(await town.press(reader, "step.answer.open", values[0]), OpenForm)
        assert "Nothing" in whispered(await town.press("fay", "step.answer.open", f"{cycle.id}/tune-plan"))


async def test_the_first_digest_after_one_is_asked_says_whom_one_reads(tmp_path: Path) -> None:
    """A weekend is no reason to hear of it on the last day."""
    async with open_town(tmp_path, *SIX) as town:
        await tuning(town)
        await share(town, "ann")
        run = await reach(town, "ann", "examine")
        reader = run.role("reviewer")[0]
        assert "Read Ann's draft" in whispered(await town.press(reader, "home.open"))
        asked_at = town.clock.now()
        await town.tick_to(asked_at + timedelta(hours=30))
        digests = [e for e in await town.heard() if e.at > asked_at and e.readers == (reader,) and ":digest:" in e.key]
        assert digests
        assert "Read Ann's draft" in spoken(digests[0].message)
        assert f"{run.id}/examine" in {b.value for b in buttons(digests[0].message)}


async def test_a_step_that_still_takes_answers_keeps_its_door_when_the_next_opens(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.tick_until(lambda tx: any(r.step("identify").status == "open" for r in cycles(tx)))
        cycle = await town.cycle()
        await town.press("fay", "lead.extend", f"{cycle.id}/identify")
        for name in SIX[:5]:
            await town.answer(name, cycle, "identify")
        await town.tick_until(lambda tx: tx.runs.get(cycle.id).step("predict").status == "open")
        state = (await town.cycle()).step("identify")
        assert state.status == "done"
        assert state.closes_at is not None
        assert state.closes_at > town.clock.now()
        header = await header_of(town, cycle)
        doors = {b.value for b in buttons(header) if b.action == "step.answer.open"}
        assert f"{cycle.id}/identify" in doors
        assert len(doors) > 1
        labels = [b.label for b in buttons(header)]
        assert sorted(set(labels)) == sorted(labels)
        assert isinstance(await town.press("finn", "step.answer.open", f"{cycle.id}/identify"), OpenForm)


async def test_ones_own_date_and_the_rooms_last_date_are_told_apart(tmp_path: Path) -> None:
    """Fabens is an hour behind: its evening is the room's last moment, and not Ann's own."""
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(0.5)
        cycle = await town.cycle()
        own, last = cycle.step("meet").due_of("ann"), cycle.step("meet").closes_at
        assert own is not None
        assert last is not None
        assert own < last
        assert f"Open for all until: {moment(last)}" in spoken(await header_of(town, cycle))
        home = whispered(await town.press("ann", "home.open"))
        assert f"until {moment(own, 'weekday_time')}; for all until {moment(last, 'weekday_time')}" in home
        await town.pass_days(3)
        digests = [e for e in await town.heard() if e.readers == ("ann",) and ":digest:" in e.key]
        line = f"by {moment(own, 'weekday_time')}; open for all until {moment(last, 'weekday_time')}"
        assert line in "".join(spoken(digest.message) for digest in digests)


async def test_a_reviewer_has_the_draft_and_its_authors_question_before_them(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await tuning(town)
        await share(town, "ann")
        run = await reach(town, "ann", "examine")
        opened = await town.press(run.role("reviewer")[0], "step.answer.open", f"{run.id}/examine")
        assert isinstance(opened, OpenForm)
        intro = spoken(Message(text=opened.form.intro))
        assert "Ann Lee" in intro
        assert "Draft of ann: we waited three seconds" in intro
        assert "The author's question" in intro
        assert words_of("ann share", "focus") in intro
        assert intro.index("Keep the author's question in mind") < intro.index("Draft of ann")
        shared = await town.press("ann", "step.answer.open", f"{run.id}/share")
        assert isinstance(shared, OpenForm)
        assert "Draft of ann" not in shared.form.intro  # an author's own form does not read their draft to them


async def test_who_let_a_step_close_without_them_is_past_their_date(tmp_path: Path) -> None:
    """The facilitator's page counts as the person's own digest does, until late answers are no longer looked for."""

    async def past(name: str) -> list[tuple[str, bool]]:
        cohort, fay = await town.cohort("ann"), await town.ask(lambda tx: tx.people.get_educator("fay"))
        seen = await town.ask(lambda tx: glance(tx, cohort, fay, town.clock.now()))
        return [(stuck.title, stuck.closed) for stuck in seen.stuck if stuck.name.startswith(name)]

    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await live_cycle(town, SIX[:5], START + timedelta(days=2), lambda *_: False)
        assert await past("Finn") == []  # still has time
        await live_cycle(town, SIX[:5], START + timedelta(days=7), lambda *_: False)
        assert (await town.cycle()).step("meet").status == "done"
        assert ("Meet your cohort", True) in await past("Finn")
        assert await past("Ann") == []
        assert "Meet your cohort" in whispered(await town.press("finn", "home.open"))
        await town.answer("finn", await town.cycle(), "meet")
        assert ("Meet your cohort", True) not in await past("Finn")


async def test_moving_on_is_asked_about_first_and_says_how_many_are_awaited(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(0.5)
        cycle = await town.cycle()
        await town.answer("ann", cycle, "meet")
        asked = await town.press("fay", "lead.advance.open", f"{cycle.id}/meet")
        assert isinstance(asked, OpenForm)
        assert "5 of 6 are still awaited" in asked.form.intro
        assert (await town.cycle()).step("meet").status == "open"
        assert "Only this cohort's facilitator" in whispered(
            await town.press("ann", "lead.advance.open", f"{cycle.id}/meet")
        )
        assert "Moved on" in whispered(await town.send("fay", asked.form.action, asked.form.value))
        assert (await town.cycle()).step("meet").status == "done"
        assert "nothing to change" in whispered(await town.press("fay", "lead.advance.open", f"{cycle.id}/meet"))


async def test_more_time_is_given_twice_at_most_and_the_new_date_is_said(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(0.5)
        value = f"{(await town.cycle()).id}/meet"
        for left in ("once more", "no more"):
            said = whispered(await town.press("fay", "lead.extend", value))
            closes_at = (await town.cycle()).step("meet").closes_at
            assert closes_at is not None
            assert moment(closes_at) in said
            assert left in said
        before = await town.cycle()
        assert "twice" in whispered(await town.press("fay", "lead.extend", value))
        assert await town.cycle() == before
        await town.tick_until(lambda tx: tx.runs.get(before.id).step("plan").status == "open")
        another = whispered(await town.press("fay", "lead.extend", f"{before.id}/plan"))
        assert "once more" in another  # each step has its own two


async def test_no_word_names_a_place_that_is_not_there(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        gone = whispered(await town.press("ann", "no.such.thing"))
        assert "Home" not in gone
        assert "Write anything to me" in gone
        (cohort,) = await town.form(*SIX)
        await town.tick_to(START + timedelta(hours=12))  # at night: nobody may be written to
        said = whispered(await town.send("fay", "lead.message.send", cohort.id, text="A good week so far. Thank you."))
        assert "On its way" in said
        assert "A good week" not in await town.reads("ann")
        await town.pass_days(1)
        assert "A good week" in await town.reads("ann")


async def test_what_somebody_wants_to_work_on_is_called_that(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(0.5)
        welcome = next(text for text in map(spoken, await town.seen("ben")) if "Welcome to" in text)
        before, _, after = welcome.partition(PROBLEM)
        assert before.rstrip("> \n").endswith("*Problem of practice*")
        assert after.count("*Problem of practice*") + 1 >= len(SIX)


STANDING = {"join.open", "join.pause", "join.resume", "join.leave", "join.return", "join.undo"}


async def offered(town: Town, name: str) -> list[str]:
    """Every button about where this person stands, in every message they can read."""
    return [b.action for message in await town.seen(name) for b in buttons(message) if b.action in STANDING]


async def test_only_the_newest_word_on_where_one_stands_has_buttons(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.arrive("ann")
        assert await offered(town, "ann") == ["join.open"]
        await town.join("ann")
        assert await offered(town, "ann") == ["join.open", "join.pause", "join.leave"]
        await town.press("ann", "join.pause")
        assert await offered(town, "ann") == ["join.resume"]
        await town.press("ann", "join.resume")
        assert await offered(town, "ann") == ["join.open", "join.pause", "join.leave"]
        await town.send("ann", "join.send", MICROCREDENTIAL, **joining(subject="Physics"))
        assert await offered(town, "ann") == ["join.open", "join.pause", "join.leave", "join.undo"]
        (interest,) = await town.ask(lambda tx: tx.interests.of("ann"))
        await town.press("ann", "join.undo", interest.id)
        assert await offered(town, "ann") == ["join.open", "join.pause", "join.leave"]
        await town.press("ann", "join.leave")
        assert await offered(town, "ann") == ["join.return"]
        await town.press("ann", "join.return")
        assert await offered(town, "ann") == ["join.open", "join.pause", "join.leave"]
        assert "Welcome, Ann" in await town.reads("ann")  # the words stay


async def test_a_pause_that_ended_by_itself_leaves_no_way_back_behind(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.press("ann", "join.pause")
        await town.pass_days(20)
        assert await offered(town, "ann") == []


async def test_a_snooze_can_be_taken_back(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        refs = "evidence/x step/y"
        snoozed = await town.press("ann", "nudge.snooze", refs)
        assert isinstance(snoozed, Whisper)
        ((action, value),) = [(b.action, b.value) for b in buttons(snoozed.message)]
        assert await town.ask(lambda tx: tx.nudges.snoozed("ann", town.clock.now())) == {"evidence/x", "step/y"}
        assert "again" in whispered(await town.press("ann", action, value))
        assert not await town.ask(lambda tx: tx.nudges.snoozed("ann", town.clock.now()))


async def test_the_first_words_to_a_facilitator_are_about_leading(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.arrive("fay")
        (first,) = await town.seen("fay")
        assert "You can facilitate cohorts" in spoken(first)
        assert not [b for b in buttons(first) if b.style == "primary"]
