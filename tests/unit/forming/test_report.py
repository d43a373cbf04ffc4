"""What a cooperative reads: true counts, gaps flagged, and nothing small enough to find anybody by."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.forming.form import form_cohorts
from cohorts.forming.model import Candidate, Policy, Proposal
from cohorts.forming.report import Balance, Report, locale_of, report_on
from cohorts.forming.suppress import FEWEST, hidden_cells
from cohorts.forming.tell_report import tell_report
from cohorts.words import LANGUAGES, say

Make = Callable[..., Candidate]
Crowd = Callable[..., list[Candidate]]


@pytest.fixture
def people(crowd: Crowd) -> list[Candidate]:
    codes = ("11", "21", "33", "43")
    made = crowd(120, seed=5, topics=3, leas=40)
    return [one.model_copy(update={"locale": codes[place % 4]}) for place, one in enumerate(made)]


@pytest.fixture
def report(people: list[Candidate], now: datetime) -> Report:
    return report_on(form_cohorts(people, Policy(), 7, now), Policy(), people)


def by(report: Report, name: str) -> Balance:
    return next(balance for balance in report.balances if balance.by == name)


def test_the_counts_are_those_of_the_proposal(people: list[Candidate], now: datetime) -> None:
    proposal = form_cohorts(people, Policy(), 7, now)
    report = report_on(proposal, Policy(), people)
    assert report.people == 120
    assert report.seated == sum(len(group.members) for group in proposal.groups)
    assert sum(report.leas.values()) == report.groups == len(proposal.groups) == sum(report.sizes.values())
    assert sum(report.hours.values()) == report.seated
    assert report.mean == pytest.approx(proposal.score, abs=1e-3)
    lonely = [who for who, level in proposal.singletons.items() if level != "none"]
    seats = {seat.educator_id: seat.terms for group in proposal.groups for seat in group.members}
    assert report.before.whole == report.after.whole == len(lonely)
    assert report.after.part == sum(who not in seats or seats[who].near_peers < 2 for who in lonely)
    assert report.after.percent is not None
    assert report.before.percent is not None
    assert report.after.percent < report.before.percent
    waiting = Counter(reason.code for reason in proposal.unplaced.values())
    assert {code for code, count in report.waiting.items() if count} <= {*waiting}
    assert sum(cell.people or 0 for cell in by(report, "locale").cells) == 120


def test_near_peers_before_are_those_of_the_own_district(candidate: Make, now: datetime) -> None:
    """Three in one district, each alone in the school; two of them teach alike, and nobody has two."""
    home = [candidate(name, lea_id="home", school_id=f"s-{name}") for name in "ab"]
    home.append(candidate("c", lea_id="home", school_id="s-c", subject="Art"))
    others = [candidate(name) for name in "defgh"]
    proposal = form_cohorts([*home, *others], Policy(), 7, now)
    report = report_on(proposal, Policy(), [*home, *others])
    assert (report.before.part, report.before.whole) == (8, 8)
    four = [candidate(name, lea_id="home", school_id=f"s-{name}") for name in "abc"] + others
    assert report_on(form_cohorts(four, Policy(), 7, now), Policy(), four).before.part == 5


def test_a_gap_is_flagged(people: list[Candidate], now: datetime) -> None:
    alone = [
        one.model_copy(update={"share_across_leas": False, "lea_id": f"far-{place}"}) if one.locale == "43" else one
        for place, one in enumerate(people)
    ]
    report = report_on(form_cohorts(alone, Policy(), 7, now), Policy(), alone)
    locales = by(report, "locale")
    assert (locales.worst, locales.flagged) == ("rural", True)
    told = next(told for told in tell_report(report, "en") if told.flagged)
    assert told.note.startswith("A gap: Rural is at 0 % of the average.")
    assert (report.waiting["no_consent_alone"] or 0) >= 30


def test_need_is_reported_where_it_is_known(people: list[Candidate], report: Report, now: datetime) -> None:
    assert "need" not in {balance.by for balance in report.balances}
    needy = {one.lea_id for one in people[:30]}
    known = report_on(form_cohorts(people, Policy(), 7, now), Policy(), people, needy)
    assert {cell.name for cell in by(known, "need").cells} == {"high", "other"}


def test_one_or_two_districts_are_not_recognised(people: list[Candidate], now: datetime) -> None:
    """Twenty rural people of two districts: each would know the other's figures by taking its own away."""
    rural = [place for place, one in enumerate(people) if one.locale == "43"]
    few = [
        one.model_copy(update={"lea_id": f"rural-{place % 2}"}) if place in rural else one
        for place, one in enumerate(people)
    ]
    report = report_on(form_cohorts(few, Policy(), 7, now), Policy(), few)
    hidden = {cell.name for cell in by(report, "locale").cells if cell.people is None}
    assert "rural" in hidden
    assert len(hidden) >= 2
    assert all(cell.value is None for cell in by(report, "locale").cells if cell.people is None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_nothing_may_be_told_one_line_says_so(language: str, candidate: Make, now: datetime) -> None:
    people = [candidate(name, language="es" if name in "abcd" else "en") for name in "abcdefgh"]
    report = report_on(form_cohorts(people, Policy(), 7, now), Policy(), people)
    titles = {say(language, f"report.by_{balance.by}"): balance for balance in report.balances}
    told = next(told for told in tell_report(report, language) if told.title == say(language, "report.by_language"))
    assert {cell.people for cell in titles[told.title].cells} == {None}
    assert (told.rows, told.note) == ((), say(language, "report.untold", fewest=FEWEST))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40), max_size=8))
def test_what_is_hidden_cannot_be_worked_out(counts: dict[str, int]) -> None:
    hidden = hidden_cells(counts)
    told = {name: count for name, count in counts.items() if name not in hidden}
    assert all(count == 0 or count >= FEWEST for count in told.values())
    left = sum(counts.values()) - sum(told.values())
    if hidden and any(told.values()):
        assert len(hidden) > 1
        assert left >= FEWEST


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_in_words(language: str, report: Report) -> None:
    tables = tell_report(report, language)
    assert len(tables) >= 4
    for told in tables:
        assert told.title
        assert all(len(row) == len(told.head) for row in told.rows)


def test_nobody_at_all_is_reported_too(now: datetime) -> None:
    empty = Proposal(groups=(), unplaced={}, singletons={}, starts=now.date())
    report = report_on(empty, Policy(), [])
    assert (report.people, report.groups, report.balances) == (0, 0, ())
    assert tell_report(report, "en")[1].note == "Nobody waits."


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("11", "city"),
        ("23", "suburb"),
        ("31", "town"),
        ("42", "rural"),
        ("Rural, remote", "rural"),
        ("", ""),
        ("x", ""),
    ],
)
def test_a_locale_is_a_code_or_a_word(said: str, found: str, candidate: Make) -> None:
    assert locale_of(candidate("a", locale=said)) == found
