"""Proposing, looking, moving, undoing, approving; who is never together; who is told why not."""

from pathlib import Path

import pytest

from cohorts.events import FieldErrors, OpenForm, Whisper
from cohorts.forming.model import Proposal
from cohorts.usecases.board.forming import FormingBoard, forming_board
from tests.scenarios.town import SIX, Town, buttons, open_town, whispered

TWELVE = (*SIX, "gil", "hope", "ida", "jon", "kim", "lou")


async def proposed(town: Town) -> Proposal:
    found = await town.ask(lambda tx: tx.proposals.newest("open"))
    assert found is not None
    return found[1]


async def looks(town: Town, name: str) -> FormingBoard:
    return await town.ask(lambda tx: forming_board(tx, tx.people.get_educator(name)))


async def test_nobody_hears_of_a_proposal_before_it_is_approved(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        told = await town.press("fay", "form.propose")
        assert "A proposal is ready" in whispered(told)
        assert isinstance(told, Whisper)
        assert [one.action for one in buttons(told.message)] == ["form.look.open"]
        await town.pass_days(0.1)
        assert not [room for room in await town.house.local.people.rooms("ann") if room.room.kind == "room"]
        before = len(await town.heard())
        proposal = await town.open_proposal()
        assert "room is opening" in whispered(await town.press("fay", "form.approve", proposal))
        assert [room for room in await town.house.local.people.rooms("ann") if room.room.kind == "room"]
        await town.pass_days(0.1)
        assert len(await town.heard()) > before
        assert "Few students answer" in await town.reads("finn")
        assert "Why this cohort" in whispered(await town.press("ann", "cohort.why.open"))
        # Approved is approved: a second tap finds nothing open.
        assert "no longer here" in whispered(await town.press("fay", "form.approve", proposal))
        assert len(await town.ask(lambda tx: tx.cohorts.every())) == 1


async def test_people_are_moved_and_a_move_is_undone(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        await town.join(*TWELVE)
        await town.press("fay", "form.propose")
        first, second = (await proposed(town)).groups
        who, proposal = first.members[0].educator_id, await town.open_proposal()
        assert "Moved" in whispered(await town.press("fay", "form.move", f"{proposal}/{who}/{second.id}"))
        assert (await proposed(town)).seat_of(who) != first
        assert who in {s.educator_id for g in (await proposed(town)).groups if g.id == second.id for s in g.members}
        assert "Undone" in whispered(await town.press("fay", "form.undo", proposal))
        assert who in {s.educator_id for g in (await proposed(town)).groups if g.id == first.id for s in g.members}
        assert "nothing to undo" in whispered(await town.press("fay", "form.undo", proposal))
        for value in (f"{proposal}/nobody/{second.id}", f"{proposal}/{who}/nowhere", proposal, "a/b/c/d/e", ""):
            await town.press("fay", "form.move", value)
        assert await proposed(town) is not None


async def test_undo_without_a_move_leaves_the_proposal_alone(tmp_path: Path) -> None:
    """A proposal made again at the same instant is another one, though nothing about it differs."""
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        await town.press("fay", "form.propose")
        first = await town.open_proposal()
        await town.press("fay", "form.propose")
        assert await town.open_proposal() != first
        assert "nothing to undo" in whispered(await town.press("fay", "form.undo", await town.open_proposal()))
        assert len((await proposed(town)).groups) == 1
        assert not (await looks(town, "fay")).undoable


async def test_pins_and_locks_outlast_a_new_proposal_and_are_undone(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        await town.join(*TWELVE)
        await town.press("fay", "form.propose")
        proposal, (first, second) = await town.open_proposal(), (await proposed(town)).groups
        who = first.members[0].educator_id
        assert "Moved" in whispered(await town.press("fay", "form.move", f"{proposal}/{who}/{second.id}"))
        assert "Pinned" in whispered(await town.press("fay", "form.pin", f"{proposal}/{who}"))
        assert "pinned" in whispered(await town.press("fay", "form.move", f"{proposal}/{who}/{first.id}"))
        assert "Locked" in whispered(await town.press("fay", "form.lock", f"{proposal}/{first.id}"))
        kept = {
            seat.educator_id
            for group in (await proposed(town)).groups
            if group.id == first.id
            for seat in group.members
        }
        await town.press("fay", "form.propose")
        assert await town.open_proposal() == proposal, "one more version of the same, so it can be undone"
        again = await proposed(town)
        assert again.group_of(who).id == second.id  # type: ignore[union-attr]
        assert {s.educator_id for group in again.groups if group.id == first.id for s in group.members} == kept
        for said in ("Undone", "Undone", "Undone", "Undone", "nothing to undo"):
            assert said in whispered(await town.press("fay", "form.undo", proposal))
        assert (await proposed(town)).group_of(who).id == first.id  # type: ignore[union-attr]
        assert "Done again" in whispered(await town.press("fay", "form.redo", proposal))
        assert (await proposed(town)).group_of(who).id == second.id  # type: ignore[union-attr]
        assert "pin is off" not in whispered(await town.press("fay", "form.pin", f"{proposal}/{who}"))
        assert "nothing to do again" in whispered(await town.press("fay", "form.redo", proposal))
        assert "pin is off" in whispered(await town.press("fay", "form.pin", f"{proposal}/{who}"))
        assert "isn" not in whispered(await town.press("fay", "form.lock", f"{proposal}/{second.id}"))
        assert "Unlocked" in whispered(await town.press("fay", "form.lock", f"{proposal}/{second.id}"))
        for value in (f"{proposal}/nobody", proposal, "a/b/c", ""):
            await town.press("fay", "form.pin", value)
            await town.press("fay", "form.lock", value)


async def test_cohorts_are_approved_in_parts(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        await town.join(*TWELVE)
        await town.press("fay", "form.propose")
        proposal, (first, second) = await town.open_proposal(), (await proposed(town)).groups
        assert "no longer here" in whispered(await town.press("fay", "form.approve", f"{proposal}/nowhere"))
        assert "1 room is opening" in whispered(await town.press("fay", "form.approve", f"{proposal}/{first.id}"))
        (cohort,) = await town.ask(lambda tx: tx.cohorts.every())
        assert set(cohort.active_members) == {seat.educator_id for seat in first.members}
        rest = await proposed(town)
        assert [group.id for group in rest.groups] == [second.id]
        assert await town.open_proposal() != proposal
        assert "nothing to undo" in whispered(await town.press("fay", "form.undo", await town.open_proposal()))
        assert "no longer here" in whispered(await town.press("fay", "form.approve", f"{proposal}/{second.id}"))
        await town.press("fay", "form.approve", f"{await town.open_proposal()}/{second.id}")
        cohorts = await town.ask(lambda tx: tx.cohorts.every())
        assert {member for one in cohorts for member in one.active_members} == {*TWELVE}
        assert len({one.name for one in cohorts}) == 2


async def test_a_part_is_looked_at_like_the_whole(tmp_path: Path) -> None:
    """Who left, whom one may not see and a wish that changed count for a part too, and for it alone."""
    async with open_town(tmp_path, *TWELVE) as town:
        await town.settle_in("abe", **FACILITATOR)
        await town.settle_in("ann", evaluators=("abe@example.org",))
        await town.join(*TWELVE)
        await town.press("fay", "form.propose")
        proposal, shown = await town.open_proposal(), await proposed(town)
        mine, other = sorted(shown.groups, key=lambda group: shown.group_of("ann") != group)
        assert "An operator can approve it" in whispered(
            await town.press("abe", "form.approve", f"{proposal}/{mine.id}")
        )
        gone = other.members[0].educator_id
        await town.press(gone, "join.leave")
        assert "1 room is opening" in whispered(await town.press("abe", "form.approve", f"{proposal}/{other.id}"))
        (cohort,) = await town.ask(lambda tx: tx.cohorts.every())
        assert set(cohort.active_members) == {seat.educator_id for seat in other.members} - {gone}
        third = next(seat.educator_id for seat in mine.members if seat.educator_id != "ann")
        await town.join("ann", avoid=f"{third}@example.org")
        value = f"{await town.open_proposal()}/{mine.id}"
        assert "cannot be in one cohort" in whispered(await town.press("fay", "form.approve", value))
        assert len(await town.ask(lambda tx: tx.cohorts.every())) == 1


async def test_a_teacher_asks_why_here_and_why_not_there(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        await town.join("ann", avoid="gil@example.org")
        await town.join(*TWELVE[1:])
        await town.press("fay", "form.propose")
        await town.press("fay", "form.approve", await town.open_proposal())
        told = await town.press("ann", "cohort.why.open")
        assert "The others come from your own district, " in whispered(told)
        assert isinstance(told, Whisper)
        assert [one.action for one in buttons(told.message)] == ["cohort.other.open"]
        opened = await town.press("ann", "cohort.other.open")
        assert isinstance(opened, OpenForm)
        (option,) = opened.form.fields[0].options  # type: ignore[union-attr]
        assert option.label.endswith("cohort 1: 6 people, 3 districts")
        answers = [
            whispered(await town.send(name, "cohort.other.send", group=option.id))
            for name in ("ann", *TWELVE[1:])
            if (await town.cohort(name)).id == (await town.cohort("ann")).id
        ]
        assert "Seats are chosen for everybody together" in answers[0]
        assert not any("gil" in said.lower() or "@" in said for said in answers)
        assert isinstance(await town.send("ann", "cohort.other.send"), FieldErrors)
        assert "no other cohort" in whispered(await town.send("ann", "cohort.other.send", group="nowhere"))
        assert "no other cohort" in whispered(await town.press("fay", "cohort.other.open"))


async def test_where_somebody_comes_from_is_told_as_far_as_they_agreed(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.settle_in(*SIX, lea={"ann": 0, "ben": 1, "cam": 1, "dee": 1, "eva": 1, "finn": 2})
        await town.form(*SIX)
        assert "come from Fabens and Marfa (4)." in whispered(await town.press("ann", "cohort.why.open"))
        await town.join("finn", share="no")
        assert "Marfa (4) and a district I do not name" in whispered(await town.press("ann", "cohort.why.open"))


async def test_only_who_leads_may_form(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        assert "Forming cohorts is for facilitators." in whispered(await town.press("ann", "form.propose"))
        await town.press("fay", "form.propose")
        proposal = await town.open_proposal()
        for action in ("form.approve", "form.undo", "form.redo", "form.move", "form.exchange", "form.pin", "form.lock"):
            assert "Forming cohorts is for facilitators." in whispered(await town.press("ann", action, proposal))
        assert not await town.ask(lambda tx: tx.cohorts.every())


async def test_evaluators_and_the_not_with_list_stay_apart_and_nobody_learns_of_it(tmp_path: Path) -> None:
    async with open_town(tmp_path, *TWELVE) as town:
        await town.settle_in("ann", evaluators=("ben@example.org",))
        await town.join(*[name for name in TWELVE if name != "cam"])
        await town.join("cam", avoid="dee@example.org")
        await town.press("fay", "form.propose")
        await town.press("fay", "form.approve", await town.open_proposal())
        for one, other in (("ann", "ben"), ("cam", "dee")):
            mine = {cohort.id for cohort in await town.ask(lambda tx, one=one: tx.cohorts.of(one))}
            theirs = {cohort.id for cohort in await town.ask(lambda tx, other=other: tx.cohorts.of(other))}
            assert not mine & theirs
        await town.pass_days(1)
        assert "dee@example.org" not in await town.all_text()


async def test_who_finds_no_cohort_is_told_why_in_a_digest(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "zoe") as town:
        await town.arrive("zoe")
        await town.join("zoe", language="es")
        await town.form(*SIX)
        assert "zoe" not in {m.educator_id for c in await town.ask(lambda tx: tx.cohorts.every()) for m in c.members}
        await town.pass_days(3)
        digests = [entry for entry in await town.heard() if ":digest:" in entry.key and "zoe" in entry.readers]
        assert digests
        assert "tu idioma" in str(digests[0].message)


@pytest.mark.parametrize(("spoken", "leads"), [("en", ""), ("es", "fay")])
async def test_nobody_leads_a_cohort_whose_language_they_do_not_speak(tmp_path: Path, spoken: str, leads: str) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("fay", roles=("teacher", "facilitator", "operator"), language=spoken)
        await town.join(*SIX, language="es")
        await town.press("fay", "form.propose")
        told = whispered(await town.press("fay", "form.approve", await town.open_proposal()))
        assert (("no facilitator fits (language" in told) or ("nadie puede facilitar (idioma" in told)) == (not leads)
        (cohort,) = await town.ask(lambda tx: tx.cohorts.active())
        assert (cohort.language, cohort.facilitator_id) == ("es", leads)


async def test_who_left_the_queue_before_the_approval_gets_no_seat(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil") as town:
        await town.join(*SIX, "gil")
        await town.press("fay", "form.propose")
        await town.press("ann", "join.leave")
        await town.press("ben", "join.pause")
        await town.press("fay", "form.approve", await town.open_proposal())
        (cohort,) = await town.ask(lambda tx: tx.cohorts.every())
        assert not {"ann", "ben"} & set(cohort.active_members)
        assert len(cohort.members) == 5


async def test_a_group_that_shrank_below_four_is_not_approved(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX[:4]) as town:
        await town.join(*SIX[:4])
        await town.press("fay", "form.propose")
        await town.press("ann", "join.leave")
        assert "too small" in whispered(await town.press("fay", "form.approve", await town.open_proposal()))
        assert not await town.ask(lambda tx: tx.cohorts.every())


@pytest.mark.parametrize("change", [{"share": "no"}, {"avoid": "ben@example.org"}])
async def test_a_wish_that_changed_after_the_proposal_is_kept(tmp_path: Path, change: dict[str, str]) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.join(*SIX)
        await town.press("fay", "form.propose")
        await town.join("ann", **change)
        board = await looks(town, "fay")
        assert [problem.reason for problem in board.problems] == ["apart"]
        assert "cannot be in one cohort" in whispered(await town.press("fay", "form.approve", board.proposal_id))
        assert not await town.ask(lambda tx: tx.cohorts.every())
        await town.press("fay", "form.move", f"{board.proposal_id}/ann/waiting")
        await town.press("fay", "form.approve", board.proposal_id)
        (cohort,) = await town.ask(lambda tx: tx.cohorts.every())
        assert "ann" not in cohort.active_members


FACILITATOR = {"roles": ("teacher", "facilitator")}


async def led_by(town: Town, **joined: str) -> str:
    """Who facilitates the cohort of SIX, ann having joined with these words; fay comes after all others."""
    await town.join("ann", **joined)
    await town.join(*SIX[1:])
    await town.press("fay", "form.propose")
    said = whispered(await town.press("fay", "form.approve", await town.open_proposal()))
    (cohort,) = await town.ask(lambda tx: tx.cohorts.every())
    assert ("no facilitator fits" in said) == (cohort.facilitator_id == "")
    return cohort.facilitator_id


async def test_whom_a_member_asked_not_to_be_with_does_not_facilitate(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("abe", **FACILITATOR)
        assert await led_by(town, avoid="abe@example.org") == "fay"


async def test_who_is_evaluated_by_a_member_does_not_facilitate(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("abe", evaluators=("ann@example.org",), **FACILITATOR)
        assert await led_by(town) == "fay"


async def test_who_asked_not_to_be_with_a_member_does_not_facilitate(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("abe", **FACILITATOR)
        await town.join("abe", avoid="ann@example.org", language="es")
        assert await led_by(town) == "fay"


async def test_consent_covers_the_facilitator_too(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.settle_in(*SIX, lea=dict.fromkeys(SIX, 1))
        assert await led_by(town, share="no") == ""


async def test_a_facilitator_of_the_same_district_is_covered_by_consent(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        await town.settle_in(*SIX, lea=dict.fromkeys(SIX, 1))
        await town.settle_in("abe", lea={"abe": 1}, **FACILITATOR)
        assert await led_by(town, share="no") == "abe"


async def test_an_evaluator_does_not_read_whom_they_evaluate(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.settle_in("abe", **FACILITATOR)
        await town.settle_in("ann", evaluators=("abe@example.org",))
        await town.join(*SIX)
        await town.press("fay", "form.propose")
        assert "ann" in (await looks(town, "fay")).people
        board = await looks(town, "abe")
        assert set(board.people) == {*SIX} - {"ann"}
        assert not board.approvable
        value = f"{board.proposal_id}/ann/waiting"
        assert "may not see this person" in whispered(await town.press("abe", "form.move", value))
        for action, pair in (("form.exchange", "ben/ann"), ("form.exchange", "ann/ben"), ("form.pin", "ann")):
            told = await town.press("abe", action, f"{board.proposal_id}/{pair}")
            assert "may not see this person" in whispered(told)
        assert board.proposal
        locked = f"{board.proposal_id}/{board.proposal.groups[0].id}"
        assert "may not see everybody in this cohort" in whispered(await town.press("abe", "form.lock", locked))
        assert "Locked." in whispered(await town.press("fay", "form.lock", locked))
        assert "may not see everybody in this cohort" in whispered(await town.press("abe", "form.lock", locked))
        assert "Unlocked." in whispered(await town.press("fay", "form.lock", locked))
        assert "An operator can approve it" in whispered(await town.press("abe", "form.approve", board.proposal_id))
        assert not await town.ask(lambda tx: tx.cohorts.every())
        await town.press("fay", "form.move", value)
        assert "may not see this person" in whispered(await town.press("abe", "form.undo", board.proposal_id))
        assert (await looks(town, "abe")).approvable, "whom abe may not see has no seat any more"


async def test_who_keeps_to_a_district_is_read_there_and_by_an_operator(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX[1:]) as town:
        await town.settle_in("ann", lea={"ann": 0})
        await town.settle_in("abe", lea={"abe": 0}, **FACILITATOR)
        await town.settle_in("bob", lea={"bob": 1}, **FACILITATOR)
        await town.join("ann", share="no")
        await town.join(*SIX[1:])
        await town.press("fay", "form.propose")
        assert "ann" in (await looks(town, "abe")).people
        assert "ann" in (await looks(town, "fay")).people
        board = await looks(town, "bob")
        assert "ann" not in board.people
        assert "may not see" in whispered(await town.press("bob", "form.move", f"{board.proposal_id}/ann/new"))
