"""A message's menu and the command: keep as evidence, ask my cohort, /cohort and /cohort help."""

from pathlib import Path

import pytest

from cohorts.catalogue.model import Microcredential
from tests.adapters.slack.test_slack_listening import WAYS, Town, action_of, open_town
from tests.adapters.slack.test_slack_people import lay, on_roster
from tests.fakes.slack.people import Person
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.world import View

MICROCREDENTIAL = "formative-assessment"


def fields(view: View) -> dict[str, str]:
    """Field → the action id of its control."""
    blocks = [block["element"]["action_id"] for block in view.body["blocks"] if block["type"] == "input"]
    return {one.rpartition(":")[2]: one for one in blocks}


async def opened(slack: FakeSlack, person: Person) -> View:
    await slack.until(lambda: person.modal is not None)
    assert person.modal is not None
    return person.modal


async def request_of(town: Town) -> str:
    """The first piece of evidence the microcredential asks for, as `part/request`."""
    found: Microcredential = await town.house.database.read(lambda tx: tx.catalogue.get(MICROCREDENTIAL))
    return next(f"{part.id}/{one.id}" for part in found.parts for one in part.artifacts)


@pytest.mark.parametrize("way", WAYS)
async def test_a_message_is_kept_as_evidence_by_its_link(slack: FakeSlack, tmp_path: Path, way: str) -> None:
    """Also in a channel where the bot is not; nobody else sees anything, and the words are not kept."""
    async with open_town(slack, tmp_path, way) as town:
        ann = town.ann
        await lay(town, cohort=("ann",))
        place = town.place.channel("staff", ann)
        said = await ann.posts(place, "My exit tickets are in the drive.")
        await ann.shortcut("keep_evidence", said)
        form = fields(await opened(slack, ann))
        item = await request_of(town)
        answers = {form["item"]: item, form["title"]: "Exit tickets", form["consent"]: "not_needed"}
        await ann.submits(answers)
        kept = await town.house.database.read(lambda tx: tx.evidence.artifacts("ann", MICROCREDENTIAL))
        ts = said.ts.replace(".", "")
        assert [(one.link, one.title, one.shared_with) for one in kept] == [
            (f"https://t1.slack.com/archives/{place}/p{ts}", "Exit tickets", ())
        ]
        assert len(ann.reads(place)) == 1


async def test_a_question_goes_to_the_cohort_with_its_askers_name(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        await lay(town, on_roster("ben"), cohort=("ann", "ben"))
        await town.delivered()
        (room,) = [one for one in town.place.team.channels.values() if one.name.startswith("sotol")]
        ann = town.ann
        said = await ann.posts(ann.direct, "How do you wait for an answer?")
        await ann.shortcut("ask_cohort", said)
        form = await opened(slack, ann)
        text = next(one for name, one in fields(form).items() if name == "text")
        assert "How do you wait for an answer?" in str(form.body["blocks"])
        await ann.submits({text: "How long do you wait for an answer?"})
        await town.delivered()
        (asked,) = [one for one in ann.reads(room.id) if "How long do you wait" in one.text]
        assert "Ann Lee" in asked.text
        await ann.closes()
        await ann.shortcut("ask_cohort", said)
        await ann.submits({text: "My student Maria Lopez never answers."}, await opened(slack, ann))
        assert ann.modal is not None
        assert ann.modal.errors


async def test_only_a_member_asks_a_cohort(slack: FakeSlack, tmp_path: Path) -> None:
    async with open_town(slack, tmp_path, "http") as town:
        said = await town.ann.posts(town.ann.direct, "anyone?")
        await slack.quiet()
        await town.ann.shortcut("ask_cohort", said)
        await slack.until(lambda: any("no running cohort" in one.text for one in town.ann.reads(town.ann.direct)))


@pytest.mark.parametrize("way", WAYS)
async def test_the_command_answers_where_the_bot_is_not(slack: FakeSlack, tmp_path: Path, way: str) -> None:
    async with open_town(slack, tmp_path, way) as town:
        ann = town.ann
        place = town.place.channel("staff", ann)
        await ann.slash("/cohort help", place)
        shown = await opened(slack, ann)
        assert "Eight weeks" in str(shown.body["blocks"])
        await ann.closes()
        await ann.slash("/cohort", ann.direct)
        await slack.until(lambda: any("Ann" in one.text for one in ann.reads(ann.direct)))
        assert ann.reads(place) == []


@pytest.mark.parametrize(("language", "says"), [("en", "Your cohort"), ("es", "Tu grupo")])
async def test_home_is_the_whole_desk(slack: FakeSlack, tmp_path: Path, language: str, says: str) -> None:
    """What is open, one's cohorts, and the doors to evidence, times, days away and language, as in any chat."""
    async with open_town(slack, tmp_path, "http", language) as town:
        await lay(town, cohort=("ann",))
        await town.ann.opens_home()
        await slack.until(lambda: town.ann.home is not None)
        assert town.ann.home is not None
        blocks = town.ann.home.body["blocks"]
        assert says in str(blocks)
        assert "Sotol" in str(blocks)
        for door in ("evidence.open", "times.open", "away.open", "home.language", "nudge.why", "join.leave"):
            assert action_of(blocks, door)
