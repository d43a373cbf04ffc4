"""What is saved comes back equal, and saving says whether anything changed."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from cohorts.calendar.model import SchoolCalendar
from cohorts.events import Recorded
from cohorts.evidence.model import Artifact, Draft, Result
from cohorts.feedback.model import Assignment, Rating, Review
from cohorts.forming.model import Proposal
from cohorts.nudging.model import NudgeRecord
from cohorts.people.leas import Cooperative
from cohorts.people.model import Account, Cohort, Member, School
from cohorts.ports import Answer
from cohorts.protocols.sealed import SealedText, StillSealedError
from storage.database import PostgresDatabase, SqliteDatabase
from storage.repositories.nudges import LATELY
from storage.transaction import SqlTransaction
from tests.storage.values import MINUTE, NOW, educator, interest, lea, microcredential, run

Database = SqliteDatabase | PostgresDatabase


@pytest.fixture
def inside(database: Database) -> Callable[..., Any]:
    return database.transact


async def test_saving_says_new_same_or_changed(inside: Callable[..., Any]) -> None:
    pairs = [
        ("people", "save_educator", educator(), educator(given_name="Ana")),
        ("people", "save_lea", lea(), lea(city="Spur")),
        ("interests", "save", interest(), interest(status="placed")),
        ("catalogue", "save", microcredential(), microcredential(note="new")),
    ]

    def work(transaction: SqlTransaction) -> None:
        for repository, name, first, second in pairs:
            save = getattr(getattr(transaction, repository), name)
            assert [save(first), save(first), save(second), save(second)] == ["new", "same", "changed", "same"]

    await inside(work)


async def test_people_are_found_by_address_lea_and_account(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        people = transaction.people
        for each in (educator("ana"), educator("bo", lea_id="4800002", zone="America/Denver")):
            people.save_educator(each)
        people.save_lea(lea())
        account = Account(platform="slack", workspace="T1", user="U1", educator_id="educator-ana")
        people.link_account(account)
        assert people.find_by_email(" ANA@spur.org ") == educator("ana")
        assert people.find_by_email("nobody@spur.org") is None
        assert people.educators("4800002") == [educator("bo", lea_id="4800002", zone="America/Denver")]
        assert people.known_educators(["educator-ana", "nobody"]) == {"educator-ana": educator("ana")}
        assert people.zones() == {"ana@spur.org": "America/Chicago", "bo@spur.org": "America/Denver"}
        assert people.find_account("slack", "T1", "U1") == account
        assert people.find_account("slack", "T2", "U1") is None
        assert people.accounts("educator-ana") == people.all_accounts("slack") == [account]
        people.saw("educator-ana", NOW)
        assert people.last_seen("educator-ana") == NOW
        assert people.last_seen("educator-bo") is None

    await inside(work)


async def test_many_are_saved_in_a_few_statements_and_counted(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        people = transaction.people
        crowd = [educator(f"p{number}") for number in range(2500)]
        school = School(id="school-1", lea_id="4800001", name="Spur School")
        assert people.save_many([school, *crowd]) == {"new": 2501, "changed": 0, "same": 0}
        moved = [educator("p7", school_id="school-1"), educator("p8"), educator("new")]
        assert people.save_many(moved) == {"new": 1, "changed": 1, "same": 1}
        assert people.get_educator("educator-p7").school_id == "school-1"
        assert people.find_school("school-1") == school

    await inside(work)


async def test_an_lea_belongs_to_one_cooperative_and_may_move(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        people = transaction.people
        one, two = (Cooperative(id=f"c{region}", name=region, state="TX", region=region) for region in "12")
        assert [people.save_cooperative(each) for each in (one, two, two)] == ["new", "new", "same"]
        people.save_lea(lea(), one.id)
        assert people.find_cooperative("4800001") == one
        people.save_lea(lea(), two.id)
        people.save_lea(lea())
        assert people.find_cooperative("4800001") == two
        assert people.cooperatives() == [one, two]

    await inside(work)


async def test_an_lea_has_the_calendar_saved_last(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        one, two = (
            SchoolCalendar(id=name, lea_ids=("4800001",), name=name, zone="America/Chicago") for name in ("a", "b")
        )
        assert [transaction.calendars.save(each) for each in (one, one, two)] == ["new", "same", "new"]
        assert transaction.calendars.find_for_lea("4800001") == two
        assert transaction.calendars.save(one) == "changed"
        assert transaction.calendars.find_for_lea("4800001") == one
        assert transaction.calendars.find_for_lea("4800009") is None
        assert transaction.calendars.all() == [one, two]

    await inside(work)


async def test_cohorts_follow_their_members(inside: Callable[..., Any]) -> None:
    members = tuple(Member(educator_id=f"educator-{name}") for name in ("ana", "bo"))
    told = {"name": "Oaks", "microcredential_id": "wait-time", "language": "en", "facilitator_id": "educator-fay"}
    cohort = Cohort(id="cohort-1", members=members, formed_at=NOW, **told)

    def work(transaction: SqlTransaction) -> None:
        cohorts = transaction.cohorts
        assert cohorts.save(cohort) == "new"
        assert cohorts.of("educator-bo") == cohorts.led_by("educator-fay") == cohorts.active() == [cohort]
        fewer = cohort.model_copy(update={"members": members[:1], "status": "finished"})
        assert cohorts.save(fewer) == "changed"
        assert (cohorts.of("educator-bo"), cohorts.active()) == ([], [])
        assert cohorts.get("cohort-1") == fewer

    await inside(work)


async def test_running_cohorts_are_found_by_the_leas_of_their_people(inside: Callable[..., Any]) -> None:
    told = {"name": "Oaks", "microcredential_id": "wait-time", "language": "en", "formed_at": NOW}
    cohort = Cohort(id="cohort-1", members=(Member(educator_id="educator-ana"),), facilitator_id="educator-fay", **told)

    def work(transaction: SqlTransaction) -> None:
        for name, where in (("ana", "4800001"), ("fay", "4800002"), ("zoe", "4800003")):
            transaction.people.save_educator(educator(name, lea_id=where))
        cohorts = transaction.cohorts
        cohorts.save(cohort)
        assert cohorts.active_in(["4800001"]) == cohorts.active_in(["4800002", "4800003"]) == [cohort]
        assert cohorts.active_in(["4800003"]) == cohorts.active_in([]) == []
        cohorts.save(cohort.model_copy(update={"status": "finished"}))
        assert cohorts.active_in(["4800001"]) == []

    await inside(work)


async def test_interests_are_found_by_person_and_status(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        transaction.interests.save(interest("ana"))
        transaction.interests.save(interest("bo", status="placed"))
        assert transaction.interests.of("educator-ana") == [interest("ana")]
        assert transaction.interests.with_status("placed", "paused") == [interest("bo", status="placed")]

    await inside(work)


async def test_a_run_carries_its_due_time_and_its_version(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        transaction.runs.add(run(), NOW)
        transaction.runs.add(run("run-2", parent_id="run-1"), None)
        assert transaction.due.at("run", "run-1") == NOW
        newer = transaction.runs.save(run(), None)
        assert (newer.version, transaction.runs.get("run-1")) == (1, newer)
        assert transaction.due.at("run", "run-1") is None
        assert [each.id for each in transaction.runs.of_cohort("cohort-1")] == ["run-1", "run-2"]
        assert [each.id for each in transaction.runs.children("run-1")] == ["run-2"]

    await inside(work)


async def test_sealed_words_come_back_sealed_and_show_in_no_repr(inside: Callable[..., Any]) -> None:
    secret = "I froze in front of the class"

    def work(transaction: SqlTransaction) -> None:
        at = {"run_id": "run-1", "step_id": "write"}
        early, late = (
            Answer(**at, member=name, at=NOW + delay) for name, delay in (("bo", MINUTE), ("ana", 2 * MINUTE))
        )
        transaction.runs.save_answer(late, {"what": SealedText("later")})
        transaction.runs.save_answer(early, {"what": SealedText(secret)})
        found = transaction.runs.answers("run-1", "write")
        assert [answer for answer, _ in found] == [early, late]
        words = found[0][1]["what"]
        assert words.for_author() == secret
        for shown in (repr(words), repr(found), repr(vars(transaction)), f"{found!r}"):
            assert secret not in shown
        with pytest.raises(StillSealedError):
            str(words)
        with pytest.raises(StillSealedError):
            words.reveal(run(), "write", 0)

    await inside(work)


async def test_feedback_comes_back_in_the_order_it_was_given(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        feedback = transaction.feedback
        told = {"run_id": "run-1", "author": "ana"}
        late, early = (
            Assignment(id=f"a{delay}", reviewer="bo", assigned_at=NOW + delay * MINUTE, **told) for delay in (2, 1)
        )
        for each in (late, early):
            feedback.save_assignment(each, "cohort-1")
        assert feedback.of_run("run-1") == feedback.of_cohort("cohort-1") == feedback.of_reviewer("bo") == [early, late]
        done = early.model_copy(update={"status": "done"})
        feedback.save_assignment(done, "cohort-1")
        assert feedback.get_assignment("a1") == done
        words = {"see": "s", "place": "p", "criterion": "", "try_": "t", "author": "ana", "reviewer": "bo"}
        review = Review(assignment_id="a1", at=NOW, **words)
        feedback.save_review(review, "run-1")
        rating = Rating(assignment_id="a1", useful=2, will_use=True)
        feedback.save_rating(rating, "run-1")
        assert (feedback.reviews("run-1"), feedback.ratings("run-1")) == ([review], [rating])

    await inside(work)


async def test_what_a_person_said_about_themselves_is_kept_and_replaced(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        for value in ("no", "yes"):
            transaction.evidence.save_reading("educator-ana", "ready", value)
        assert transaction.evidence.readings("educator-ana") == {"ready": "yes"}
        assert transaction.evidence.readings("educator-bo") == {}

    await inside(work)


async def test_a_digest_is_opened_and_a_thing_put_off(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        nudges = transaction.nudges
        sent = NudgeRecord(educator_id="ana", at=NOW, kinds=("step",), refs=("run-1",))
        withheld = NudgeRecord(educator_id="ana", at=NOW + MINUTE, kinds=(), refs=(), reason="hold")
        for each in (sent, withheld):
            nudges.record(each)
        nudges.mark_opened("ana", NOW + 2 * MINUTE)
        assert nudges.records("ana", NOW) == [sent.model_copy(update={"opened": True}), withheld]
        assert nudges.records("ana", NOW + MINUTE) == [withheld]
        nudges.snooze("ana", "run-1", NOW + timedelta(days=1))
        assert nudges.snoozed("ana", NOW) == {"run-1"}
        assert nudges.snoozed("ana", NOW + timedelta(days=1)) == frozenset()

    await inside(work)


async def test_the_last_digest_is_opened_however_many_were_withheld_since(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        nudges = transaction.nudges
        sent = [
            NudgeRecord(educator_id="ana", at=NOW + n * MINUTE, kinds=(), refs=(), delivery=f"d{n}") for n in (0, 1)
        ]
        later = [NOW + (number + 2) * MINUTE for number in range(2 * LATELY + 1)]
        withheld = [NudgeRecord(educator_id="ana", at=at, kinds=(), refs=(), reason="hold") for at in later]
        for each in (*sent, *withheld):
            nudges.record(each)
        nudges.mark_opened("ana", later[-1])
        assert [record.opened for record in nudges.records("ana", NOW)][:3] == [False, True, False]

    await inside(work)


async def test_history_is_told_in_order(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        first = Recorded(at=NOW, kind="joined", subject="ana", actor="ana", facts={"how": "canción"})
        second = Recorded(at=NOW, kind="left", subject="ana", actor="fay")
        transaction.history.append(first, second)
        assert transaction.history.about("ana") == [first, second]
        assert transaction.history.about("bo") == []

    await inside(work)


async def test_evidence_keeps_every_version_and_result(inside: Callable[..., Any]) -> None:
    whose = {"educator_id": "ana", "microcredential_id": "wait-time"}
    place = whose | {"part_id": "one"}

    def work(transaction: SqlTransaction) -> None:
        evidence = transaction.evidence
        told = {"prompt_id": "why", "text": "Because", "at": NOW, "word_count": 1}
        second, first = (Draft(id=f"d{version}", version=version, **place, **told) for version in (2, 1))
        for draft in (second, first):
            evidence.add_draft(draft)
        evidence.share_draft("d1")
        assert evidence.drafts("ana", "wait-time") == [first.model_copy(update={"shared": True}), second]
        link = {"request_id": "plan", "title": "Plan", "link": "https://x.org", "consent": "held", "created_at": NOW}
        artifact = Artifact(id="artifact-1", **place, **link)
        evidence.save_artifact(artifact)
        assert evidence.get_artifact("artifact-1") == artifact
        assert evidence.artifacts("ana", "wait-time") == [artifact]
        results = [Result(status=status, at=NOW) for status in ("submitted", "not_yet")]
        for result in results:
            evidence.save_result(**whose, result=result)
        assert evidence.results("ana", "wait-time") == results

    await inside(work)


async def test_the_newest_version_of_a_proposal_can_be_taken_back(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        proposals = transaction.proposals
        versions = [
            Proposal(groups=(), unplaced={}, singletons={}, starts=NOW.date(), score=score) for score in (0.1, 0.2)
        ]
        for version in versions:
            proposals.save("p1", version, "open", NOW)
        assert proposals.find("p1") == (versions[1], "open")
        assert proposals.versions("p1") == versions
        assert proposals.newest("open") == ("p1", versions[1])
        assert proposals.drop_version("p1") == versions[0]
        assert proposals.drop_version("p1") is None
        assert proposals.find("p1") == (versions[0], "open")
        assert (proposals.find("p2"), proposals.newest("approved")) == (None, None)

    await inside(work)


async def test_what_was_undone_can_be_done_again_until_something_else_is(inside: Callable[..., Any]) -> None:
    def work(transaction: SqlTransaction) -> None:
        proposals = transaction.proposals
        first, second, third = (
            Proposal(groups=(), unplaced={}, singletons={}, starts=NOW.date(), score=score, pinned=pinned)
            for score, pinned in ((0.1, ()), (0.2, ("ann",)), (0.3, ("ann", "ben")))
        )
        for version in (first, second):
            proposals.save("p1", version, "open", NOW)
        assert proposals.undone("p1") is None
        assert proposals.drop_version("p1") == first
        assert proposals.undone("p1") == second
        assert proposals.restore_version("p1") == second
        assert proposals.restore_version("p1") is None
        assert proposals.find("p1") == (second, "open")
        assert proposals.drop_version("p1") == first
        proposals.save("p1", third, "open", NOW)
        assert proposals.undone("p1") is None
        assert proposals.versions("p1") == [first, third]

    await inside(work)


async def test_what_is_pinned_or_locked_stands_beside_the_body(inside: Callable[..., Any]) -> None:
    """A worker of the last version refuses fields it does not know, and goes on reading this."""

    def work(transaction: SqlTransaction) -> None:
        kept = {"pinned": ("ann",), "locked": ("group-1",)}
        proposal = Proposal(groups=(), unplaced={}, singletons={}, starts=NOW.date()).model_copy(update=kept)
        transaction.proposals.save("p1", proposal, "open", NOW)
        assert transaction.proposals.newest("open") == ("p1", proposal)
        (body,) = transaction.connection.execute(text("SELECT body FROM proposal")).scalars()
        assert not {"pinned", "locked"} & set(json.loads(body))

    await inside(work)
