"""`cohortium form propose` and `policy`: cohorts for the people of a file, without a database."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import clock
from cohorts.forming.files.people import latest_of, latest_start, read_people
from cohorts.forming.files.policy import write_policy
from cohorts.forming.model import Policy
from cohorts.words import say

from ._forming_files import day_of, fixed_from, lines_of, policy_from, require_file, writing
from ._progress import Passed, Share
from ._shared import err, out, problems_told

if TYPE_CHECKING:
    from cohorts.forming.figures.division import Isolation
    from cohorts.forming.files.propose import Summary

LONG = 20_000_000
"""Characters, counted as often as they are gone through: some ten thousand people."""
TIMES_READ, WORTH_OF_SEARCH = 2, 2

People = Annotated[Path, typer.Option("--people", help="JSON lines, a person each.", show_default=False)]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="TOML; `cohortium form policy` prints it.", show_default="the usual one")
]
Day = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day it is done for.", show_default="today")
]


def propose(  # noqa: PLR0913, PLR0917 - a parameter for each option
    people: People,
    file: Annotated[Path, typer.Option("--out", help="JSON lines: cohorts, then who waits.", show_default=False)],
    policy: PolicyFile = None,
    fixed: Annotated[
        Path | None, typer.Option(help="JSON lines: cohorts people are in now; who moves, moves for a gain.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(min=0.01, max=86_400, help="How long to search, in seconds of two usual cores: work, not time."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same people, policy, seed and day give the same bytes.")] = 7,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Threads; they change nothing but the time.")] = 2,
    on: Day = None,
) -> None:
    """Cohorts for the people of a file, and why whoever waits does so. Needs no database and writes to none."""
    started = clock.elapsed()
    with problems_told():
        rules, day = policy_from(policy), day_of(on)
        cohorts = fixed_from(fixed)
        require_file(people)
        passed = Passed(LONG, "done")
        size = people.stat().st_size
        passed.total = (TIMES_READ + WORTH_OF_SEARCH) * size
        searched = Share(passed, WORTH_OF_SEARCH * size)
        with writing(file, [people, policy, fixed]) as opened, passed.shown(people.name):
            from cohorts.forming.files.propose import Asked, propose_lines  # noqa: PLC0415 - the search weighs a hundred megabytes: only who forms loads it

            starts = latest_start(lines_of(people, passed), day, latest_of(rules, day))
            rows = read_people(str(people), lines_of(people, passed), day)
            asked = Asked(rules, seed, day, starts, cohorts, seconds, workers)
            summary, lines = propose_lines(rows, asked, searched)
            searched("written", 1.0)
            opened.writelines(f"{line}\n" for line in lines)
    for line in _told(summary, clock.elapsed() - started):
        err.print(line)


def policy() -> None:
    """The usual policy, as TOML with a word on each setting: change what you like and give it as --policy."""
    out.print(write_policy(Policy()), end="", soft_wrap=True)


def _told(summary: "Summary", seconds: float) -> Iterator[str]:
    yield seats_told(summary.people, summary.seated, sum(summary.sizes.values()))
    if summary.sizes:
        yield f"Cohorts × size: {', '.join(f'{count:,} × {size}' for size, count in summary.sizes.items())}"
    if summary.waiting:
        causes = (f"{say('en', f'forming.cause_{code}')}: {count:,}" for code, count in summary.waiting.items())
        yield f"Waiting: {', '.join(causes)}"
    if summary.facilitators:
        yield f"Cohorts with a facilitator: {summary.led:,} (facilitators: {summary.facilitators:,})"
    yield isolation_told(summary.isolation)
    yield f"Score {summary.score:.4f}, {seconds:.1f} seconds"


def seats_told(people: int, seated: int, cohorts: int) -> str:
    made = "1 cohort" if cohorts == 1 else f"{cohorts:,} cohorts"
    return f"{people:,} people: {seated:,} with a seat in {made}, {people - seated:,} waiting"


def isolation_told(alone: "Isolation") -> str:
    said = f"{alone.before:,} of {alone.singletons:,} before, {alone.after:,} after"
    return f"Singletons with fewer than two near peers: {said}"
