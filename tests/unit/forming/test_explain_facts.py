"""Whatever an explanation says is in the input: counted anew here, from the candidates themselves."""

import re
from collections.abc import Sequence
from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.forming.explain import explain, explain_group
from cohorts.forming.hours import DAY, offset_minutes
from cohorts.forming.model import Candidate
from cohorts.forming.own_words import own_words
from cohorts.forming.similarity import band, subject_family
from tests.unit.forming.conftest import NOW, PROBLEMS, formed

NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
ZONE = "America/Denver"
CROWDS = pytest.mark.parametrize(("seed", "topics", "leas"), [(1, 1, 3), (2, 2, 12), (3, 3, 40), (4, 2, 6)])


def number(word: str) -> int:
    return NUMBERS.index(word.lower()) if word.lower() in NUMBERS else int(word)


def is_free(person: Candidate, minute: int) -> bool:
    """Whether the whole hour from this minute of the UTC week lies in the person's own windows."""
    local = (minute + offset_minutes(person.zone, NOW.date())) % (7 * DAY)
    day, start = divmod(local, DAY)

    def covers(begin: time, end: time, at: int) -> bool:
        return begin.hour * 60 + begin.minute <= at and at + 30 <= end.hour * 60 + end.minute

    return all(
        any(window.weekday == day and covers(window.start, window.end, start + half) for window in person.availability)
        for half in (0, 30)
    )


def said_minutes(text: str) -> list[int]:
    found = re.search(r"can meet \(([^)]*?),? ?(?:…)? your time\)", text)
    ahead = offset_minutes(ZONE, NOW.date())
    times = [part.split() for part in re.split(r", ?", found.group(1)) if part.strip()] if found else []
    return [
        (DAYS.index(day) * DAY + int(clock[:2]) * 60 + int(clock[3:]) - ahead) % (7 * DAY)
        for day, clock in (each for each in times if len(each) == 2)
    ]


@CROWDS
def test_a_persons_explanation_holds(seed: int, topics: int, leas: int) -> None:
    people, proposal = formed(30, seed, topics, leas)
    known = {one.educator_id: one for one in people}
    for group in proposal.groups:
        members = [known[seat.educator_id] for seat in group.members]
        for me in members:
            others = [one for one in members if one is not me]
            text = explain(proposal, me.educator_id, "en", ZONE)
            check_family(text, me, others)
            check_peers(text, me, others)
            check_topic(text, me, others)
            minutes = said_minutes(text)
            assert len(minutes) == min(3, group.common_hours)
            assert all(is_free(one, minute) for one in members for minute in minutes)
            (leas_said,) = re.findall(r"; (\w+) districts?\.", text)
            assert number(leas_said) == len({one.lea_id for one in members})


def check_family(text: str, me: Candidate, others: Sequence[Candidate]) -> None:
    mine = subject_family(me.subject)
    same = sum(one.subject == me.subject or (mine != "" and subject_family(one.subject) == mine) for one in others)
    if "nobody else is in your subject family" in text.lower():
        assert same == 0
    elif "all the others share your subject family" in text.lower():
        assert same == len(others)
    else:
        ((part, whole),) = re.findall(r"(\w+) of (\w+) shares? your subject family", text)
        assert (number(part), number(whole)) == (same, len(others))


def check_peers(text: str, me: Candidate, others: Sequence[Candidate]) -> None:
    mine = subject_family(me.subject)
    near = sum(
        (one.subject == me.subject or (mine != "" and subject_family(one.subject) == mine))
        and abs((band(one.grade_band) or 0) - (band(me.grade_band) or 0)) <= 1
        for one in others
    )
    (said,) = re.findall(r"(\w+) near peers?", text)
    assert number(said) == near


def check_topic(text: str, me: Candidate, others: Sequence[Candidate]) -> None:
    same = sum(one.microcredential_id == me.microcredential_id for one in others)
    if text.startswith("Same microcredential."):
        assert same == len(others)
    elif text.startswith("A related microcredential."):
        assert same == 0
    else:
        assert text.startswith(f"{same} of the {len(others)} others")


@CROWDS
def test_a_cohorts_explanation_holds(seed: int, topics: int, leas: int) -> None:
    people, proposal = formed(30, seed, topics, leas)
    known = {one.educator_id: one for one in people}
    for group in proposal.groups:
        members = [known[seat.educator_id] for seat in group.members]
        text = explain_group(proposal, group, "en", ZONE)
        same = len({one.microcredential_id for one in members}) == 1
        assert (f"All {len(members)} work on the same microcredential." in text) == same
        ((family, near),) = re.findall(r"(\d+) of \d+ are in one subject family; (\d+) of \d+ have", text)
        families = [subject_family(one.subject) or one.subject for one in members]
        assert int(family) == max(families.count(name) for name in families)
        assert int(near) <= len(members)
        assert ("all from one district" in text) == (len({one.lea_id for one in members}) == 1)
        assert ("no weekly hour for all" in text) == (group.common_hours == 0)
        assert all(is_free(one, minute) for one in members for minute in said_minutes(text))


@settings(deadline=None)
@given(st.sampled_from(PROBLEMS), st.lists(st.sampled_from(PROBLEMS), max_size=5))
def test_words_are_ones_own_and_met_by_others(mine: str, others: list[str]) -> None:
    words = own_words(mine, others)
    assert len(words) <= 3
    assert all(word in mine.lower() for word in words)
    assert all(any(word[:4] in other.lower() for other in others) for word in words)


def test_a_word_is_met_in_another_form_and_in_spanish() -> None:
    assert own_words("Students stop revising after my feedback", ["Feedback leads to no revision", "I revise"]) == (
        "feedback",
        "revising",
    )
    assert own_words("El alumnado no revisa sus textos", ["Revisar cuesta", "Los textos son cortos"]) == (
        "revisa",
        "textos",
    )
    assert own_words("", ["anything"]) == own_words("anything", []) == ()
