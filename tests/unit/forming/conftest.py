"""Made-up people who want to be in a cohort."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

import pytest

from cohorts.forming.form import form_cohorts
from cohorts.forming.model import Candidate, Policy, Proposal
from cohorts.people.model import Window

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PROBLEMS = (
    "Students do not revise their writing after feedback",
    "Small-group talk is dominated by a few voices",
    "Exit tickets are collected but not used to plan the next lesson",
    "Families of multilingual learners are not heard",
    "Wait time after questions is too short",
    "Fractions on a number line are misread",
)


def _candidate(name: str, **given: Any) -> Candidate:
    fields: dict[str, Any] = {
        "interest_id": f"i-{name}",
        "educator_id": name,
        "email": f"{name}@example.org",
        "lea_id": f"lea-{name}",
        "zone": "America/New_York",
        "subject": "Mathematics",
        "grade_band": "6-8",
        "problem_of_practice": PROBLEMS[0],
        "availability": (Window(weekday=1, start=time(16), end=time(18)),),
        "microcredential_id": "m",
        "stack": "stack",
        "family": "family",
        "start_from": date(2026, 1, 12),
        "waiting_since": NOW,
    }
    return Candidate.model_validate(fields | given)


def _random(number: int, chance: random.Random, topics: int, leas: int) -> Candidate:
    windows = []
    for weekday in sorted(chance.sample(range(5), 3)):
        start = chance.choice([7, 15, 16, 17])
        windows.append(Window(weekday=weekday, start=time(start), end=time(start + chance.choice([1, 2]))))
    topic = chance.randrange(topics)
    return _candidate(
        f"e{number:04}",
        lea_id=f"{chance.randrange(leas):07}",
        school_id=f"s{chance.randrange(3 * leas)}",
        zone=chance.choice(["America/New_York", "America/Chicago"]),
        subject=chance.choice(["Math", "Science", "ELA", "Social Studies"]),
        grade_band=chance.choice(["K-2", "3-5", "6-8", "9-12"]),
        problem_of_practice=chance.choice(PROBLEMS),
        availability=tuple(windows),
        microcredential_id=f"m{topic}",
        stack=f"stack{topic // 2}",
        family=f"family{topic // 4}",
        share_across_leas=chance.random() < 0.92,
        platform=chance.choice(["slack", "discord"]),
    )


def _crowd(size: int, *, seed: int = 1, topics: int = 1, leas: int = 12) -> list[Candidate]:
    chance = random.Random(seed)
    return [_random(number, chance, topics, leas) for number in range(size)]


@cache
def formed(size: int, seed: int, topics: int, leas: int = 12) -> tuple[list[Candidate], Proposal]:
    """A crowd and its proposal, made once however often they are asked for."""
    people = _crowd(size, seed=seed, topics=topics, leas=leas)
    return people, form_cohorts(people, Policy(), 7, NOW)


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def candidate() -> Callable[..., Candidate]:
    """`candidate("ana", lea_id="1")`: alike in everything that is not given, but for LEA and e-mail."""
    return _candidate


@pytest.fixture(scope="session")
def crowd() -> Callable[..., list[Candidate]]:
    """`crowd(48, seed=1, topics=6, leas=12)`: different people, the same for the same seed."""
    return _crowd
