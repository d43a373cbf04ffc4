"""Why not in another cohort: true to the terms, and deaf to what anybody asked for in confidence."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.forming.alternatives import shares
from cohorts.forming.explain import explain, explain_group, explain_homes, explain_why_not, weak_points
from cohorts.forming.form import form_cohorts
from cohorts.forming.model import Candidate, Policy, Proposal
from cohorts.forming.objective import People
from cohorts.forming.why_not import WhyNot, other_groups, why_not
from cohorts.words import LANGUAGES
from tests.fakes.examples import examples
from tests.unit.forming.conftest import formed

Make = Callable[..., Candidate]
PAIRS = st.tuples(st.integers(1, 3), st.integers(0, 35), st.integers(0, 20))


def asked(people: list[Candidate], proposal: Proposal, who: str, place: int) -> WhyNot | None:
    others = other_groups(proposal, who, lambda _: True)
    return why_not(proposal, who, others[place % len(others)], Policy(), people) if others else None


@settings(max_examples=examples(25), deadline=None)
@given(PAIRS, st.data())
def test_whatever_anybody_asked_for_the_answer_is_the_same(pair: tuple[int, int, int], data: st.DataObject) -> None:
    seed, number, place = pair
    (people, proposal), who = formed(36, seed, 2), f"e{number:04}"
    plain = asked(people, proposal, who, place)
    wishes: dict[str, Any] = {
        "avoid": tuple(data.draw(st.lists(st.sampled_from([one.email for one in people]), max_size=9))),
        "evaluators": tuple(data.draw(st.lists(st.sampled_from([one.email for one in people]), max_size=9))),
    }
    changed = [one.model_copy(update=wishes) if data.draw(st.booleans()) else one for one in people]
    own = {one.educator_id for one in people if one.educator_id != who and data.draw(st.booleans())}
    changed = [one.model_copy(update={"grades": "own"}) if one.educator_id in own else one for one in changed]
    assert asked(changed, proposal, who, place) == plain


@settings(max_examples=examples(25), deadline=None)
@given(PAIRS)
def test_what_is_said_is_in_the_terms(pair: tuple[int, int, int]) -> None:
    seed, number, place = pair
    (people, proposal), who = formed(36, seed, 2), f"e{number:04}"
    why, mine = asked(people, proposal, who, place), proposal.group_of(who)
    if why is None or mine is None:
        return
    others = other_groups(proposal, who, lambda _: True)
    other = others[place % len(others)]
    ready = People(people, Policy(), proposal.starts)
    me = ready.index[who]
    now = shares(ready, me, [ready.index[seat.educator_id] for seat in mine.members])
    then = shares(ready, me, [*(ready.index[seat.educator_id] for seat in other.members), me])
    assert all(then.get(name, 0) < now.get(name, 0) for name in why.worse)
    assert all(then.get(name, 0) > now.get(name, 0) for name in why.better)
    assert why.full == (len(other.members) == 8)
    assert why.needed_here == (len(mine.members) == 4)


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(1, 3))
def test_no_sentence_names_a_person_a_time_or_another_lea(language: str, seed: int) -> None:
    people, proposal = formed(30, seed, 2)
    secrets = {one.email for one in people} | {one.educator_id for one in people} | {one.lea_id for one in people}
    for who in list(proposal.singletons)[:6]:
        why = asked(people, proposal, who, seed)
        said = explain(proposal, who, language, "America/Chicago") + (explain_why_not(why, language) if why else "")
        assert not [secret for secret in secrets if secret in said]
        if why:
            assert ":" not in explain_why_not(why, language).replace("of: ", "").replace("menos: ", "").replace(
                "más: ", ""
            )


def test_cohorts_of_those_who_keep_to_their_district_are_not_spoken_of(candidate: Make, now: datetime) -> None:
    home = [candidate(name, lea_id="home", share_across_leas=False) for name in "abcd"]
    wide = [candidate(name, lea_id=f"lea-{name}") for name in "efghij"]
    proposal = form_cohorts([*home, *wide], Policy(), 7, now)
    sharing = {one.educator_id for one in wide}
    assert other_groups(proposal, "e", lambda seat: seat.educator_id in sharing) == ()
    mine = proposal.group_of("e")
    assert other_groups(proposal, "a", lambda seat: seat.educator_id in sharing) == (mine,)
    assert other_groups(proposal, "nobody", lambda _: True) == ()


def test_cohorts_of_those_who_keep_to_their_grades_are_not_spoken_of(candidate: Make, now: datetime) -> None:
    own = [candidate(name, grade_band="K-2", grades="own") for name in "abcd"]
    wide = [candidate(name) for name in "efghij"]
    proposal = form_cohorts([*own, *wide], Policy(), 7, now)
    assert other_groups(proposal, "e", lambda _: True, lambda seat: seat.educator_id not in "abcd") == ()
    (theirs,) = other_groups(proposal, "a", lambda _: True)
    why = why_not(proposal, "a", theirs, Policy(), [*own, *wide])
    assert why is not None
    assert why.far, "by the asker's own word"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words(language: str) -> None:
    everything = WhyNot(
        language=True,
        far=True,
        full=True,
        needed_here=True,
        worse=("hours", "near"),
        better=("districts", "topic"),
    )
    nothing = explain_why_not(WhyNot(), language)
    said = explain_why_not(everything, language)
    assert said.endswith(nothing)
    assert len(said.split(". ")) >= 6


def test_where_the_others_come_from_is_counted_by_consent() -> None:
    homes = ["Marfa ISD", "Presidio ISD", "Marfa ISD", ""]
    assert explain_homes(homes, "Presidio ISD", "en") == (
        "The others come from your own district, Marfa ISD (2) and a district I do not name."
    )
    assert explain_homes([], "Presidio ISD", "en") == ""
    assert explain_homes(["", ""], "", "es") == "Las demás personas vienen de distritos que no nombro (2)."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cohort_is_explained_with_its_weak_points(language: str, candidate: Make, now: datetime) -> None:
    people = [candidate(name, lea_id="one", subject="Art" if name == "f" else "Math") for name in "abcde"]
    people.append(candidate("f", lea_id="one", availability=(), grade_band="K-2", problem_of_practice="Dibujo"))
    proposal = form_cohorts(people, Policy(), 7, now)
    (group,) = proposal.groups
    assert set(weak_points(proposal, group)) >= {"unknown", "district"}
    said = explain_group(proposal, group, language, "America/Chicago")
    assert ("Weak points" if language == "en" else "Puntos débiles") in said
    strong = [candidate(name) for name in "abcdef"]
    best = form_cohorts(strong, Policy(), 7, now)
    assert weak_points(best, best.groups[0]) == {}
    assert explain_group(best, best.groups[0], language, "America/Chicago")
