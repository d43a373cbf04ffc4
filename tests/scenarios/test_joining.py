"""Joining, changing, pausing, leaving, and the undo of each."""

from pathlib import Path

import pytest

from cohorts.events import Done, FieldErrors, OpenForm
from tests.scenarios.town import MICROCREDENTIAL, PROBLEM, SIX, START, Town, joining, open_town, whispered


async def interest_of(town: Town, name: str) -> str:
    return " ".join(i.status for i in await town.ask(lambda tx: tx.interests.of(name)))


async def test_one_form_joins_and_what_happens_next_is_said(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.arrive("ann")
        assert ("join.open", "") in await town.actions("ann")
        opened = await town.press("ann", "join.open")
        assert isinstance(opened, OpenForm)
        assert "Who can see this" in opened.form.note
        assert isinstance(await town.send("ann", "join.send", **joining()), Done)
        text = await town.reads("ann")
        assert "You are in, Ann." in text
        assert "What happens next" in text
        assert "nobody else in your district" in text  # the only one of her LEA
        assert await interest_of(town, "ann") == "waiting"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("microcredential", "", "Choose one microcredential"),
        ("microcredential", "no-such-thing", "Choose one microcredential"),
        ("subject", "  ", "needed"),
        ("grade_band", "", "needed"),
        ("grade_band", "university", ""),
        ("problem", "too short", "Five words or more"),
        ("problem", "My student John Smith 4/5/2012 cannot read at all", "name a student"),
        ("avoid", "not-an-address", "not an e-mail address"),
        ("avoid", "ann@example.org", "your own address"),
        ("times", "9-midnight", ""),
        ("times", "nonsense", ""),
        ("minutes", "many", ""),
        ("minutes", "9" * 30, ""),
        ("start", "yesterday", ""),
        ("language", "xx", ""),
    ],
)
async def test_a_problem_stands_at_its_field_and_nothing_is_kept(
    tmp_path: Path, field: str, value: str, said: str
) -> None:
    async with open_town(tmp_path, "ann") as town:
        response = await town.send("ann", "join.send", **joining(**{field: value}))
        assert isinstance(response, FieldErrors)
        assert set(response.problems) == {field}
        assert said in response.problems[field] or said == "needed"
        assert await interest_of(town, "ann") == ""
        assert isinstance(await town.send("ann", "join.send", **joining()), Done)


async def test_the_same_form_sent_again_says_nothing_new(tmp_path: Path) -> None:
    """Who was not told that it arrived sends it once more."""
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        before = await town.reads("ann")
        assert isinstance(await town.send("ann", "join.send", **joining()), Done)
        assert await town.reads("ann") == before
        await town.send("ann", "join.send", **joining(grades="own"))
        assert "Saved, Ann." in await town.reads("ann")


async def test_the_same_form_after_ones_cohort_joins_anew(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        (interest,) = await town.ask(lambda tx: tx.interests.of("ann"))
        over = interest.model_copy(update={"status": "placed"})
        await town.change(lambda tx: tx.interests.save(over))
        await town.send("ann", "join.send", **joining())
        assert await interest_of(town, "ann") == "waiting"


async def test_change_is_the_same_form_filled_in(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        opened = await town.press("ann", "join.open", MICROCREDENTIAL)
        assert isinstance(opened, OpenForm)
        known = {field.id: getattr(field, "initial", "") for field in opened.form.fields}
        assert known["problem"] == PROBLEM
        await town.send("ann", "join.send", MICROCREDENTIAL, **joining(subject="Physics"))
        (interest,) = await town.ask(lambda tx: tx.interests.of("ann"))
        assert (interest.subject, interest.status, interest.since) == ("Physics", "waiting", START)


async def test_pause_and_leave_can_be_undone(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.press("ann", "join.pause", MICROCREDENTIAL)
        assert await interest_of(town, "ann") == "paused"
        assert ("join.resume", "") in await town.actions("ann")
        await town.press("ann", "join.resume")
        assert await interest_of(town, "ann") == "waiting"
        await town.press("ann", "join.leave", MICROCREDENTIAL)
        assert await interest_of(town, "ann") == "withdrawn"
        assert "You have left the queue" in await town.reads("ann")
        await town.press("ann", "join.return")
        assert await interest_of(town, "ann") == "waiting"
        assert (await town.ask(lambda tx: tx.due.at("digest", "ann"))) is not None


async def test_a_pause_ends_by_itself(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        await town.press("ann", "join.pause")
        await town.pass_days(20)
        assert await interest_of(town, "ann") == "waiting"
        assert (await town.ask(lambda tx: tx.people.get_educator("ann"))).paused_until is None


async def test_leaving_a_cohort_and_coming_back(tmp_path: Path) -> None:
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.pass_days(1)
        await town.press("ann", "join.leave")
        await town.pass_days(1)
        assert "ann" not in (await town.cohort("ann")).active_members
        assert not any(room.room.kind == "room" for room in await town.house.local.people.rooms("ann"))
        assert "Ann Lee has left" in await town.reads("fay")
        await town.press("ann", "join.return")
        assert "ann" in (await town.cohort("ann")).active_members
        assert any(room.room.kind == "room" for room in await town.house.local.people.rooms("ann"))
        assert await interest_of(town, "ann") == "placed"


async def test_an_old_undo_pressed_in_a_running_cohort_changes_nothing(tmp_path: Path) -> None:
    """The "Undo" under "You have left the queue" stays in the conversation."""
    async with open_town(tmp_path, *SIX) as town:
        await town.join("ann")
        await town.press("ann", "join.leave")
        await town.press("ann", "join.return")
        await town.form(*SIX[1:])
        await town.press("ann", "join.return")
        assert await interest_of(town, "ann") == "placed"
        await town.press("ann", "join.resume")
        assert await interest_of(town, "ann") == "placed"
        await town.press("fay", "form.propose")
        assert await town.ask(lambda tx: tx.proposals.newest("open")) is None


@pytest.mark.parametrize("away", [("join.pause", "join.resume"), ("join.leave", "join.return")])
async def test_coming_back_while_drafts_are_tuned(tmp_path: Path, away: tuple[str, str]) -> None:
    """One's own round was begun before one went: it is taken up again, not begun twice."""
    async with open_town(tmp_path, *SIX) as town:
        await town.form(*SIX)
        await town.tick_until(lambda tx: len(tx.runs.of_cohort(tx.cohorts.of("ann")[0].id)) > 6)
        await town.press("ann", away[0])
        await town.pass_days(1)
        await town.press("ann", away[1])
        assert "ann" in (await town.cohort("ann")).active_members
        assert (await town.round_of("ann")).status == "running"
        rounds = [run for run in await town.runs("tune-a-draft") if run.role("presenter") == ("ann",)]
        assert len(rounds) == 1
        await town.pass_days(30)
        assert (await town.round_of("ann")).status == "ended"


async def test_the_language_is_switched_for_what_comes_next(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        await town.join("ann")
        assert "From now on" not in whispered(await town.press("ann", "home.language"))
        assert "Estás" in whispered(await town.press("ann", "home.open")) or "Hola" in whispered(
            await town.press("ann", "home.open")
        )
        assert "From now on in English" in whispered(await town.press("ann", "home.language"))


async def test_a_subject_that_names_a_student_is_not_taken(tmp_path: Path) -> None:
    async with open_town(tmp_path, "ann") as town:
        values = joining(subject="my student Maria Lopez, maria.lopez@pupils.example")
        refused = await town.send("ann", "join.send", **values)
        assert isinstance(refused, FieldErrors)
        assert "could name a student" in refused.problems["subject"]
        assert not await town.ask(lambda tx: tx.interests.of("ann"))
