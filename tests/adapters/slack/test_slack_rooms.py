"""Rooms in Slack that people change by hand: nothing meant for them is lost, and whoever leads the cohort is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cohorts.messages import Message
from cohorts.people.model import Account, Cohort, Educator, Member
from cohorts.protocols.engine import RunIdentity
from cohorts.protocols.load import latest
from cohorts.protocols.run import Paused
from cohorts.usecases.carry_out import begin_run, move_run
from cohorts.usecases.recognise import link
from cohorts.usecases.tell import Note, change_people, open_rooms, tell_room
from storage.queues import agenda, outbox
from storage.transaction import SqlTransaction
from tests.adapters.slack.test_slack_listening import Town, action_of, open_town
from tests.adapters.slack.test_slack_people import on_roster
from tests.adapters.slack.test_slack_pointing import fields, opened
from tests.fakes.slack.faults import Refused, ServerError
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.world import Channel
from tests.fakes.small_core import START


@dataclass
class Clock:
    at: datetime = START

    def now(self) -> datetime:
        return self.at


@dataclass
class Place:
    """Ann and Ben in one cohort, Fay leads it."""

    town: Town
    clock: Clock
    ben: Person
    fay: Person

    @property
    def ann(self) -> Person:
        return self.town.ann

    @property
    def rooms(self) -> list[Channel]:
        """Those of the cohort, the oldest first."""
        return [one for one in self.town.place.team.channels.values() if one.name.startswith(("sotol", "mpdm"))]

    def said(self, room: Channel) -> list[str]:
        return [one.text for one in self.town.place.messages(room.id)]

    def told(self, person: Person) -> str:
        return "\n".join(one.text for one in person.reads(person.direct))

    async def tell(self, *texts: str) -> None:
        def work(tx: SqlTransaction) -> None:
            for text in texts:
                note = Note(key=f"said {text}", message=Message(text=text))
                tell_room(tx, tx.cohorts.get("sotol"), note, self.clock.now())

        await self.town.house.database.transact(work)
        await self.delivered()

    async def delivered(self) -> None:
        """What may go now, and what rate limits put off for a moment."""
        soon = self.clock.at + timedelta(minutes=2)
        await self.town.delivered()
        while (at := await self.town.house.dispatcher.next_at()) and at <= soon:
            self.clock.at = max(at, self.clock.at)
            await self.town.delivered()

    async def pass_days(self, days: float) -> None:
        """From one thing that is due to the next."""
        end = self.clock.at + timedelta(days=days)
        while (at := await self.town.house.database.read(lambda tx: agenda.next_due(tx.connection))) and at <= end:
            self.clock.at = max(at, self.clock.at)
            await self.town.house.bell.tick()
        self.clock.at = end
        await self.town.house.bell.tick()
        await self.delivered()

    async def counts(self) -> dict[str, int]:
        return await self.town.house.database.with_connection(outbox.counts)

    async def presses(self, person: Person, action: str) -> None:
        """The newest button of this kind that they were sent."""
        for message in reversed(person.reads(person.direct)):
            if f":{action}'" in str(message.blocks):
                await person.clicks(message, action_of(message.blocks, action))
                await self.delivered()
                return
        raise AssertionError(f"nobody sent {person.member.name} a button {action}: {self.told(person)}")


@asynccontextmanager
async def open_place(slack: FakeSlack, folder: Path, way: str = "http") -> AsyncIterator[Place]:
    clock = Clock()
    async with open_town(slack, folder, way, now=clock.now) as town:
        ben, fay = town.place.user("Ben"), town.place.user("Fay")

        def lay(tx: SqlTransaction) -> None:
            for name, person in (("ben", ben), ("fay", fay)):
                roles = ("facilitator",) if name == "fay" else ("teacher",)
                tx.people.save_educator(on_roster(name, roles=roles))
                account = Account(platform="slack", workspace="T1", user=person.id, educator_id=name)
                tx.people.link_account(account)
            seats = tuple(Member(educator_id=name) for name in ("ann", "ben"))
            facts = {"id": "sotol", "name": "Sotol", "microcredential_id": "formative-assessment", "language": "en"}
            cohort = Cohort(**facts, facilitator_id="fay", members=seats, formed_at=START)
            tx.cohorts.save(cohort)
            open_rooms(tx, cohort, "topic", START)

        await town.house.database.transact(lay)
        await town.delivered()
        yield Place(town, clock, ben, fay)


@pytest.mark.parametrize("way", ["http", "socket"])
async def test_what_is_meant_for_an_archived_room_waits_until_it_is_back(
    slack: FakeSlack, tmp_path: Path, way: str
) -> None:
    async with open_place(slack, tmp_path, way) as place:
        (room,) = place.rooms
        await place.tell("one")
        await place.town.place.archives(room.id, place.ann)
        await place.tell("two", "three")
        assert place.said(room) == ["one"]
        await place.pass_days(2)
        assert "The room of Sotol in Slack has been archived." in place.told(place.fay)
        assert place.said(room) == ["one"]
        await place.town.place.unarchives(room.id, place.ann)
        await place.delivered()
        assert place.said(room) == ["one", "two", "three"]
        assert "dead" not in await place.counts()


async def test_an_archived_room_is_opened_anew_under_a_number(slack: FakeSlack, tmp_path: Path) -> None:
    """Its people are brought in, and what waited is said there, in its order and once."""
    async with open_place(slack, tmp_path) as place:
        (old,) = place.rooms
        await place.tell("one")
        await place.town.place.archives(old.id, place.ann)
        await place.tell("two", "three")
        await place.pass_days(2)
        await place.presses(place.fay, "room.renew")
        before, new = place.rooms
        assert (before, new.name) == (old, f"{old.name}-2")
        assert {place.ann.id, place.ben.id, place.fay.id} <= set(new.members)
        assert place.said(new) == ["two", "three"]
        assert place.said(old) == ["one"]
        await place.tell("four")
        assert place.said(new) == ["two", "three", "four"]
        await place.presses(place.fay, "room.renew")
        assert len(place.rooms) == 2
        assert "dead" not in await place.counts()


async def test_a_new_room_has_the_rounds_as_they_are_and_their_threads(slack: FakeSlack, tmp_path: Path) -> None:
    """What is said in a round stands under its header there, and a header that changes changes there."""
    async with open_place(slack, tmp_path) as place:

        def begin(tx: SqlTransaction) -> None:
            ident = RunIdentity(id="run-1", cohort_id="sotol", parent_id="", parent_step="")
            begin_run(tx, tx.cohorts.get("sotol"), latest("tune-a-draft"), ident, place.clock.now(), presenter="ann")

        def speak(tx: SqlTransaction) -> None:
            note = Note(key="late", message=Message(text="late"), thread="run-1:header")
            tell_room(tx, tx.cohorts.get("sotol"), note, place.clock.now())

        def hold(tx: SqlTransaction) -> None:
            move_run(tx, tx.runs.get("run-1"), Paused(), place.clock.now())

        await place.town.house.database.transact(begin)
        await place.delivered()
        (old,) = place.rooms
        before = len(place.said(old))
        await place.town.place.archives(old.id, place.ann)
        await place.town.house.database.transact(speak)
        await place.pass_days(2)
        await place.presses(place.fay, "room.renew")
        new = place.rooms[-1]
        messages = place.town.place.messages(new.id)
        (header,) = [one for one in messages if not one.thread_ts]
        assert {one.thread_ts for one in messages[1:]} == {header.ts}
        assert messages[-1].text == "late"
        assert len(messages) > 2
        drawn = header.text
        await place.town.house.database.transact(hold)
        await place.delivered()
        assert header.text != drawn
        assert len(place.said(old)) == before
        assert "dead" not in await place.counts()


@pytest.mark.parametrize("word", ["channel_not_found", "not_in_channel", "is_archived"])
async def test_a_room_that_turns_out_to_be_closed_loses_nothing(slack: FakeSlack, tmp_path: Path, word: str) -> None:
    """The event that it closed never came."""
    async with open_place(slack, tmp_path) as place:
        slack.faults.add(Refused(word), "chat.postMessage")
        await place.tell("one", "two")
        assert place.said(place.rooms[0]) == []
        await place.pass_days(2)
        assert "is closed to Cohortium" in place.told(place.fay)
        await place.presses(place.fay, "room.renew")
        assert place.said(place.rooms[-1]) == ["one", "two"]


async def test_taken_out_and_brought_back_it_goes_on(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        (room,) = place.rooms
        bot = place.town.place.team.bot_user
        await place.town.place.removes(room.id, bot)
        await place.tell("one")
        await place.town.place.adds(room.id, bot, place.ann)
        await place.delivered()
        assert place.said(room) == ["one"]
        await place.pass_days(2)
        assert "Sotol" not in place.told(place.fay)


async def test_what_is_told_late_does_not_close_a_room_that_is_open(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        (room,) = place.rooms
        slack.courier.hold()
        await place.town.place.archives(room.id, place.ann)
        slack.clock.move(5)
        await place.town.place.unarchives(room.id, place.ann)
        await slack.courier.release(lambda held: held[::-1])
        await place.tell("one")
        assert place.said(room) == ["one"]


async def test_a_renamed_room_is_the_same_room(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        (room,) = place.rooms
        await place.town.place.renames(room.id, "sotol-science", place.ann)
        await place.tell("one")
        assert place.said(room) == ["one"]


async def test_somebody_out_of_the_room_is_asked_and_comes_back(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        (room,) = place.rooms
        await place.town.place.removes(room.id, place.ben.id)
        await place.pass_days(1)
        assert "You are no longer in the room of Sotol in Slack." in place.told(place.ben)
        assert "Ben Cruz is no longer in the room of Sotol in Slack" in place.told(place.fay)
        await place.presses(place.ben, "room.back")
        assert place.ben.id in room.members


async def test_nobody_is_told_of_somebody_who_is_back_by_then(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        (room,) = place.rooms
        await place.town.place.removes(room.id, place.ben.id)
        await place.town.place.adds(room.id, place.ben.id, place.ann)
        await place.pass_days(2)
        assert "Ben Cruz" not in place.told(place.fay)


async def test_somebody_who_leaves_the_cohort_is_not_asked_about_the_room(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        await place.ben.opens_home()
        await slack.until(lambda: place.ben.home)
        home = place.ben.home
        assert home is not None
        await place.ben.clicks(home, action_of(home.body["blocks"], "join.leave"))
        await place.delivered()
        assert place.ben.id not in place.rooms[0].members
        await place.pass_days(2)
        assert "no longer in the room" not in place.told(place.ben)


async def test_the_facilitator_hears_of_somebody_who_is_not_of_the_cohort(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        zed = place.town.place.user("Zed")
        await place.town.place.adds(place.rooms[0].id, zed.id, place.ann)
        await place.pass_days(2)
        assert "Somebody Cohortium does not know has come into the room of Sotol" in place.told(place.fay)


async def test_the_facilitator_hears_who_cannot_be_invited(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        gus = place.town.place.user("Gus")
        gus.member.deleted = True

        def more(tx: SqlTransaction) -> None:
            tx.people.save_educator(on_roster("gus"))
            tx.people.link_account(Account(platform="slack", workspace="T1", user=gus.id, educator_id="gus"))
            facts = {"id": "agave", "name": "Agave", "microcredential_id": "formative-assessment", "language": "en"}
            seats = tuple(Member(educator_id=name) for name in ("ann", "gus"))
            cohort = Cohort(**facts, facilitator_id="fay", members=seats, formed_at=START)
            tx.cohorts.save(cohort)
            open_rooms(tx, cohort, "topic", START)

        await place.town.house.database.transact(more)
        await place.pass_days(2)
        assert "Gus Cruz cannot be brought into the room of Agave in Slack" in place.told(place.fay)
        (room,) = [one for one in place.town.place.team.channels.values() if one.name.startswith("agave")]
        assert place.ann.id in room.members


async def test_without_the_right_to_make_channels_a_cohort_meets_in_a_group(slack: FakeSlack, tmp_path: Path) -> None:
    slack.faults.add(Refused("restricted_action"), "conversations.create", times=9)
    async with open_place(slack, tmp_path) as place:
        (room,) = place.rooms
        assert room.kind == "mpim"
        assert {place.ann.id, place.ben.id, place.fay.id} <= set(room.members)
        await place.tell("one")
        assert place.said(room) == ["one"]


async def test_nobody_comes_later_into_a_group_and_the_facilitator_hears(slack: FakeSlack, tmp_path: Path) -> None:
    """Nor is anybody taken out of it, and it is not archived: none of this stops what follows."""
    slack.faults.add(Refused("restricted_action"), "conversations.create", times=9)
    async with open_place(slack, tmp_path) as place:
        (room,) = place.rooms
        cal = place.town.place.user("Cal")

        def come(tx: SqlTransaction) -> None:
            tx.people.save_educator(on_roster("cal"))
            cohort = tx.cohorts.get("sotol")
            tx.cohorts.save(cohort.model_copy(update={"members": (*cohort.members, Member(educator_id="cal"))}))
            link(tx, Account(platform="slack", workspace="T1", user=cal.id, educator_id="cal"), place.clock.now())
            change_people(tx, cohort, "remove_people", "ben", place.clock.now())

        await place.town.house.database.transact(come)
        await place.tell("one")
        await place.pass_days(2)
        assert place.said(room) == ["one"]
        assert "Cal Cruz cannot be brought into the room of Sotol in Slack" in place.told(place.fay)

        def end(tx: SqlTransaction) -> None:
            tx.cohorts.save(tx.cohorts.get("sotol").model_copy(update={"status": "finished"}))
            tx.due.set("close", "sotol", place.clock.now())

        await place.town.house.database.transact(end)
        await place.pass_days(2)
        assert not room.archived
        assert len(place.said(room)) == 2
        assert "dead" not in await place.counts()


async def test_a_room_that_could_not_be_made_may_be_a_channel_that_is_there(slack: FakeSlack, tmp_path: Path) -> None:
    """The facilitator hears of it, calls the bot where the cohort is to be, and what waited is said there."""
    slack.faults.add(Refused("restricted_action"), "conversations.create", times=9)
    slack.faults.add(Refused("restricted_action"), "conversations.open")
    async with open_place(slack, tmp_path) as place:
        assert place.rooms == []
        await place.tell("one")
        await place.pass_days(2)
        assert "No room could be opened for Sotol in Slack." in place.told(place.fay)
        staff = place.town.place.channel("staff", place.fay, private=True, bot=True)
        await place.fay.slash("/cohort here", staff)
        form = fields(await opened(slack, place.fay))
        await place.fay.submits({form["cohort"]: "sotol"})
        await place.delivered()
        room = place.town.place.find(staff)
        assert place.said(room) == ["one"]
        assert {place.ann.id, place.ben.id} <= set(room.members)


async def test_no_public_channel_and_no_strangers_channel_becomes_a_room(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        public = place.town.place.channel("all", place.fay, place.ben, bot=True)
        await place.fay.slash("/cohort here", public)
        await slack.until(lambda: "A cohort's room is a private channel" in str(place.fay.reads(public)))
        private = place.town.place.channel("ours", place.ben, private=True, bot=True)
        await place.ben.slash("/cohort here", private)
        await slack.until(lambda: "You lead no cohort" in str(place.ben.reads(private)))
        await place.fay.slash("/cohort here", place.rooms[0].id)
        await slack.until(lambda: "is a room already" in str(place.fay.reads(place.rooms[0].id)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "channel"}, "A cohort's room is a private channel"),
        ({"kind": "mpim"}, "A cohort's room is a private channel"),
        ({"members": []}, "is not in this conversation"),
    ],
    ids=["public", "group", "unseen"],
)
async def test_a_name_does_not_make_a_channel_private(
    slack: FakeSlack, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    """Slack calls it a private group in the command; what it is, Slack says when it is asked. It may change while the
    form is open, too."""
    async with open_place(slack, tmp_path) as place:
        staff = place.town.place.channel("staff", place.fay, private=True, bot=True)
        await place.fay.slash("/cohort here", staff)
        form = fields(await opened(slack, place.fay))
        room = place.town.place.find(staff)
        for known, value in changes.items():
            setattr(room, known, [place.fay.id] if known == "members" else value)
        await place.fay.submits({form["cohort"]: "sotol"})
        assert said in str(place.fay.modal)
        await place.fay.closes()
        await place.delivered()
        assert place.ann.id not in room.members
        await place.fay.slash("/cohort here", staff)
        await slack.until(lambda: said in f"{place.fay.modal} {place.fay.reads(staff)}")


@pytest.mark.parametrize("fact", ["is_ext_shared", "is_org_shared", "is_pending_ext_shared"])
async def test_whoever_makes_a_shared_channel_the_room_knows_who_reads_there(
    slack: FakeSlack, tmp_path: Path, fact: str
) -> None:
    async with open_place(slack, tmp_path) as place:
        staff = place.town.place.channel("staff", place.fay, private=True, bot=True)
        room = place.town.place.find(staff)
        await place.fay.slash("/cohort here", staff)
        form = fields(await opened(slack, place.fay))
        room.more[fact] = True
        await place.fay.submits({form["cohort"]: "sotol"})
        assert "is shared beyond this workspace" in str(place.fay.modal)
        await place.delivered()
        assert place.ann.id not in room.members
        await place.fay.submits({form["cohort"]: "sotol"})
        await place.delivered()
        assert place.ann.id in room.members


async def test_where_slack_does_not_say_who_reads_there_no_room_is_made(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        staff = place.town.place.channel("staff", place.fay, private=True, bot=True)
        slack.faults.add(ServerError(), "conversations.info")
        await place.fay.slash("/cohort here", staff)
        await slack.until(lambda: "could not be found out" in str(place.fay.reads(staff)))


async def test_another_clock_is_asked_about_once_and_followed_when_they_say_so(
    slack: FakeSlack, tmp_path: Path
) -> None:
    async with open_place(slack, tmp_path) as place:

        async def zone() -> str:
            found: Educator = await place.town.house.database.read(lambda tx: tx.people.get_educator("ben"))
            return found.zone

        await place.town.place.changes(place.ben, zone="America/Menominee")  # the same clock by another name
        await place.town.place.changes(place.ben, zone="America/Denver")
        await place.town.place.changes(place.ben, zone="America/Denver")
        await place.pass_days(1)
        assert place.told(place.ben).count("your clock is that of America/Denver") == 1
        assert "Menominee" not in place.told(place.ben)
        assert await zone() == ""
        await place.presses(place.ben, "times.follow")
        assert await zone() == "America/Denver"
        await place.presses(place.ben, "times.undo")
        assert await zone() == ""


async def test_the_facilitator_hears_of_an_account_that_is_gone(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_place(slack, tmp_path) as place:
        await place.town.place.changes(place.ben, deleted=True)
        await place.pass_days(2)
        assert "Ben Cruz has no account in Slack any more" in place.told(place.fay)


async def test_a_room_is_archived_four_weeks_after_the_end(slack: FakeSlack, tmp_path: Path) -> None:
    """By us, after a last word, whatever went wrong on the way."""
    async with open_place(slack, tmp_path) as place:
        (room,) = place.rooms

        def end(tx: SqlTransaction) -> None:
            tx.cohorts.save(tx.cohorts.get("sotol").model_copy(update={"status": "finished"}))
            tx.due.set("close", "sotol", START + timedelta(days=28))

        await place.town.house.database.transact(end)
        slack.faults.add(Refused("internal_error"), "conversations.archive")
        await place.pass_days(30)
        assert room.archived
        (last,) = place.said(room)
        assert "this room is being archived now" in last
        await place.pass_days(2)
        assert "archived" not in place.told(place.fay)
