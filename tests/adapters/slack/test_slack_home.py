"""The Home tab shows what is known now, whatever becomes of the calls that draw it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from cohorts.events import AccountRef
from cohorts.messages import Message
from tests.adapters.slack.test_slack_listening import Frail, action_of, hearing, open_town
from tests.adapters.slack.test_slack_pointing import fields, opened
from tests.fakes.slack.faults import Fault, Garbage, RateLimited, Refused, Reset, ServerError, Slow
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import FakeSlack


@dataclass
class Changing(Frail):
    """A desk on which something changes."""

    shows: str = "first"

    async def home(self, account: AccountRef) -> Message:
        return Message(text=self.shows)


def shown(person: Person) -> str:
    return str(person.home.body["blocks"]) if person.home else ""


async def test_what_was_read_last_is_what_stays(slack: FakeSlack) -> None:
    """The first drawing is slow on its way; what has changed meanwhile must not be drawn over by it."""
    desk, ann = Changing(), slack.workspace("T1").user("Ann")
    async with hearing(slack, desk):
        slack.faults.add(Slow(1), "views.publish")
        await ann.opens_home()
        await slack.until(lambda: slack.called("views.publish"))
        desk.shows = "second"
        await ann.opens_home()
        await asyncio.sleep(0.05)
        await slack.advance(1)
        await slack.until(lambda: "second" in shown(ann))
    assert "second" in shown(ann)


async def test_many_looks_at_once_are_drawn_once_or_twice(slack: FakeSlack) -> None:
    desk, ann = Changing(), slack.workspace("T1").user("Ann")
    async with hearing(slack, desk):
        slack.faults.add(Slow(1), "views.publish")
        for number in range(10):
            desk.shows = f"look {number}."
            await ann.opens_home()
        await slack.until(lambda: slack.called("views.publish"))
        await slack.advance(1)
        await slack.until(lambda: "look 9." in shown(ann))
    assert len(slack.called("views.publish")) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Reset("before"),
        Reset("after"),
        ServerError("before"),
        ServerError("after"),
        Garbage(),
        RateLimited(1),
        Refused("internal_error"),
        Refused("hash_conflict"),
    ],
    ids=str,
)
async def test_a_fault_on_the_way_leaves_no_old_home(slack: FakeSlack, fault: Fault) -> None:
    desk, ann = Changing(), slack.workspace("T1").user("Ann")
    async with hearing(slack, desk):
        await ann.opens_home()
        await slack.until(lambda: "first" in shown(ann))
        slack.faults.add(fault, "views.publish")
        desk.shows = "second"
        await ann.opens_home()
        await slack.until(lambda: "second" in shown(ann))
    assert slack.faults.left == 0


async def test_what_another_process_drew_is_not_drawn_over_unread(slack: FakeSlack) -> None:
    """Its view has another hash than the one that was looked at; then everything is read anew."""
    desk, ann = Changing(), slack.workspace("T1").user("Ann")
    async with hearing(slack, desk):
        await ann.opens_home()
        await slack.until(lambda: ann.home)
        home = ann.home
        assert home is not None
        slack.courier.hold()
        await ann.opens_home()
        home.hash = "drawn.elsewhere"
        await slack.courier.release()
        await slack.until(lambda: len(slack.called("views.publish")) == 3)
    assert [call.answer.get("error") for call in slack.called("views.publish")] == [None, "hash_conflict", None]


async def test_a_form_that_was_opened_at_home_changes_home(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        ann = town.ann
        await ann.opens_home()
        await slack.until(lambda: ann.home)
        assert ann.home is not None
        await ann.clicks(ann.home, action_of(ann.home.body["blocks"], "join.open"))
        form = fields(await opened(slack, ann))
        answers = {"microcredential": "formative-assessment", "grade_band": "6-8", "share": "yes", "subject": "Science"}
        answers["problem"] = "Few students answer when I ask an open question."
        await ann.submits({form[name]: said for name, said in answers.items()})
        await slack.until(lambda: ":join.leave" in shown(ann), "Home is what it was before the form")
