"""Forming: who gets a seat, beside whom, and what those are told who get none."""

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cohorts.forming.form import form_cohorts
from cohorts.forming.merging import nearest
from cohorts.forming.model import Candidate, DuplicateCandidateError, Policy, Proposal
from cohorts.forming.objective import People, singleton_levels
from cohorts.forming.seat import try_seat
from cohorts.forming.terms import describe
from cohorts.people.model import Window
from tests.fakes.examples import examples

Make = Callable[..., Candidate]
Crowd = Callable[..., list[Candidate]]
NAMES = "abcdefghijklmnopqrstuvwxyz"


def groups_of(proposal: Proposal) -> list[set[str]]:
    return [{seat.educator_id for seat in group.members} for group in proposal.groups]


def sizes_of(proposal: Proposal) -> list[int]:
    return sorted(len(group.members) for group in proposal.groups)


def form(candidates: list[Candidate], now: datetime, policy: Policy | None = None, seed: int = 7) -> Proposal:
    return form_cohorts(candidates, policy or Policy(), seed, now)


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_too_few_wait_and_are_told_how_many_more(size: int, candidate: Make, now: datetime) -> None:
    proposal = form([candidate(name) for name in NAMES[:size]], now)
    assert proposal.groups == ()
    assert [(reason.code, reason.needed) for reason in proposal.unplaced.values()] == [("too_few", 4 - size)] * size


@pytest.mark.parametrize(
    ("size", "sizes"), [(4, [[4]]), (6, [[6]]), (8, [[8], [4, 4]]), (9, [[4, 5]]), (13, [[6, 7], [5, 8]])]
)
def test_everybody_gets_a_seat_whatever_the_remainder(
    size: int, sizes: list[list[int]], candidate: Make, now: datetime
) -> None:
    proposal = form([candidate(name) for name in NAMES[:size]], now)
    assert sizes_of(proposal) in sizes
    assert not proposal.unplaced


def test_sizes_with_gaps_seat_as_many_as_possible(candidate: Make, now: datetime) -> None:
    policy = Policy(smallest=5, target=6, largest=7)
    eight = form([candidate(name) for name in NAMES[:8]], now, policy)
    assert sizes_of(eight) == [7]
    assert [reason.code for reason in eight.unplaced.values()] == ["uneven"]


def test_nobody_available_still_gets_cohorts_without_a_common_hour(candidate: Make, now: datetime) -> None:
    proposal = form([candidate(name, availability=()) for name in NAMES[:6]], now)
    (group,) = proposal.groups
    assert (group.meet_at, group.times_known) == ((), False)


def test_unknown_times_are_not_always(candidate: Make, now: datetime) -> None:
    people = [candidate(name) for name in NAMES[:5]]
    (group,) = form([*people, candidate("z", availability=())], now).groups
    assert group.common_hours == 0
    always = tuple(Window(weekday=day, start=time(0), end=time(23, 59)) for day in range(7))
    (group,) = form([*people, candidate("z", availability=always)], now).groups
    assert group.meet_at == (1 * 1440 + 21 * 60, 1 * 1440 + 22 * 60)


def test_a_common_hour_binds_more_than_anything(candidate: Make, now: datetime) -> None:
    def free(name: str, weekday: int) -> Candidate:
        return candidate(name, availability=(Window(weekday=weekday, start=time(16), end=time(18)),))

    proposal = form([free(name, place % 2) for place, name in enumerate(NAMES[:12])], now)
    assert sorted(map(sorted, groups_of(proposal))) == [list("acegik"), list("bdfhjl")]
    assert [group.common_hours for group in proposal.groups] == [2, 2]


def test_two_starts_around_a_clock_change_still_meet(candidate: Make, now: datetime) -> None:
    now = datetime.fromisoformat("2026-03-02T12:00+00:00")
    starts = [date(2026, 3, 4), date(2026, 3, 16)]
    proposal = form([candidate(name, start_from=starts[place % 2]) for place, name in enumerate(NAMES[:6])], now)
    assert proposal.starts == date(2026, 3, 16)
    assert proposal.groups[0].meet_at == (1 * 1440 + 20 * 60, 1 * 1440 + 21 * 60)


def test_who_starts_much_later_waits_for_that(candidate: Make, now: datetime) -> None:
    people = [candidate(name) for name in NAMES[:4]]
    proposal = form([*people, candidate("z", start_from=date(2026, 4, 1))], now)
    assert proposal.unplaced["z"].code == "start_later"
    assert proposal.unplaced["z"].start == date(2026, 4, 1)


@pytest.mark.parametrize("field", ["interest_id", "educator_id", "email"])
def test_nobody_can_stand_twice_among_the_candidates(field: str, candidate: Make, now: datetime) -> None:
    twin = candidate("b").model_copy(update={field: getattr(candidate("a"), field)})
    with pytest.raises(DuplicateCandidateError, match=field):
        form([candidate("a"), twin], now)


@pytest.mark.parametrize("field", ["avoid", "evaluators"])
def test_one_sided_wishes_bind_both(field: str, candidate: Make, now: datetime) -> None:
    people = [candidate(name) for name in NAMES[:11]]
    people.append(candidate("z", **{field: ("A@Example.org",)}))
    proposal = form(people, now)
    assert not proposal.unplaced
    assert not any({"a", "z"} <= group for group in groups_of(proposal))


def test_avoiding_oneself_changes_nothing(candidate: Make, now: datetime) -> None:
    people = [candidate(name, avoid=(f"{name}@example.org",)) for name in NAMES[:6]]
    assert sizes_of(form(people, now)) == [6]


def test_a_clique_larger_than_the_cohorts_is_spread(candidate: Make, now: datetime) -> None:
    clique = [f"{name}@example.org" for name in NAMES[:9]]
    people = [candidate(name, avoid=tuple(clique)) for name in NAMES[:9]]
    people += [candidate(f"free{number:02}") for number in range(31)]
    proposal = form(people, now)
    assert not proposal.unplaced
    assert all(len(group & set(NAMES[:9])) <= 1 for group in groups_of(proposal))


def test_who_fits_with_nobody_is_told_without_a_name(candidate: Make, now: datetime) -> None:
    people = [candidate(name) for name in NAMES[:5]]
    everybody = tuple(person.email for person in people)
    proposal = form([*people, candidate("z", avoid=everybody)], now)
    assert proposal.unplaced["z"].code == "all_conflict"
    assert sizes_of(proposal) == [5]


def test_without_consent_only_the_own_lea(candidate: Make, now: datetime) -> None:
    home = [candidate(name, lea_id="home", share_across_leas=False) for name in "ab"]
    home += [candidate(name, lea_id="home") for name in "cd"]
    away = [candidate(name) for name in "mnopqr"]
    proposal = form(home + away, now)
    assert sorted(map(sorted, groups_of(proposal))) == [list("abcd"), list("mnopqr")]


def test_alone_without_consent_is_told_so(candidate: Make, now: datetime) -> None:
    people = [candidate(name) for name in NAMES[:6]]
    proposal = form([*people, candidate("z", share_across_leas=False)], now)
    assert (proposal.unplaced["z"].code, proposal.unplaced["z"].needed) == ("no_consent_alone", 3)


def test_own_grades_alone_are_a_rule(candidate: Make, now: datetime) -> None:
    """Exactly the same band: those one apart are near, and others all the same."""
    own = [candidate(name, grade_band="3-5", grades="own") for name in "ab"]
    own += [candidate(name, grade_band="3-5") for name in "cd"]
    others = [candidate(name) for name in "mnopq"] + [candidate("r", grade_band="K-5"), candidate("s", grade_band="")]
    proposal = form(own + others, now)
    assert sorted(map(sorted, groups_of(proposal))) == [list("abcd"), list("mnopqrs")]


def test_own_grades_bind_who_comes_later_and_who_merges(candidate: Make) -> None:
    there = [candidate(name) for name in "abcd"]
    own = candidate("z", grade_band="3-5", grades="own")
    for newcomer, members in (
        (own, there),
        (candidate("y", grade_band="9-12"), [*there[:3], candidate("o", grades="own")]),
    ):
        assert try_seat(newcomer, "c", members, Policy(), newcomer.start_from) is None
        assert nearest([newcomer], {"c": members}, Policy(), newcomer.start_from) is None
        welcome = newcomer.model_copy(update={"grade_band": "6-8"})
        assert try_seat(welcome, "c", members, Policy(), newcomer.start_from)
        assert nearest([welcome], {"c": members}, Policy(), newcomer.start_from) == "c"


def test_alone_with_own_grades_is_told_how_many_more(candidate: Make, now: datetime) -> None:
    people = [candidate(name) for name in NAMES[:6]]
    proposal = form([*people, candidate("z", grade_band="3-5", grades="own")], now)
    assert (proposal.unplaced["z"].code, proposal.unplaced["z"].needed) == ("own_grades", 3)


@pytest.mark.parametrize("size", [1, 3])
def test_among_too_few_a_wish_of_ones_own_is_the_reason(size: int, candidate: Make, now: datetime) -> None:
    """Three more people anywhere would not make a cohort for whoever keeps to their own district or grades."""
    others = [candidate(name, grade_band="6-8") for name in NAMES[: size - 1]]
    at_home = form([*others, candidate("y", lea_id="far", share_across_leas=False)], now)
    assert (at_home.unplaced["y"].code, at_home.unplaced["y"].needed) == ("no_consent_alone", 3)
    own = form([*others, candidate("z", grade_band="K-2", grades="own")], now)
    assert (own.unplaced["z"].code, own.unplaced["z"].needed) == ("own_grades", 3)


def test_own_grades_that_nobody_knows_bind_nobody(candidate: Make, now: datetime) -> None:
    people = [
        candidate(name, grade_band=band, grades="own") for name, band in zip("abcd", ["", "art", "", ""], strict=True)
    ]
    assert sizes_of(form(people, now)) == [4]


@pytest.mark.parametrize("seed", range(3))
def test_with_own_grades_no_rule_is_broken_whatever_the_order(seed: int, crowd: Crowd, now: datetime) -> None:
    chance = random.Random(seed)
    people = [
        one.model_copy(update={"grades": chance.choice(["any", "own"])}) for one in crowd(150, seed=seed, topics=2)
    ]
    proposal = form(people, now)
    ready = People(people, Policy(), proposal.starts)
    for group in groups_of(proposal):
        assert not any(ready.apart(ready.index[one], ready.index[other]) for one, other in combinations(group, 2))
    assert form(chance.sample(people, len(people)), now) == proposal


def test_unknown_leas_are_nobodys_own(candidate: Make, now: datetime) -> None:
    proposal = form([candidate(name, lea_id="", share_across_leas=False) for name in NAMES[:6]], now)
    assert {reason.code for reason in proposal.unplaced.values()} == {"no_district"}


def test_languages_do_not_mix(candidate: Make, now: datetime) -> None:
    people = [candidate(name) for name in NAMES[:6]] + [candidate(name, language="es") for name in "xyz"]
    proposal = form(people, now)
    assert {code: reason.code for code, reason in proposal.unplaced.items()} == dict.fromkeys("xyz", "language")
    assert {reason.needed for reason in proposal.unplaced.values()} == {1}


def test_the_stack_is_asked_before_the_family_and_only_for_a_seat(candidate: Make, now: datetime) -> None:
    full = [candidate(name) for name in NAMES[:6]]
    two = [candidate(name, microcredential_id="n") for name in "uv"]
    two += [candidate(name, microcredential_id="o", stack="other") for name in "xy"]
    two += [candidate(name, microcredential_id="p", stack="other") for name in "wz"]
    proposal = form(full + two, now)
    assert not proposal.unplaced
    other = proposal.group_of("x")
    assert other is not None
    assert {seat.educator_id for seat in other.members} == set("wxyz")
    assert other.rung == "stack"
    assert all(seat.asked for seat in other.members)
    lonely = proposal.seat_of("u")
    assert lonely is not None
    assert (lonely.terms.rung, lonely.terms.same_microcredential) == ("stack", 1)


def test_blank_and_identical_people_are_no_trouble(candidate: Make, now: datetime) -> None:
    blank = {"problem_of_practice": "", "subject": "", "grade_band": "", "platform": ""}
    proposal = form([candidate(name, **blank) for name in NAMES[:14]], now)
    assert not proposal.unplaced
    assert 0 <= proposal.score <= 1


def test_all_singletons_find_each_other(candidate: Make, now: datetime) -> None:
    proposal = form([candidate(name) for name in NAMES[:18]], now)
    assert set(proposal.singletons.values()) == {"lea"}
    assert sizes_of(proposal) == [6, 6, 6]
    assert all(group.leas == 6 for group in proposal.groups)


def test_singletons_come_first_when_seats_are_short(candidate: Make, now: datetime) -> None:
    policy = Policy(smallest=5, target=6, largest=7)
    colleagues = [candidate(name, lea_id="big", school_id="one") for name in NAMES[:7]]
    proposal = form([*colleagues, candidate("z", subject="Art", grade_band="K-2")], now, policy)
    assert "z" not in proposal.unplaced
    assert len(proposal.unplaced) == 1


def test_singleton_levels_look_at_school_and_lea(candidate: Make) -> None:
    people = [
        candidate("a", lea_id="1", school_id="s"),
        candidate("b", lea_id="1", school_id="s"),
        candidate("c", lea_id="1", school_id="t"),
        candidate("d", lea_id="2", school_id="s"),
        candidate("e", lea_id="1", school_id="s", microcredential_id="n"),
        candidate("f", lea_id=""),
    ]
    assert singleton_levels(people) == {"a": "none", "b": "none", "c": "school", "d": "lea", "e": "lea", "f": "lea"}


@pytest.mark.parametrize(
    ("sizes", "said"),
    [((6, 6, 5), "more than largest"), ((4, 9, 8), "target"), ((4, 3, 8), "target"), ((1, 6, 8), "at least 2")],
)
def test_an_impossible_policy_says_why(sizes: tuple[int, int, int], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Policy(smallest=sizes[0], target=sizes[1], largest=sizes[2])


def partitions(people: tuple[int, ...], policy: Policy) -> Iterator[list[tuple[int, ...]]]:
    """Every way to seat all of them."""
    if not people:
        yield []
        return
    for size in range(policy.smallest, min(policy.largest, len(people)) + 1):
        for mates in combinations(people[1:], size - 1):
            rest = tuple(person for person in people[1:] if person not in mates)
            for others in partitions(rest, policy):
                yield [(people[0], *mates), *others]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [8, 10])
def test_small_pools_come_close_to_the_best_there_is(size: int, seed: int, crowd: Crowd, now: datetime) -> None:
    policy = Policy()
    people = [person.model_copy(update={"share_across_leas": True}) for person in crowd(size, seed=seed, leas=6)]
    ready = People(people, policy, date(2026, 1, 12))
    worth: dict[tuple[int, ...], float] = {}

    def value(group: tuple[int, ...]) -> float:
        if group not in worth:
            worth[group] = sum(seat.terms.value for seat in describe(ready, "g", group).members)
        return worth[group]

    best = max(sum(map(value, groups)) for groups in partitions(tuple(range(size)), policy)) / size
    assert form(people, now, policy).score >= 0.95 * best


def test_hundreds_in_one_pool_are_seated(crowd: Crowd, now: datetime) -> None:
    people = crowd(300, topics=1, leas=40)
    proposal = form(people, now)
    assert sum(len(group.members) for group in proposal.groups) + len(proposal.unplaced) == 300
    assert {reason.code for reason in proposal.unplaced.values()} <= {"no_consent_alone"}
    assert proposal.score > 0.4


def check_rules(candidates: list[Candidate], proposal: Proposal, policy: Policy) -> None:
    known = {person.educator_id: person for person in candidates}
    seated = [seat.educator_id for group in proposal.groups for seat in group.members]
    assert sorted([*seated, *proposal.unplaced]) == sorted(known)
    for group in proposal.groups:
        members = [known[seat.educator_id] for seat in group.members]
        assert policy.smallest <= len(members) <= policy.largest
        assert {member.language for member in members} == {group.language}
        leas = {member.lea_id for member in members}
        assert len(leas) == 1 or all(member.share_across_leas for member in members)
        shunned = {email for member in members for email in (*member.avoid, *member.evaluators)}
        assert not shunned & {member.email for member in members}


@settings(max_examples=examples(25), deadline=None)
@given(size=st.integers(0, 26), seed=st.integers(0, 9999), topics=st.integers(1, 5), data=st.data())
def test_whoever_comes_the_rules_hold(
    size: int, seed: int, topics: int, data: st.DataObject, crowd: Crowd, now: datetime
) -> None:
    people = crowd(size, seed=seed, topics=topics, leas=5)
    names = st.sampled_from([person.email for person in people]) if people else st.nothing()
    for place in range(0, size, 4):
        wishes = {
            "avoid": tuple(sorted(data.draw(st.sets(names, max_size=4)) - {people[place].email})),
            "evaluators": tuple(sorted(data.draw(st.sets(names, max_size=2)) - {people[place].email})),
            "language": data.draw(st.sampled_from(["en", "es"])),
        }
        people[place] = people[place].model_copy(update=wishes)
    policy = Policy()
    proposal = form(people, now, policy, seed)
    check_rules(people, proposal, policy)
    shuffled = random.Random(seed).sample(people, size)
    assert form(shuffled, now, policy, seed).model_dump_json() == proposal.model_dump_json()
    assert Proposal.model_validate_json(proposal.model_dump_json()) == proposal
