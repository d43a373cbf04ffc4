"""Files of people: whatever they hold, a cohort breaks no rule and nobody is lost; what cannot be read is told."""

import contextlib
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.forming.files.cohorts import CohortLine, read_cohorts
from cohorts.forming.files.people import FIELDS, latest_of, latest_start, read_people
from cohorts.forming.files.policy import read_policy
from cohorts.forming.files.propose import Asked, propose_lines
from cohorts.forming.files.score import Scored, score_cohorts
from cohorts.forming.form import form_cohorts
from cohorts.forming.model import Policy, Weights
from cohorts.problems import BadInputError
from tests.fakes.examples import examples

ON = date(2026, 11, 30)
USUAL = Policy()
Person = dict[str, Any]


def person(name: str, **given: Any) -> Person:
    return {
        "id": name,
        "lea": f"lea-{name}",
        "microcredential": "m",
        "subject": "Math",
        "grade_band": "6-8",
        "timezone": "America/Chicago",
        "availability": "Tue 15:30-17:30",
        "share_across_leas": True,
    } | given


def lines(people: Iterable[Mapping[str, Any]]) -> list[str]:
    return [json.dumps(each, ensure_ascii=False) + "\n" for each in people]


def read_back(text: Sequence[str], on: date = ON) -> list[Any]:
    return list(read_people("people.jsonl", text, on))


def formed(people: Sequence[Person], policy: Policy = USUAL, **how: Any) -> list[dict[str, Any]]:
    text = lines(people)
    starts = latest_start(text, ON, latest_of(policy, ON))
    _, told = propose_lines(
        read_people("people.jsonl", text, ON),
        Asked(policy, **{"seed": 7, "on": ON, "starts": starts, "seconds": 0.1} | how),
    )
    return [json.loads(line) for line in told]


def scored(people: Sequence[Person], cohorts: Iterable[Sequence[str]], policy: Policy = USUAL) -> Scored:
    text = lines(people)
    latest = latest_of(policy, ON)
    given = [CohortLine(number, "", tuple(members)) for number, members in enumerate(cohorts, 1)]
    return score_cohorts(read_people("p", text, ON), given, policy, latest_start(text, ON, latest), latest)


def cohorts_of(told: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    return [line["members"] for line in told if "members" in line]


def waits_of(told: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, int]]:
    return {line["waiting"]: (line["reason"], line["needed"]) for line in told if "waiting" in line}


def problems_of(text: Sequence[str]) -> list[str]:
    with pytest.raises(BadInputError) as caught:
        read_back(text)
    return [str(problem) for problem in caught.value.problems]


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[Person], Policy]:
    """Up to thirty people of few districts, zones and languages, who avoid each other as they like."""
    size = draw(st.integers(1, 30))
    names = [f"n{number}" for number in range(size)]
    people = []
    for name in names:
        given: Person = {
            "lea": draw(st.sampled_from(["one", "two", "three", ""])),
            "school": draw(st.sampled_from(["", "s"])),
            "grade_band": draw(st.sampled_from(["", "K-2", "6-8", "6-8"])),
            "grades": draw(st.sampled_from(["any", "any", "own"])),
            "microcredential": draw(st.sampled_from(["a", "b", "c"])),
            "stack": draw(st.sampled_from(["", "x", "y"])),
            "language": draw(st.sampled_from(["en", "en", "es"])),
            "share_across_leas": draw(st.booleans()),
            "timezone": draw(
                st.sampled_from(["Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Niue", "America/Chicago"])
            ),
            "availability": draw(st.sampled_from(["", "Sun 20:00-23:59", "Mon 00:00-23:59", "Mon-Fri 15:30-17"])),
            "problem": draw(st.sampled_from(["", "Talk is dominated", "Few students answer"])),
            "avoid": sorted(draw(st.sets(st.sampled_from(names), max_size=2)) - {name}),
            "evaluators": sorted(draw(st.sets(st.sampled_from(names), max_size=1)) - {name}),
            "recent_peers": sorted(draw(st.sets(st.sampled_from(names), max_size=2)) - {name}),
            "widest": draw(st.sampled_from(["microcredential", "stack", "mixed"])),
            "start_from": draw(st.sampled_from([None, "2026-12-07", "2027-06-01"])),
        }
        people.append(person(name, **given))
    sizes = sorted(draw(st.lists(st.integers(2, 9), min_size=3, max_size=3)))
    return people, Policy(smallest=sizes[0], target=sizes[1], largest=sizes[2])


@settings(max_examples=examples(10), deadline=None)
@given(networks(), st.integers(0, 99))
def test_no_rule_is_broken_nobody_is_lost_and_nothing_depends_on_order(
    network: tuple[list[Person], Policy], seed: int
) -> None:
    people, policy = network
    told = formed(people, policy, seed=seed, workers=1)
    seated = [name for members in cohorts_of(told) for name in members]
    waiting = waits_of(told)
    assert sorted([*seated, *waiting]) == sorted(each["id"] for each in people)
    assert all(line["text"] for line in told if "waiting" in line)
    found = scored(people, cohorts_of(told), policy)
    assert found.faults == []
    check_pairs(people, cohorts_of(told), policy)
    shuffled = random.Random(seed).sample(people, len(people))
    assert formed(shuffled, policy, seed=seed, workers=3) == told


@settings(max_examples=examples(10), deadline=None)
@given(networks(), st.integers(0, 99))
def test_cohorts_of_before_bind_nobody_to_break_a_rule(network: tuple[list[Person], Policy], seed: int) -> None:
    """Whatever they were: too large, of several languages, with people who avoid each other by now or have left."""
    people, policy = network
    names = random.Random(seed).sample([each["id"] for each in people], len(people))
    size = 1 + seed % 12
    fixed = [[*names[at : at + size], f"left{at}"] for at in range(0, len(names), size)]
    told = formed(people, policy, seed=seed, fixed=fixed)
    assert scored(people, cohorts_of(told), policy).faults == []
    seated = sum(map(len, cohorts_of(told)))
    assert seated + len(waits_of(told)) == len(people)


@pytest.mark.parametrize("size", [12, 96])
def test_who_was_together_moves_for_a_gain_and_for_nothing_less(size: int) -> None:
    """People free on Monday or on Tuesday, in cohorts of both."""
    people = [
        person(f"n{at:02}", availability=f"{['Mon', 'Tue'][at % 2]} 15-18", problem=f"p{at}") for at in range(size)
    ]
    fixed = [[f"n{at:02}" for at in range(low, low + 6)] for low in range(0, size, 6)]
    told = formed(people, fixed=fixed, seconds=1)
    assert [len({int(name[1:]) % 2 for name in members}) for members in cohorts_of(told)] == [1] * (size // 6)
    dear = Policy(move_price=1, weights=Weights(hours=0.05))
    stayed = formed(people, dear, fixed=fixed, seconds=1)
    assert sorted(cohorts_of(stayed)) == fixed


@pytest.mark.parametrize("seed", range(3))
def test_the_facilitators_page_would_propose_the_same(seed: int) -> None:
    chance = random.Random(seed)
    people = [
        person(
            f"n{number:02}",
            lea=str(chance.randrange(8)),
            school=chance.choice(["", "s"]),
            microcredential=chance.choice(["a", "b"]),
            share_across_leas=chance.random() < 0.8,
            availability=chance.choice(["", "Tue 15-17", "Wed 15-18"]),
            problem=f"problem {number}",
        )
        for number in range(40)
    ]
    told = formed(people, seconds=None)
    candidates = [each.candidate for each in read_back(lines(people))]
    proposal = form_cohorts(candidates, USUAL, 7, datetime(2026, 11, 30, 12, tzinfo=UTC))
    cohorts = {line["id"]: line for line in told if "members" in line}
    assert set(cohorts) == {group.id for group in proposal.groups}
    for group in proposal.groups:
        line = cohorts[group.id]
        assert line["members"] == [seat.educator_id for seat in group.members]
        assert (line["microcredential"], line["leas"]) == (group.microcredential_id, group.leas)
        assert (line["score"], line["hours"]) == (pytest.approx(group.score, abs=1e-4), group.common_hours)
        assert line["asked"] == {seat.educator_id: seat.terms.rung for seat in group.members if seat.asked}
    assert waits_of(told) == {who: (reason.code, reason.needed) for who, reason in proposal.unplaced.items()}


def check_pairs(people: Sequence[Person], cohorts: Sequence[Sequence[str]], policy: Policy) -> None:
    """The rules once more, from the file alone."""
    by_id = {each["id"]: each for each in people}
    for members in cohorts:
        assert policy.smallest <= len(members) <= policy.largest
        for one, other in combinations([by_id[name] for name in members], 2):
            assert one["language"] == other["language"]
            assert other["id"] not in (*one["avoid"], *one["evaluators"])
            assert one["id"] not in (*other["avoid"], *other["evaluators"])
            bands = one["grade_band"], other["grade_band"]
            assert bands[0] == bands[1] or "own" not in _kept(one) + _kept(other)
            at_home = one["lea"] == other["lea"] != ""
            assert at_home or (one["share_across_leas"] and other["share_across_leas"])


def _kept(person: Person) -> list[str]:
    return [person["grades"]] if person["grade_band"] else []


def test_one_person_waits_and_hears_for_how_many() -> None:
    assert waits_of(formed([person("a")])) == {"a": ("too_few", 3)}


@pytest.mark.parametrize("text", [[], ["\n"], ["\ufeff"], [" \r\n", "\r\n"]])
def test_an_empty_file_is_told(text: list[str]) -> None:
    assert problems_of(text) == ["people.jsonl:1: There is nobody in the file. Write one person on each line."]


def test_when_all_avoid_each_other_everybody_waits_for_that() -> None:
    names = [f"n{number}" for number in range(9)]
    told = formed([person(name, avoid=[other for other in names if other != name]) for name in names])
    assert waits_of(told) == dict.fromkeys(names, ("all_conflict", 0))


def test_a_clique_larger_than_the_cohorts_is_spread() -> None:
    clique = [f"c{number}" for number in range(9)]
    people = [person(name, avoid=[other for other in clique if other != name]) for name in clique]
    told = formed([*people, *(person(f"f{number:02}") for number in range(31))])
    assert not waits_of(told)
    assert all(len(set(members) & set(clique)) <= 1 for members in cohorts_of(told))


def test_a_wish_of_one_binds_both() -> None:
    told = formed([*(person(name) for name in "abcdefghijk"), person("z", avoid=["A"])])
    assert not any({"a", "z"} <= set(members) for members in cohorts_of(told))


def test_one_lea_without_consent_is_a_network_of_its_own() -> None:
    told = formed([person(name, lea="home", share_across_leas=False) for name in "abcdef"])
    assert cohorts_of(told) == [list("abcdef")]


@pytest.mark.parametrize(("size", "sizes"), [(4, []), (5, [5]), (8, [7]), (9, [7]), (10, [5, 5])])
def test_sizes_with_gaps_seat_as_many_as_they_can(size: int, sizes: list[int]) -> None:
    policy = Policy(smallest=5, target=6, largest=7)
    told = formed([person(f"n{number}") for number in range(size)], policy)
    assert sorted(map(len, cohorts_of(told))) == sizes
    assert len(waits_of(told)) == size - sum(sizes)


def test_no_times_are_unknown_and_not_always() -> None:
    people = [*(person(name) for name in "abcde"), person("z", availability=[], timezone=None)]
    (cohort,) = formed(people)
    assert (cohort["hours"], cohort["times"]) == (0, [])


def test_half_hours_and_the_date_line_meet_in_the_utc_week() -> None:
    """Monday 10:30 in Kiritimati (+14) is Sunday 20:30 UTC; Sunday 9:30 in Niue (-11) is the same."""
    east = {"timezone": "Pacific/Kiritimati", "availability": "Mon 10:30-11:30"}
    west = {"timezone": "Pacific/Niue", "availability": "Sun 9:30-10:30"}
    india = {"timezone": "Asia/Kolkata", "availability": "Mon 2:00am-3:00am"}
    people = [person(name, **zone) for name, zone in zip("abcdef", [east, west, india] * 2, strict=True)]
    (cohort,) = formed(people)
    assert (cohort["hours"], cohort["times"]) == (1, ["Sun 20:30"])


def test_names_of_ten_thousand_characters_are_names() -> None:
    long = "ñ" * 10_000
    people = [person(f"{letter}{long}", subject=long, microcredential=long, problem=long) for letter in "abcdef"]
    (cohort,) = formed(people)
    assert len(cohort["members"][0]) == 10_001


def test_who_starts_later_waits_for_that_day() -> None:
    people = [*(person(name) for name in "abcd"), person("z", start_from="2027-06-01", language="es")]
    (line,) = [line for line in formed(people) if line.get("waiting") == "z"]
    assert (line["reason"], line["start"]) == ("start_later", "2027-06-01")
    assert "1 de junio" in line["text"]


def test_blank_and_null_fields_are_as_if_they_were_not_there() -> None:
    needed = {"id": "a", "microcredential": "m", "share_across_leas": False}
    (bare,) = read_back(lines([needed]))
    for blank in (None, ""):
        (same,) = read_back(lines([dict.fromkeys(FIELDS, blank) | needed]))
        assert same == bare
    assert bare.candidate.availability == ()
    assert bare.candidate.start_from == ON


def test_times_in_a_list_are_those_in_a_text() -> None:
    listed = [{"day": "jueves", "start": "4pm", "end": "6pm"}, {"day": "Mon", "start": "15:30", "end": "17:00"}]
    (one, other) = read_back(
        lines([person("a", availability=listed), person("b", availability="Mon 15:30-17;Thu 16-18")])
    )
    assert one.candidate.availability == other.candidate.availability


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""), ("id", 4), ("id", None), ("id", ["a"]), ("id", "a\nb"), ("microcredential", " "),
        ("share_across_leas", None), ("share_across_leas", "perhaps"), ("share_across_leas", 1),
        ("problem", float("nan")), ("problem", 3), ("tags", "one"), ("tags", [1]), ("lea", 4800001),
        ("stage", 2.5), ("stage", True), ("stage", -1), ("experience", "many"), ("weekly_minutes", 0),
        ("timezone", "Mars/Olympus"), ("availability", 5), ("availability", ["Mon"]), ("availability", "Mon"),
        ("availability", [{"day": "Mon", "start": "15:00", "end": "17:00", "room": "4"}]),
        ("language", "fr"), ("avoid", ["a"]), ("evaluators", ["A"]), ("start_from", "2027-02-30"),
        ("facilitator", "perhaps"), ("widest", "all"), ("grades", "mine"), ("grades", True),
        ("grade_band", "13-15"), ("subject", "\ud800"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_by_line_and_field(field: str, value: object) -> None:
    text = [lines([person("b")])[0], json.dumps(person("a") | {field: value})]
    told = problems_of(text)
    assert len(told) == 1
    assert told[0].startswith(f"people.jsonl:2:{field}: ")
    assert told[0].endswith((".", "?"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[1]", "1: The whole file is one JSON list."),
        ("id,microcredential", "1: This is no line of JSON."),
        ('{"id": "a"', "1:11: This is no JSON: "),
        ("\udcff\udcfe{\0", "1:4: The file is UTF-16, not UTF-8."),
        ('{"id": "\udce9"}', "1:9: The byte E9 is not UTF-8."),
        ("{" + '"a":{' * 5000, "1: The line is nested too deeply."),
        ('{"experience": ' + "9" * 5000 + "}", "1: There is a number of more digits"),
    ],
)
def test_what_is_no_json_line_is_told(text: str, place: str) -> None:
    assert problems_of([text])[0].startswith(f"people.jsonl:{place}")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=6) | ANYTHING, max_size=4), st.text())
def test_whatever_a_file_holds_is_read_or_told(entries: list[Any], last: str) -> None:
    text = [*(json.dumps(entry) for entry in entries), last]
    with contextlib.suppress(BadInputError):
        seeking = [one.candidate.educator_id for one in read_back(text) if one.seeks]
        told = formed([json.loads(line) for line in text if line.strip()])
        assert sorted([*waits_of(told), *(name for members in cohorts_of(told) for name in members)]) == sorted(seeking)
    with contextlib.suppress(BadInputError):
        list(read_cohorts("c.jsonl", text))
    with contextlib.suppress(BadInputError):
        read_policy("p.toml", last)


def test_fifty_problems_are_enough() -> None:
    assert len(problems_of(lines(person(f"n{number}", language="fr") for number in range(70)))) == 50


def test_start_days_are_found_however_the_name_is_written() -> None:
    text = ['{"\\u0073tart_from": "2026-12-14"}', '{"start_from": "2026-12-07"}', '{"start_from": "2027-06-01"}', "{"]
    assert latest_start(text, ON, ON + timedelta(days=28)) == date(2026, 12, 14)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id": "one"}', "c.jsonl:1:members: They are missing."),
        ('{"members": "a b"}', 'c.jsonl:1:members: "a b" is no list of ids.'),
        ('{"members": []}', "c.jsonl:1:members: [] is no list of ids."),
        ('{"id": 4, "members": ["a"]}', "c.jsonl:1: id and facilitator are texts. Put them in quotes."),
        ('{"membres": ["a"]}', 'c.jsonl:1:membres: There is no such field. Did you mean "members"?'),
        (json.dumps({"members": ["a"] * 101}), "c.jsonl:1:members: There are 101 of them."),
    ],
)
def test_a_cohort_that_cannot_be_read_is_told(line: str, told: str) -> None:
    with pytest.raises(BadInputError) as caught:
        list(read_cohorts("c.jsonl", [line]))
    assert str(caught.value.problems[0]).startswith(told)


@pytest.mark.slow
def test_ten_thousand_on_one_microcredential_are_bounded_work() -> None:
    chance = random.Random(1)
    people = [
        person(f"n{number:05}", lea=str(chance.randrange(900)), availability=f"Tue {chance.randrange(8, 19)}:00-20:00")
        for number in range(10_000)
    ]
    told = formed(people, seconds=None)
    assert not waits_of(told)
    assert scored(people, cohorts_of(told)).faults == []
