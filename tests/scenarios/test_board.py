"""What the pages read: the facilitator's cohorts, a proposal, one's own evidence; and what they never read."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.web.facilitator.timeline import draw_timeline
from cohorts.forming.edit import NEW, WAITING
from cohorts.people.model import Educator
from cohorts.usecases.board.evidence import EvidenceBoard, evidence_board
from cohorts.usecases.board.forming import FormingBoard, forming_board, look_around
from cohorts.usecases.board.glance import Glance, cohorts_led, glance
from prompts.render import messages
from storage.transaction import SqlTransaction
from tests.fakes.files import fresh_database
from tests.fakes.small_network import MICROCREDENTIAL, SECRET_DRAFT, Laid, SmallNetwork, build, educator_id, lay


@dataclass
class Lived:
    core: SmallNetwork
    busy: str
    quiet: str

    async def educator(self, user: str) -> Educator:
        return await self.core.read(lambda tx: tx.people.get_educator(educator_id(user)))

    async def evidence(self, user: str, wanted: str = "") -> EvidenceBoard | None:
        me = await self.educator(user)
        return await self.core.read(evidence_board, me, wanted, self.core.now())

    async def glance(self, cohort_id: str) -> Glance:
        fay = await self.educator("fay")

        def look(tx: SqlTransaction) -> Glance:
            return glance(tx, tx.cohorts.get(cohort_id), fay, self.core.now())

        return await self.core.read(look)


@pytest.fixture
async def waiting(tmp_path: Path) -> AsyncIterator[SmallNetwork]:
    database = fresh_database(tmp_path)
    core = SmallNetwork(database)
    await lay(core)
    yield core
    await database.close()


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Laid:
    return asyncio.run(build(tmp_path_factory.mktemp("lived"), lived=True))


@pytest.fixture
async def lived(laid: Laid, tmp_path: Path) -> AsyncIterator[Lived]:
    core = laid.open(tmp_path)
    yield Lived(core, laid.busy, laid.quiet)
    await core.database.close()


async def test_a_facilitator_sees_own_cohorts_and_an_operator_all(lived: Lived) -> None:
    for user, number in (("fay", 2), ("luz", 0), ("olga", 2), ("ann", 0)):
        me = await lived.educator(user)
        assert len(await lived.core.read(cohorts_led, me)) == number, user


async def test_who_is_stuck_and_what_wants_a_decision(lived: Lived) -> None:
    seen = await lived.glance(lived.busy)
    assert (seen.week, seen.weeks, seen.active) == (4, 8, 5)
    (decision,) = seen.decisions
    assert decision.presenter == "Eva Lee"
    (stuck,) = (stuck for stuck in seen.stuck if not stuck.closed)
    assert decision.moves_at - stuck.due == timedelta(hours=11 + 48)  # from seven the next morning
    assert (stuck.name, stuck.due < lived.core.now()) == ("Eva Lee", True)
    closed = {stuck.title for stuck in seen.stuck if stuck.closed}
    assert closed <= {"Choose a strategy and predict", "Check-in, week 3"}
    assert seen.coming == tuple(sorted(seen.coming, key=lambda coming: coming.at))
    ahead = {coming.at - lived.core.now() for coming in seen.coming}
    assert min(ahead) >= timedelta(0)
    assert max(ahead) < timedelta(days=14)
    assert {"closes", "moves", "planned"} <= {coming.kind for coming in seen.coming}


async def test_members_are_quiet_after_ten_of_their_own_school_days(lived: Lived) -> None:
    board = await lived.core.board("fay", lived.quiet)
    silent = {member.name: (member.status, member.quiet) for member in board.members}
    assert silent["Hope Lee"] == ("left", False)
    assert silent["Gil Lee"] == ("active", True)
    days = {member.name: member.silent_days for member in board.members}
    assert days["Ida Lee"] - days["Gil Lee"] == 2, "the storm days count for Ida's LEA, which was open"


async def test_reviews_are_counted_and_can_go_to_somebody_else(lived: Lived) -> None:
    board = await lived.core.board("fay", lived.busy)
    assert {name: row.received for name, row in board.authors}["Ann Lee"] == 3
    assert "debt" not in board.model_dump_json()
    row = next(row for row in board.assignments if row.others)
    entry, other = row.assignment, row.others[0]
    await lived.core.do("ann", "lead.reassign", f"{entry.id}/{other.educator_id}")
    assert (await lived.core.board("fay", lived.busy)).assignments == board.assignments
    await lived.core.do("fay", "lead.reassign", f"{entry.id}/{other.educator_id}")
    after = await lived.core.board("fay", lived.busy)
    asked = {(one.assignment.author, one.assignment.reviewer) for one in after.assignments}
    assert (entry.author, other.educator_id) in asked
    assert (entry.author, entry.reviewer) not in asked


async def test_an_evaluator_is_never_offered_as_a_reviewer(lived: Lived) -> None:
    before = await lived.core.board("fay", lived.busy)
    row = next(row for row in before.assignments if row.others)
    author, other = row.assignment.author, row.others[0].educator_id

    def make_evaluator(tx: SqlTransaction) -> None:
        email = tx.people.get_educator(other).email
        tx.people.save_educator(tx.people.get_educator(author).model_copy(update={"evaluators": (email,)}))

    await lived.core.database.transact(make_evaluator)
    after = await lived.core.board("fay", lived.busy)
    again = next(one for one in after.assignments if one.assignment.id == row.assignment.id)
    assert other not in {one.educator_id for one in again.others}


async def test_a_facilitator_reads_no_draft_and_no_sealed_word(lived: Lived) -> None:
    for cohort_id in (lived.busy, lived.quiet):
        told = (await lived.core.board("fay", cohort_id)).model_dump_json()
        assert SECRET_DRAFT not in told
        assert "three seconds" not in told


async def test_the_timeline_shows_weeks_closures_and_today(lived: Lived) -> None:
    board = await lived.core.board("fay", lived.busy)
    weeks = board.timeline
    assert weeks is not None
    assert [closure.title for closure in weeks.closures] == ["Winter storm days", "State testing"]
    assert weeks.closures[0].leas == ("Marfa ISD", "Presidio ISD")
    assert len(weeks.bars) == 16
    assert {bar.week for bar in weeks.bars} == set(range(1, 9))
    svg = draw_timeline(weeks, "es")
    assert svg.count('class="timeline-bar') == 16
    assert all(f">{bar.title}</text>" in svg for bar in weeks.bars)
    assert "style=" not in svg, "the content policy would drop it"
    assert "ene" in svg


async def test_a_cohort_that_has_not_begun_has_no_timeline(waiting: SmallNetwork) -> None:
    await waiting.do("fay", "form.propose")
    made = await waiting.read(lambda tx: tx.proposals.newest("open"))
    assert made is not None
    await waiting.do("fay", "form.approve", made[0])
    cohorts = await waiting.read(lambda tx: tx.cohorts.active())
    board = await waiting.board("fay", cohorts[0].id)
    assert board.timeline is None
    assert board.glance.run is None
    assert board.glance.begins_at is not None


async def test_evidence_is_ones_own(lived: Lived) -> None:
    mine, bens = await lived.evidence("ann"), await lived.evidence("ben", MICROCREDENTIAL)
    assert mine is not None
    assert bens is not None
    assert {draft.educator_id for draft in mine.drafts} == {educator_id("ann")}
    assert SECRET_DRAFT not in mine.model_dump_json()
    assert SECRET_DRAFT in bens.model_dump_json()
    assert not bens.reviews
    assert len(mine.reviews) == 3
    assert all(received.criterion and not received.rated for received in mine.reviews)
    assert mine.question.startswith("questions.")


async def test_no_evidence_of_what_one_does_not_work_on(lived: Lived) -> None:
    assert await lived.evidence("nat") is None
    assert await lived.evidence("ann", "wait-time") is None


async def test_any_version_of_a_draft_comes_back(lived: Lived) -> None:
    before = await lived.evidence("ann")
    assert before is not None
    first = before.drafts[0]
    place = f"{first.microcredential_id}/{first.part_id}/{first.prompt_id}"
    await lived.core.do("ann", "evidence.write.send", place, text="Something else altogether.")
    await lived.core.do("ann", "evidence.restore", f"{place}/1")
    after = await lived.evidence("ann")
    assert after is not None
    assert [draft.version for draft in after.drafts] == [1, 2, 3, 4]
    assert after.drafts[-1].text == first.text
    await lived.core.do("ann", "evidence.restore", f"{place}/9")
    again = await lived.evidence("ann")
    assert again is not None
    assert again.drafts == after.drafts


async def forming(core: SmallNetwork) -> FormingBoard:
    return await core.read(lambda tx: forming_board(tx, tx.people.get_educator(educator_id("olga"))))


async def where(core: SmallNetwork, board: FormingBoard, person: str) -> list[str]:
    places, _ = await core.read(lambda tx: look_around(tx, board, person, exchanges=False))
    return [one.to for one in places]


async def test_a_proposal_is_looked_at_and_changed(waiting: SmallNetwork) -> None:
    empty = await forming(waiting)
    assert (empty.waiting, empty.proposal, empty.undoable) == (12, None, False)
    await waiting.do("ann", "form.propose")
    assert (await forming(waiting)).proposal is None
    await waiting.do("fay", "form.propose")
    board = await forming(waiting)
    assert board.proposal is not None
    assert len(board.proposal.groups) == 2
    first, second = board.proposal.groups
    person = first.members[0].educator_id
    assert await where(waiting, board, person) == [second.id, NEW, WAITING]
    for _ in range(3):
        person = (await forming(waiting)).proposal.groups[0].members[0].educator_id  # type: ignore[union-attr]
        await waiting.do("fay", "form.move", f"{board.proposal_id}/{person}/{WAITING}")
    moved = await forming(waiting)
    assert moved.proposal is not None
    assert [problem.reason for problem in moved.problems] == ["small"]
    assert len(moved.proposal.unplaced) == 3
    assert WAITING not in await where(waiting, moved, person)
    await waiting.do("fay", "form.undo", board.proposal_id)
    assert not (await forming(waiting)).problems
    assert (await forming(waiting)).undoable


async def test_who_joins_after_the_proposal_is_counted(waiting: SmallNetwork) -> None:
    await waiting.do("fay", "form.propose")

    def join_later(tx: SqlTransaction) -> None:
        (one,) = tx.interests.of(educator_id("ann"))
        tx.interests.save(one.model_copy(update={"id": "interest-nat", "educator_id": educator_id("nat")}))

    await waiting.database.transact(join_later)
    board = await forming(waiting)
    assert (board.waiting, board.newcomers) == (13, 1)


async def test_the_forming_page_never_shows_times_or_wishes(waiting: SmallNetwork) -> None:
    await waiting.do("fay", "form.propose")
    told = (await forming(waiting)).people
    fields = set(next(iter(told.values())).model_dump())
    assert not fields & {"availability", "avoid", "evaluators", "email", "weekly_minutes"}


def test_both_languages_say_the_same_things() -> None:
    english, spanish = ({key for key in messages(lang) if key.startswith("pages.")} for lang in ("en", "es"))
    assert english == spanish
