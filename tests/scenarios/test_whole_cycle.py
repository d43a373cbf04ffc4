"""Eight weeks of one cohort in two time zones, across the change to summer time, lived once and looked at often."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from cohorts.calendar.hours import hold
from cohorts.calendar.instants import local
from cohorts.calendar.model import Rhythm
from cohorts.protocols.run import Run
from cohorts.usecases.tell import rhythm_of
from storage.chat_journal import Heard
from tests.scenarios.town import SIX, Clock, live_cycle, open_town

BEGINS = datetime(2026, 2, 9, 16, 30, tzinfo=UTC)
SUMMER_TIME = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
SILENT = "finn"
DILIGENT = "ann"


@dataclass
class Lived:
    """What is left of the eight weeks."""

    heard: list[Heard]
    runs: list[Run]
    dues: dict[tuple[str, str], dict[str, datetime]]
    rhythms: dict[str, Rhythm]
    states: dict[str, str]
    finished: bool
    room: str


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return asyncio.run(_live(tmp_path_factory.mktemp("cycle")))


async def _live(folder: Path) -> Lived:
    async with open_town(folder, *SIX, clock=Clock(BEGINS)) as town:
        for name in SIX:
            await town.arrive(name)
        (cohort,) = await town.form(*SIX)
        await town.pass_days(1)
        for name in SIX[:5]:
            await town.write_draft(name)
        dues: dict[tuple[str, str], dict[str, datetime]] = defaultdict(dict)
        end = BEGINS + timedelta(days=84)
        while town.clock.now() < end:
            await live_cycle(town, SIX, town.clock.now() + timedelta(days=1), _skips)
            for run in [*await town.runs("inquiry-cycle"), *await town.runs("tune-a-draft")]:
                for state in run.steps:
                    dues[run.id, state.id].update(state.due)
        return Lived(
            heard=list(await town.heard()),
            runs=[*await town.runs("inquiry-cycle"), *await town.runs("tune-a-draft")],
            dues=dues,
            rhythms=await town.ask(lambda tx: {n: rhythm_of(tx, tx.people.get_educator(n)) for n in (*SIX, "fay")}),
            states=await town.states(),
            finished=(await town.ask(lambda tx: tx.cohorts.get(cohort.id))).status == "finished",
            room=await town.room_of(cohort),
        )


def _skips(name: str, step: str) -> bool:
    return name == SILENT and step != "meet"


def test_the_cycle_ends_and_everything_was_said_once(lived: Lived) -> None:
    assert lived.finished
    assert {run.status for run in lived.runs} == {"ended"}
    assert set(lived.states.values()) == {"sent"}
    keys = [entry.key for entry in lived.heard]
    assert len(keys) == len(set(keys))
    assert {key for key, state in lived.states.items() if state == "sent"} >= set(keys) - {
        entry.key for entry in lived.heard if entry.only_for
    }
    opened = {state.id for run in lived.runs for state in run.steps if state.opened_at}
    assert {"meet", "predict", "tune-plan", "look", "tune-evidence", "retro", "examine", "respond"} <= opened


def test_each_deadline_is_at_the_same_wall_clock_in_winter_and_summer(lived: Lived) -> None:
    assert {rhythm.zone for rhythm in lived.rhythms.values()} == {"America/Chicago", "America/Denver"}
    dues = [(name, at) for due in lived.dues.values() for name, at in due.items()]
    assert min(at for _, at in dues) < SUMMER_TIME < max(at for _, at in dues)
    assert {local(at, lived.rhythms[name].zone).time() for name, at in dues} == {time(20)}


def test_each_digest_comes_at_ones_own_slot_in_winter_and_summer(lived: Lived) -> None:
    for name in SIX:
        digests = _digests(lived, name)
        assert {local(at, lived.rhythms[name].zone).time().replace(second=0) for at in digests} <= {time(12, 15)}
    silent = _digests(lived, SILENT)
    assert min(silent) < SUMMER_TIME < max(silent)


def test_nobody_hears_more_than_they_agreed_to(lived: Lived) -> None:
    for name in SIX:
        digests = _digests(lived, name)
        zone = lived.rhythms[name].zone
        days = [local(at, zone).date() for at in digests]
        assert len(days) == len(set(days))
        assert all(sum(a <= b < a + timedelta(days=7) for b in days) <= 3 for a in days)
        assert all(hold(lived.rhythms[name], at) is None for at in digests)
    assert len(_digests(lived, SILENT)) >= 5


def test_no_room_is_written_to_in_anybodys_night(lived: Lived) -> None:
    posts = [entry for entry in lived.heard if entry.room == lived.room and not entry.only_for]
    assert len(posts) > 100
    for entry in posts:
        assert {hold(rhythm, entry.at) for rhythm in lived.rhythms.values()} <= {None} or ":welcome@" in entry.key


def test_a_reveal_is_one_message_for_all(lived: Lived) -> None:
    reveals = [entry for entry in lived.heard if ":reveal:" in entry.key]
    assert {"predict", "look", "retro", "examine"} <= {entry.key.split(":")[1] for entry in reveals}
    assert {entry.room for entry in reveals} == {lived.room}
    for entry in reveals:
        assert set(SIX) <= set(entry.readers)
    by_step: dict[str, list[datetime]] = defaultdict(list)
    for entry in sorted(reveals, key=lambda entry: entry.number):
        run, step, *_ = entry.key.split(":")
        by_step[f"{run}/{step}"].append(entry.at)
    for times in by_step.values():
        assert all(earlier + timedelta(hours=12) <= later for earlier, later in pairwise(times))


def test_every_author_who_shared_has_two_reviews(lived: Lived) -> None:
    rounds = [run for run in lived.runs if run.protocol_id == "tune-a-draft" and run.step("share").answered]
    assert len(rounds) == 10
    for run in rounds:
        shown = [entry for entry in lived.heard if entry.key.startswith(f"{run.id}:examine:reveal:0")]
        assert len(shown) == 1
        assert len(shown[0].message.blocks) - 1 >= 2
        assert run.role("presenter")[0] not in run.step("examine").answered


def test_the_header_never_says_who_is_awaited(lived: Lived) -> None:
    headers = [entry for entry in lived.heard if ":header@" in entry.key]
    assert len(headers) == 13
    cycle = next(run for run in lived.runs if run.protocol_id == "inquiry-cycle")
    (header,) = [entry for entry in headers if entry.key.startswith(cycle.id)]
    assert not any(f"{name.title()} Lee" in str(header.message) for name in SIX)


def _digests(lived: Lived, name: str) -> list[datetime]:
    return [entry.at for entry in lived.heard if entry.key.startswith(f"{name}:digest:")]
