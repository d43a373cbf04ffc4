"""A cohort meets live: somebody sets a time, others answer, it moves, it is called off, and nobody hears too much."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from icalendar import Calendar

from cohorts.events import Download, FieldErrors, OpenForm, Response
from cohorts.meeting.model import Meeting
from cohorts.messages import ChoiceField, Form, Message
from cohorts.nudging.plan import is_wanted
from cohorts.people.model import Account, Cohort
from cohorts.ports import Delivery
from cohorts.usecases.check_delivery import check_delivery
from cohorts.usecases.show_cohorts import show_cohorts
from cohorts.usecases.unfinished import unfinished
from storage.chat_journal import Heard
from storage.transaction import SqlTransaction
from tests.scenarios.town import SIX, START, Town, buttons, open_town, spoken, whispered

LINK = "https://meet.example.org/j/1?pwd=x"
TOPIC = "Compare what we saw"
COMMON = datetime(2026, 1, 13, 22, 30, tzinfo=UTC)
"""A Tuesday, 16:30 in Texas and 15:30 in its west, when all six are free for half an hour."""


@asynccontextmanager
async def six(folder: Path, **changes: str) -> AsyncIterator[tuple[Town, Cohort]]:
    """Six in a cohort that has begun, all of them free on Tuesday and Thursday afternoons."""
    async with open_town(folder, *SIX) as town:
        for name in SIX:
            await town.arrive(name)
        (cohort,) = await town.form(*SIX, **{"times": "1-after_school,3-after_school"} | changes)
        await town.tick_to(START + timedelta(hours=4))
        yield town, cohort


def given(**changes: str) -> dict[str, str]:
    when = {"when": "", "other": "Thursday Jan 15 3:30 pm"}
    return when | {"minutes": "30", "where": LINK, "topic": TOPIC, "no_students": "yes"} | changes


async def set_meeting(town: Town, name: str, cohort: Cohort, **changes: str) -> Response:
    return await town.send(name, "meet.send", cohort.id, **given(**changes))


async def meetings(town: Town, cohort: Cohort) -> list[Meeting]:
    return list(await town.ask(lambda tx: tx.meetings.of_cohort(cohort.id)))


async def the_meeting(town: Town, cohort: Cohort) -> Meeting:
    (found,) = await meetings(town, cohort)
    return found


async def said(town: Town, meeting: Meeting, what: str) -> list[Heard]:
    """What stands in the room about this meeting under these keys."""
    return [heard for heard in await town.heard() if heard.key.split("@")[0].startswith(f"{meeting.id}:{what}")]


async def card(town: Town, meeting: Meeting) -> Message:
    (found,) = await said(town, meeting, "card")
    return found.message


async def look_in(town: Town, at: datetime) -> None:
    """Everybody reads what they got: who reads nothing is written to less."""
    await town.tick_to(at)
    for name in SIX:
        await town.press(name, "home.open")


def form_of(response: Response) -> Form:
    assert isinstance(response, OpenForm)
    return response.form


def when_of(form: Form) -> list[Any]:
    return [field for field in form.fields if isinstance(field, ChoiceField) and field.id == "when"]


def problems(response: Response) -> dict[str, str]:
    assert isinstance(response, FieldErrors), response
    return dict(response.problems)


async def test_a_member_sets_a_meeting_at_a_time_when_all_can(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        home = await town.press("ann", "home.open")
        assert ("meet.open", cohort.id) in {(b.action, b.value) for b in buttons(home.message)}  # type: ignore[union-attr]
        assert ("meet.open", cohort.id) in await town.actions("ann"), "and in the room"
        form = form_of(await town.press("ann", "meet.open", cohort.id))
        (when,) = when_of(form)
        assert when.options[0].id == COMMON.isoformat()
        assert when.options[0].label == "Tuesday, Jan 13, 4:30 PM"
        (minutes,) = [field for field in form.fields if field.id == "minutes"]
        assert isinstance(minutes, ChoiceField)
        assert minutes.initial == ("30",), "no longer than everybody is free at the first time"
        denver = form_of(await town.press("cam", "meet.open", cohort.id))
        assert when_of(denver)[0].options[0].label == "Tuesday, Jan 13, 3:30 PM"
        too_long = await set_meeting(town, "ann", cohort, when=when.options[0].id, other="", minutes="45")
        assert "30 minutes" in problems(too_long)["minutes"]
        done = await set_meeting(town, "ann", cohort, when=when.options[0].id, other="")
        assert "is set for" in whispered(done)
        meeting = await the_meeting(town, cohort)
        assert (meeting.starts_at, meeting.minutes, meeting.where) == (COMMON, 30, LINK)
        shown = await card(town, meeting)
        assert TOPIC in spoken(shown)
        assert f"]({LINK})" in str(shown)
        assert "<t:2026-01-13T22:30Z|day_time>" in str(shown), "each reader's own clock"
        assert "Coming: 1: Ann Lee" in spoken(shown)
        assert (await said(town, meeting, "card"))[0].readers == tuple(sorted((*SIX, "fay")))


async def test_answers_are_counted_and_only_who_comes_is_named(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort)
        meeting = await the_meeting(town, cohort)
        for name in ("ben", "fay"):
            assert "Your cohort sees your name" in whispered(await town.press(name, "meet.come", meeting.id))
        await town.press("cam", "meet.come", meeting.id)
        assert "not who" in whispered(await town.press("cam", "meet.cannot", meeting.id))
        await town.press("dee", "meet.cannot", meeting.id)
        words = spoken(await card(town, meeting))
        assert "Coming: 3: Ann Lee, Ben Lee, Fay Lee" in words
        assert "Cannot: 2" in words
        assert "Cam" not in words
        assert "Dee" not in words
        await town.press("ben", "join.leave")
        await town.press("eva", "meet.come", meeting.id)
        assert "Coming: 3: Ann Lee, Fay Lee, Eva Lee" in spoken(await card(town, meeting)), "who has left is not named"


async def test_whoever_is_not_of_the_cohort_learns_and_changes_nothing(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort)
        meeting = await the_meeting(town, cohort)
        await town.settle_in("zoe")
        for action in ("meet.come", "meet.cannot", "meet.look.open", "meet.calendar", "meet.move.open", "meet.off"):
            assert "not in" in whispered(await town.press("zoe", action, meeting.id)), action
        assert "not in" in whispered(await town.press("zoe", "meet.open", cohort.id))
        assert "not in" in whispered(await set_meeting(town, "zoe", cohort))
        assert "no longer here" in whispered(await town.press("zoe", "meet.look.open", "meeting-none"))
        assert await meetings(town, cohort) == [meeting]


async def test_only_who_set_it_or_a_facilitator_moves_it_and_then_all_are_asked_again(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort)
        meeting = await the_meeting(town, cohort)
        await town.press("ben", "meet.come", meeting.id)
        for action in ("meet.move.open", "meet.move.send", "meet.off.open", "meet.off"):
            assert "Only whoever set" in whispered(await town.press("ben", action, meeting.id)), action
        form = form_of(await town.press("ann", "meet.move.open", meeting.id))
        assert {f.id: getattr(f, "initial", "") for f in form.fields}["topic"] == TOPIC
        done = await town.send("fay", "meet.move.send", meeting.id, **given(other="Jan 20 3:30 pm", minutes="45"))
        assert "Moved to" in whispered(done)
        moved = await the_meeting(town, cohort)
        assert (moved.minutes, moved.coming, moved.moves) == (45, ("fay",), 1)
        assert "2026-01-20T21:30Z" in str(await card(town, meeting))
        (told,) = await said(town, meeting, "moved")
        assert "Whoever had answered" in spoken(told.message)
        kept = await town.send("ann", "meet.move.send", meeting.id, **given(other="Jan 20 3:30 pm", topic="Plan ahead"))
        assert "nobody is asked again" in whispered(kept)
        assert len(await said(town, meeting, "moved")) == 1
        assert "Plan ahead" in spoken(await card(town, meeting))


async def test_a_form_that_is_sent_as_it_came_changes_nothing_but_what_was_changed(tmp_path: Path) -> None:
    """Somebody who mends the topic must not move the meeting to the first time that is offered."""
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort, other="Jan 20 4 pm")
        meeting = await the_meeting(town, cohort)
        await town.press("ben", "meet.come", meeting.id)
        town.clock.go_to(meeting.starts_at - timedelta(minutes=5))
        form = form_of(await town.press("ann", "meet.move.open", meeting.id))
        (when,) = when_of(form)
        assert when.initial == (meeting.starts_at.isoformat(),)
        assert when.options[0].label == "Tuesday, Jan 20, 4:00 PM"
        values = given(other="", when=when.initial[0], topic="Plan the next weeks")
        assert "Changed" in whispered(await town.send("ann", form.action, form.value, **values))
        after = await the_meeting(town, cohort)
        assert (after.starts_at, after.topic, after.coming) == (meeting.starts_at, values["topic"], ("ann", "ben"))


async def test_it_is_called_off_once_asked_and_nothing_more_comes_of_it(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort)
        meeting = await the_meeting(town, cohort)
        form = form_of(await town.press("ann", "meet.off.open", meeting.id))
        assert "cannot be taken back" in form.intro
        assert "called off" in whispered(await town.send("ann", form.action, form.value, sure="yes"))
        off = await card(town, meeting)
        assert "Called off" in spoken(off)
        assert not buttons(off)
        assert len(await said(town, meeting, "off")) == 1
        for action in ("meet.come", "meet.calendar", "meet.move.open", "meet.off.open"):
            assert "called off" in whispered(await town.press("ann", action, meeting.id)), action
        await town.pass_days(4)
        assert not await said(town, meeting, "soon")
        assert "dead" not in set((await town.states()).values())


async def test_there_is_one_reminder_in_the_digest_and_one_in_the_room(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort)
        meeting = await the_meeting(town, cohort)
        await town.press("ben", "meet.cannot", meeting.id)
        await look_in(town, datetime(2026, 1, 14, 15, 0, tzinfo=UTC))
        await town.tick_to(meeting.ends_at + timedelta(minutes=1))
        digests = [heard for heard in await town.heard() if ":digest:" in heard.key and TOPIC in spoken(heard.message)]
        assert {heard.at.astimezone(UTC).date() for heard in digests} == {
            (meeting.starts_at - timedelta(days=1)).date()
        }
        told = [reader for heard in digests for reader in heard.readers]
        assert sorted(told) == sorted(set(SIX) - {"ben"})
        looked = await town.press("eva", "meet.look.open", meeting.id)
        assert "is over" in whispered(looked)
        (soon,) = await said(town, meeting, "soon")
        assert soon.at == meeting.starts_at - timedelta(hours=1)
        assert "Soon: " in spoken(soon.message)
        over = await card(town, meeting)
        assert "Over" in spoken(over)
        assert not buttons(over)


async def test_the_digest_before_a_monday_is_that_of_friday(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort, other="Monday Jan 26 3:30 pm")
        ann = await town.ask(lambda tx: tx.people.get_educator("ann"))
        (thing,) = [
            thing
            for thing in await town.ask(lambda tx: unfinished(tx, ann, town.clock.now()))
            if thing.kind == "meeting"
        ]
        wanted = [day for day in range(19, 27) if is_wanted(thing, [], datetime(2026, 1, day, 18, 15, tzinfo=UTC))]
        assert wanted == [23, 24, 25, 26], "from Friday on; nobody gets a digest at the weekend"


async def test_in_quiet_hours_nothing_is_said(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort, other="Thursday Jan 15 8 pm")
        meeting = await the_meeting(town, cohort)
        await town.tick_to(meeting.ends_at + timedelta(hours=20))
        assert not await said(town, meeting, "soon")
        assert "Over" in spoken(await card(town, meeting))


async def test_what_comes_too_late_to_be_of_use_is_dropped(tmp_path: Path) -> None:
    """A chat that was away for an hour does not say “soon” of what is over, nor “moved” of what moved again."""
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort)
        meeting = await the_meeting(town, cohort)

        async def verdict(what: str, now: datetime) -> str:
            facts = {"platform": "local", "workspace": "local", "conversation": f"cohort:{cohort.id}"}
            delivery = Delivery(key=f"{meeting.id}:{what}@local/local", not_before=now, **facts)
            return (await town.ask(lambda tx: check_delivery(tx, delivery, now))).what

        before = meeting.starts_at - timedelta(minutes=20)
        assert await verdict("soon:0", before) == "go"
        assert await verdict("soon:0", meeting.starts_at) == "drop"
        await town.send("ann", "meet.move.send", meeting.id, **given(other="Jan 20 3:30 pm"))
        assert await verdict("soon:0", before) == "drop"
        assert await verdict("moved:1", before) == "go"
        await town.send("ann", "meet.move.send", meeting.id, **given(other="Jan 22 3:30 pm"))
        assert await verdict("moved:1", before) == "drop"
        assert await verdict("card", before) == "go"
        await town.send("ann", "meet.off", meeting.id, sure="yes")
        assert await verdict("moved:2", before) == "drop"
        assert await verdict("off", before) == "go"


async def test_a_room_that_is_opened_later_has_what_is_ahead(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort)
        await set_meeting(town, "ann", cohort, other="Jan 20 3:30 pm")
        (first, second) = await meetings(town, cohort)
        await town.send("ann", "meet.off", first.id, sure="yes")
        other = Account(platform="slack", workspace="T9", user="U1", educator_id="ann")

        def come(tx: SqlTransaction) -> None:
            tx.people.link_account(other)
            show_cohorts(tx, other, town.clock.now())

        await town.change(come)
        keys = {key for key in await town.states() if key.endswith("@slack/T9")}
        assert f"{second.id}:card@slack/T9" in keys
        assert not [key for key in keys if first.id in key]


async def test_a_meeting_before_the_room_could_hear_of_it_is_refused(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await town.tick_to(datetime(2026, 1, 14, 3, 0, tzinfo=UTC))
        too_soon = await set_meeting(town, "ann", cohort, other="Jan 14 7 am")
        assert "can only be told" in problems(too_soon)["other"]
        assert "2026-01-14T14:00Z" in problems(too_soon)["other"], "seven in the morning in the west"
        done = whispered(await set_meeting(town, "ann", cohort, other="Jan 14 8:15 am"))
        assert "The room is told" in done
        meeting = await the_meeting(town, cohort)
        assert not await said(town, meeting, "card")
        await town.tick_to(datetime(2026, 1, 14, 14, 0, tzinfo=UTC))
        assert await said(town, meeting, "card")


async def test_what_cannot_be_is_refused_where_it_stands(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        wrong = (
            ({"other": "Jan 11, 2026 4pm"}, "other", "past"),
            ({"other": "2026-03-08 2:30 am"}, "other", "put forward"),
            ({"other": "Jan 20"}, "other", "end with a time"),
            ({"other": "", "when": ""}, "other", "fill this in"),
            ({"other": "", "when": "soon"}, "when", "choose from"),
            ({"other": "", "when": "2026-01-20T15:30"}, "when", "choose from"),
            ({"minutes": "600"}, "minutes", "choose from"),
            ({"where": ""}, "where", "Give a link"),
            ({"where": "http://meet.example.org"}, "where", "https://"),
            ({"topic": ""}, "topic", "fill this in"),
            ({"topic": "Call the mother of our student Maria Lopez", "no_students": ""}, "topic", "Maria"),
        )
        for changes, field, what in wrong:
            found = problems(await set_meeting(town, "ann", cohort, **changes))
            assert what in found.get(field, ""), (changes, found)
        assert await meetings(town, cohort) == []


async def test_two_at_once_and_a_fourth_are_refused(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort)
        clash = await set_meeting(town, "ben", cohort, other="Thursday Jan 15 3:45 pm")
        assert "meets at that time already" in problems(clash)["other"]
        for day in (20, 22):
            await set_meeting(town, "ben", cohort, other=f"Jan {day} 3:30 pm")
        assert "3 meetings are ahead" in whispered(await set_meeting(town, "cam", cohort, other="Jan 27 3:30 pm"))
        assert len(await meetings(town, cohort)) == 3


async def test_the_same_form_sent_twice_is_one_meeting(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        for _ in range(2):
            await town.send("ann", "meet.send", cohort.id, key="once", **given())
        assert len(await meetings(town, cohort)) == 1


async def test_a_cohort_that_pauses_calls_off_what_is_ahead(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort)
        await set_meeting(town, "ann", cohort, other="Jan 20 3:30 pm")
        await town.press("fay", "lead.pause", (await town.cycle()).id)
        assert {meeting.status for meeting in await meetings(town, cohort)} == {"off"}
        for meeting in await meetings(town, cohort):
            (told,) = await said(town, meeting, "off")
            assert "The cycle is paused." in spoken(told.message)
        assert "paused" in whispered(await town.press("ann", "meet.open", cohort.id))
        await town.press("fay", "lead.resume", (await town.cycle()).id)
        assert isinstance(await town.press("ann", "meet.open", cohort.id), OpenForm)


async def test_a_cohort_that_ends_calls_off_what_is_ahead(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort, other="May 20 3:30 pm")
        meeting = await the_meeting(town, cohort)
        await town.tick_until(lambda tx: tx.cohorts.get(cohort.id).status == "finished")
        assert (await the_meeting(town, cohort)).status == "off"
        await town.pass_days(3)
        assert "complete" in spoken((await said(town, meeting, "off"))[0].message)
        assert "no cohort that is running" in whispered(await town.press("ann", "meet.open", cohort.id))


async def test_the_calendar_file_is_one_entry_that_moves(tmp_path: Path) -> None:
    async with six(tmp_path) as (town, cohort):
        await set_meeting(town, "ann", cohort)
        meeting = await the_meeting(town, cohort)
        first = await town.press("dee", "meet.calendar", meeting.id)
        await town.send("ann", "meet.move.send", meeting.id, **given(other="Jan 20 3:30 pm"))
        second = await town.press("dee", "meet.calendar", meeting.id)
        assert isinstance(first, Download)
        assert isinstance(second, Download)
        assert first.name == "meeting.ics"
        one, two = (Calendar.from_ical(file.content).walk("VEVENT")[0] for file in (first, second))
        assert one["uid"] == two["uid"]
        assert (one["sequence"], two["sequence"]) == (0, 1)
        assert one.decoded("dtstart") == datetime(2026, 1, 15, 21, 30, tzinfo=UTC)
        assert two.decoded("dtend") == datetime(2026, 1, 20, 22, 0, tzinfo=UTC)
        assert (str(one["location"]), str(one["url"])) == (LINK, LINK)
        assert "Ann" not in first.content.decode()


async def test_spanish_is_spoken_as_well(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.settle_in(*SIX, language="es")
        (cohort,) = await town.form(*SIX, language="es", times="1-after_school")
        await town.tick_to(START + timedelta(hours=4))
        done = await set_meeting(town, "ann", cohort, other="jueves 15 de enero a las 15:30", topic="Comparar lo visto")
        assert "queda fijada" in whispered(done)
        meeting = await the_meeting(town, cohort)
        assert "Reunión en vivo: Comparar lo visto" in spoken(await card(town, meeting))
        assert "no dice qué día" in problems(await set_meeting(town, "ben", cohort, other="15:30"))["other"]
