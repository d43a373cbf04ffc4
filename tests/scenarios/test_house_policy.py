"""A house says by a file what a good cohort is: its button, its board, its answers and its seats go by it."""

from itertools import product
from pathlib import Path

import pytest

from cohorts.events import OpenForm
from cohorts.messages import ChoiceField
from cohorts.usecases.board.forming import FormingBoard, forming_board, look_around
from tests.scenarios.test_security_forming_pages import browser
from tests.scenarios.town import SIX, Town, open_town, whispered

THREES = "smallest = 3\ntarget = 3\nlargest = 3\n"
FOURS = "smallest = 4\ntarget = 4\nlargest = 4\n"
EIGHT = (*SIX, "gil", "hope")


async def board_of(town: Town) -> FormingBoard:
    return await town.ask(lambda tx: forming_board(tx, tx.people.get_educator("fay")))


async def why_not(town: Town, name: str) -> str:
    opened = await town.press(name, "cohort.other.open")
    assert isinstance(opened, OpenForm)
    (field,) = opened.form.fields
    assert isinstance(field, ChoiceField)
    return whispered(await town.send(name, "cohort.other.send", group=field.options[0].id))


async def test_sizes_hold_at_the_button_on_the_board_in_why_not_and_for_newcomers(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX, "gil", policy=THREES) as town:
        await town.join(*SIX)
        await town.press("fay", "form.propose")
        board = await board_of(town)
        assert board.proposal
        assert [len(group.members) for group in board.proposal.groups] == [3, 3]
        assert board.problems == ()
        places, _ = await town.ask(lambda tx: look_around(tx, board, "ann", exchanges=False))
        refused = {one.refused for one in places if one.to[0] == "g"}
        assert refused == {"full"}
        async with browser(town, "fay") as client:
            page = (await client.get("/forming")).text
            assert 'href="/forming/approve"' in page
            assert "too small" not in page
        assert "2 rooms are opening" in whispered(await town.press("fay", "form.approve", board.proposal_id))
        told = await why_not(town, "ann")
        assert "as many people as a cohort can have" in told
        assert "too small to go on" in told
        await town.join("gil")
        assert all(len(cohort.members) == 3 for cohort in await town.ask(lambda tx: tx.cohorts.active()))


async def test_another_policy_does_not_hold_what_was_proposed_by_the_one_before(tmp_path: Path) -> None:
    """The file changed and the house was started again: what is open is looked at by the new one."""
    async with open_town(tmp_path, *SIX, policy=THREES) as town:
        await town.join(*SIX)
        await town.press("fay", "form.propose")
    async with open_town(tmp_path, *SIX) as town:
        assert {problem.reason for problem in (await board_of(town)).problems} == {"small"}
        refused = await town.press("fay", "form.approve", await town.open_proposal(), key="later")
        assert "too small" in whispered(refused)
        assert not await town.ask(lambda tx: tx.cohorts.every())


@pytest.mark.parametrize(
    ("weights", "alike", "said"),
    [("", "subject", "subject"), ("[weights]\nsubject = 0.0\n", "band", "grade")],
)
async def test_what_makes_people_close_is_the_houses_own(tmp_path: Path, weights: str, alike: str, said: str) -> None:
    kinds = list(product(("Science", "Music"), ("K-2", "9-12"), range(2)))
    people = dict(zip(EIGHT, kinds, strict=True))
    async with open_town(tmp_path, *EIGHT, policy=FOURS + weights) as town:
        for name, (subject, band, _) in people.items():
            await town.join(name, subject=subject, grade_band=band)
        await town.press("fay", "form.propose")
        board = await board_of(town)
        assert board.proposal
        for group in board.proposal.groups:
            there = [people[seat.educator_id] for seat in group.members]
            assert len({one[0 if alike == "subject" else 1] for one in there}) == 1
        await town.press("fay", "form.approve", board.proposal_id)
        less = (await why_not(town, "ann")).partition("less of")[2].partition(".")[0]
        assert said in less


@pytest.mark.parametrize(("gain", "seated"), [("0.0", True), ("0.25", True), ("1.0", False)])
async def test_how_much_a_free_seat_must_gain_is_the_houses_own(tmp_path: Path, gain: str, seated: bool) -> None:
    async with open_town(tmp_path, *SIX, "gil", policy=f"seat_gain = {gain}\n") as town:
        await town.form(*SIX)
        await town.pass_days(1)
        await town.join("gil")
        await town.pass_days(1)
        (cohort,) = await town.ask(lambda tx: tx.cohorts.active())
        assert ("gil" in cohort.active_members) is seated
