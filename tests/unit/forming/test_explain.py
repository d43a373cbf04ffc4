"""What people are told: exact, in their zone and language, and nothing about anybody else's wishes."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import get_args

import pytest

from cohorts.forming.edit import NEW, move
from cohorts.forming.explain import (
    explain,
    explain_group,
    explain_refusal,
    explain_unplaced,
    explain_waiting,
    summarise,
)
from cohorts.forming.form import form_cohorts
from cohorts.forming.model import Candidate, Policy, Proposal, Reason, ReasonCode, Refusal, RefusalCode
from cohorts.people.model import Window
from cohorts.words import LANGUAGES

Make = Callable[..., Candidate]
NAMES = "abcdef"


def test_a_person_is_told_the_terms_exactly(candidate: Make, now: datetime) -> None:
    week = (
        Window(weekday=1, start=time(16), end=time(18)),
        Window(weekday=3, start=time(15, 30), end=time(16, 30)),
    )
    people = [candidate(name, availability=week, lea_id=f"lea-{place % 3}") for place, name in enumerate(NAMES)]
    people[1] = people[1].model_copy(update={"subject": "Science", "grade_band": "9-12"})
    people[2] = people[2].model_copy(update={"subject": "Art"})
    people[3] = people[3].model_copy(update={"grade_band": "K-2"})
    proposal = form_cohorts(people, Policy(), 7, now)
    assert explain(proposal, "a", "en", "America/Chicago") == (
        "Same microcredential. Three hours a week when all six can meet "
        "(Tue 15:00, Tue 16:00, Thu 14:30 your time). "
        "Four of five share your subject family; three near peers; three districts."
    )
    assert explain(proposal, "c", "en", "America/New_York").endswith(
        "Nobody else is in your subject family; no near peers; three districts.\n\nWhat was traded: subject."
    )
    assert explain(proposal, "a", "es", "America/New_York").startswith(
        "La misma microcredencial. Tres horas a la semana en las que pueden reunirse las seis personas "
        "(mar 16:00, mar 17:00, jue 15:30, tu hora)."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobodys_wishes_or_hours_are_told(language: str, candidate: Make, now: datetime) -> None:
    def told(**wishes: object) -> str:
        people = [candidate(name, lea_id="home") for name in NAMES]
        people[0] = people[0].model_copy(update=wishes)
        proposal = form_cohorts(people, Policy(), 7, now)
        return explain(proposal, "b", language, "America/New_York")

    plain = told()
    assert told(avoid=("somebody@example.org",)) == plain
    assert told(evaluators=("head@example.org",)) == plain
    assert told(share_across_leas=False) == plain
    more = (Window(weekday=1, start=time(16), end=time(18)), Window(weekday=4, start=time(7), end=time(9)))
    assert told(availability=more) == plain


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_put_alone_does_not_show_their_hours(language: str, candidate: Make, now: datetime) -> None:
    people = [candidate(name) for name in NAMES]
    alone = move(form_cohorts(people, Policy(), 7, now), "a", NEW, Policy(), people)
    assert isinstance(alone, Proposal)
    group = alone.group_of("a")
    assert group
    assert group.meet_at
    for told in (explain(alone, "a", language, "UTC"), explain_group(alone, group, language, "UTC")):
        assert told
        assert ":" not in told
        assert not any(letter.isdigit() for letter in told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown_times_and_wider_cohorts_are_said(language: str, candidate: Make, now: datetime) -> None:
    people = [candidate(name) for name in "abc"]
    people += [candidate("z", availability=(), microcredential_id="n", grade_band="K-2", subject="Art")]
    proposal = form_cohorts(people, Policy(), 7, now)
    said = explain(proposal, "z", language, "America/New_York")
    assert said.count("\n\n") == 2
    assert ("yes" if language == "en" else "sí") in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", get_args(ReasonCode))
def test_every_reason_says_why_and_what_happens_next(code: ReasonCode, language: str) -> None:
    said = explain_unplaced(Reason(code=code, needed=1, start=date(2026, 4, 1)), language)
    why, after = said.split("\n\n")
    assert len(why) > 20
    assert len(after) > 20


def test_reasons_count_and_date_in_words() -> None:
    assert "1 more person on" in explain_unplaced(Reason(code="too_few", needed=1), "en")
    assert "2 more people on" in explain_unplaced(Reason(code="too_few", needed=2), "en")
    later = Reason(code="start_later", start=date(2027, 4, 1))
    assert "on April 1, 2027, so" in explain_unplaced(later, "en")
    assert "el 1 de abril de 2027, por" in explain_unplaced(later, "es")


@pytest.mark.parametrize(("language", "there"), [("en", "there"), ("es", "allí")])
def test_who_stays_in_an_unknown_district_is_not_told_of_colleagues_there(language: str, there: str) -> None:
    assert there not in explain_waiting(Reason(code="no_district"), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", get_args(ReasonCode))
def test_a_reason_alone_promises_nothing(code: ReasonCode, language: str) -> None:
    reason = Reason(code=code, needed=1, start=date(2026, 4, 1))
    alone = explain_waiting(reason, language)
    assert explain_unplaced(reason, language).startswith(f"{alone}\n\n")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", get_args(RefusalCode))
def test_every_refusal_has_words(code: RefusalCode, language: str) -> None:
    assert explain_refusal(Refusal(reason=code), language)


def test_facilitators_see_the_whole(candidate: Make, now: datetime) -> None:
    people = [candidate(name) for name in NAMES] + [candidate("z", share_across_leas=False)]
    rows = dict(summarise(form_cohorts(people, Policy(), 7, now), "en"))
    assert rows == {
        "People with a seat": "6 of 7 (86 %)",
        "Cohorts × size": "1 × 6",
        "People with a weekly hour for all": "6 of 6 (100 %)",
        "People with three or more such hours": "0 of 6 (0 %)",
        "Singletons with fewer than two near peers": "0 of 6 (0 %)",
        "Alone in their school or district with their problem of practice": "7",
        "Cohorts with three or more districts": "1 of 1 (100 %)",
        "People to ask: wider than their microcredential": "0 of 6 (0 %)",
        "Waiting": "stay within their district: 1",
    }


def test_an_empty_proposal_can_be_summed_up(now: datetime) -> None:
    rows = dict(summarise(form_cohorts([], Policy(), 7, now), "es"))
    assert rows["Personas con lugar"] == "0 de 0"
    assert rows["En espera"] == "ninguno"


def test_whoever_is_not_in_the_proposal_has_no_explanation(now: datetime) -> None:
    with pytest.raises(KeyError):
        explain(form_cohorts([], Policy(), 7, now), "nobody", "en", "UTC")
