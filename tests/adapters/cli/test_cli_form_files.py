"""`cohortium form propose`, `score` and `policy`: cohorts for the people of a file, without a database."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]
Person = dict[str, Any]
ON = ("--on", "2026-11-30")
QUICK = ("--seconds", "0.1")


def person(name: str, **given: Any) -> Person:
    return {
        "id": name,
        "lea": f"lea-{name}",
        "subject": "Mathematics",
        "grade_band": "6-8",
        "microcredential": "wait-time",
        "problem": "Few students answer when I ask",
        "timezone": "America/Chicago",
        "availability": [{"day": "Tue", "start": "15:30", "end": "17:30"}],
        "share_across_leas": True,
    } | given


def crowd(size: int, seed: int = 1) -> list[Person]:
    chance = random.Random(seed)
    return [
        person(
            f"e{number:03}",
            lea=f"{chance.randrange(9):07}",
            microcredential=chance.choice(["one", "two"]),
            stack="all",
            subject=chance.choice(["Math", "Science", "ELA"]),
            problem=f"{chance.choice(['Few students answer', 'Talk is dominated'])} {number}",
            availability=f"Tue {chance.choice([15, 16, 17])}:00-18:00",
            share_across_leas=chance.random() < 0.9,
            avoid=[f"e{(number + 1) % size:03}"] if chance.random() < 0.1 else [],
        )
        for number in range(size)
    ]


@pytest.fixture
def give(tmp_path: Path) -> Callable[..., Path]:
    """`give([{…}, …], "c.jsonl")`: a file with a line for each; a text is written as it is."""

    def write(lines: Sequence[Mapping[str, Any] | str] | str | bytes, name: str = "people.jsonl") -> Path:
        path = tmp_path / name
        if isinstance(lines, bytes):
            path.write_bytes(lines)
        elif isinstance(lines, str):
            path.write_text(lines, "utf-8")
        else:
            texts = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
            path.write_text("".join(f"{text}\n" for text in texts), "utf-8")
        return path

    return write


Give = Callable[..., Path]


def read(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Cohorts and who waits."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [line for line in lines if "members" in line], [line for line in lines if "waiting" in line]


def propose(run: Run, people: Path, *more: object) -> tuple[Result, Path]:
    out = people.with_name("cohorts.jsonl")
    return run("form", "propose", "--people", people, "--out", out, *ON, *more), out


def refused(result: Result, out: Path) -> list[str]:
    assert result.exit_code == 2, result.output
    assert not out.exists()
    assert not list(out.parent.glob("*.part"))
    return result.stderr.splitlines()


def test_everybody_is_in_a_cohort_or_waits_for_a_reason(run: Run, give: Give) -> None:
    people = [*(person(name) for name in "abcdef"), person("z", share_across_leas=False)]
    told, out = propose(run, give(people))
    assert told.exit_code == 0, told.output
    assert told.stdout == ""
    (cohort,), (waiting,) = read(out)
    assert cohort == {
        "id": cohort["id"],
        "members": list("abcdef"),
        "microcredential": "wait-time",
        "language": "en",
        "score": cohort["score"],
        "hours": 2,
        "times": ["Tue 21:30", "Tue 22:30"],
        "leas": 6,
        "asked": {},
        "facilitator": "",
    }
    assert (waiting["waiting"], waiting["reason"], waiting["needed"]) == ("z", "no_consent_alone", 3)
    assert waiting["text"] == (
        "You asked to stay within your own district. 3 more colleagues there on the same work would make a cohort."
    )
    assert "7 people: 6 with a seat in 1 cohort, 1 waiting" in told.stderr
    assert "Singletons with fewer than two near peers: 7 of 7 before, 1 after" in told.stderr


def test_one_person_is_told_of_as_one(run: Run, give: Give) -> None:
    told, out = propose(run, give([person("a", lea="", share_across_leas=False, timezone="UTC")]))
    assert "1 person: 0 with a seat in 0 cohorts, 1 waiting" in told.stderr
    assert "Waiting: stay within a district that is not known: 1" in told.stderr
    (waiting,) = read(out)[1]
    assert (waiting["reason"], waiting["needed"]) == ("no_district", 0)
    assert waiting["text"] == "You asked to stay within your own district, and I do not know which one that is."


def test_whoever_no_group_fits_is_not_said_to_have_been_told_of(run: Run, give: Give) -> None:
    people = [*(person(name) for name in "abcdef"), person("z", avoid=[*"abcdef"])]
    (waiting,) = read(propose(run, give(people))[1])[1]
    assert waiting["reason"] == "all_conflict"
    assert "facilitator" not in waiting["text"]


def test_after_fifty_problems_there_may_be_more(run: Run, give: Give) -> None:
    wrong = [person(f"n{at}", stage=9) for at in range(51)]
    lines = refused(*propose(run, give(wrong)))
    assert len(lines) == 51
    assert lines[-1] == "… reading stopped after 50 problems: there may be more."
    assert len(refused(*propose(run, give(wrong[:49])))) == 49


def test_the_database_is_not_touched(run: Run, give: Give, tmp_path: Path) -> None:
    propose(run, give([person(name) for name in "abcdef"]))
    assert not (tmp_path / "data").exists()


def test_the_usual_policy_is_printed_and_read_again(run: Run, give: Give) -> None:
    printed = run("form", "policy").stdout
    people = give(crowd(30))
    _, out = propose(run, people)
    usual = out.read_bytes()
    told, out = propose(run, people, "--policy", give(printed, "usual.toml"))
    assert told.exit_code == 0, told.output
    assert out.read_bytes() == usual


def test_what_is_proposed_scores_as_said_and_breaks_no_rule(run: Run, give: Give) -> None:
    people = give(crowd(40))
    told, out = propose(run, people)
    scored = run("form", "score", "--people", people, "--cohorts", out, "--json", *ON)
    assert scored.exit_code == 0, scored.output
    data = json.loads(scored.stdout)
    assert data["violations"] == []
    assert f"Score {data['score']:.4f}, " in told.stderr
    parts = data["parts"]
    assert parts["closeness"]["all"] == pytest.approx(sum(v for k, v in parts["closeness"].items() if k != "all"))
    whole = parts["hours"] + parts["closeness"]["all"] + parts["size"] + parts["isolation"]
    assert data["score"] == pytest.approx(whole)
    cohorts, waiting = read(out)
    assert data["score"] == pytest.approx(sum(len(c["members"]) * c["score"] for c in cohorts) / 40, abs=1e-3)
    assert data["seated"] + len(waiting) == 40


def test_each_broken_rule_is_told_with_who_and_where(run: Run, give: Give) -> None:
    people = give(
        [
            *(person(name, stack="s") for name in "abcdefgh"),
            person("es", language="es"),
            person("home", share_across_leas=False),
            person("shy", avoid=["A"], evaluators=["b"]),
            person("narrow", microcredential="other", widest="microcredential"),
            person("late", start_from="2027-06-01"),
            person("lead", facilitator=True, microcredential=""),
        ]
    )
    cohorts = give(
        [
            {"id": "one", "members": ["a", "b", "shy", "es", "home", "narrow"]},
            {"members": ["c", "d", "a", "nobody", "late"]},
            {"members": ["e", "f"], "facilitator": "lead"},
            {"members": ["g", "h"], "facilitator": "b"},
            {"waiting": "g", "reason": "too_few", "needed": 1, "text": "You are early."},
        ],
        "mine.jsonl",
    )
    told = run("form", "score", "--people", people, "--cohorts", cohorts, "--json", *ON)
    assert told.exit_code == 1, told.output
    found = [
        (each["rule"], each["line"], *(who["id"] for who in each["who"]))
        for each in json.loads(told.stdout)["violations"]
    ]
    assert found == [
        ("avoid", 1, "shy", "a"),
        ("consent", 1, "home"),
        ("evaluator", 1, "shy", "b"),
        ("ladder", 1, "narrow"),
        ("language", 1, "es"),
        ("start_later", 2, "late"),
        ("twice_seated", 2, "a"),
        ("unknown_id", 2, "nobody"),
        ("size", 3, "e", "f"),
        ("facilitator", 4, "b"),
        ("size", 4, "g", "h"),
    ]
    plain = run("form", "score", "--people", people, "--cohorts", cohorts, *ON)
    assert plain.exit_code == 1
    assert (
        f"{cohorts}:1: avoid: The first does not want to be with the second. shy ({people}:11), a ({people}:1)"
        in plain.stdout
    )
    assert f"{cohorts}:3: size: 2 people; the policy wants 4 to 8. e ({people}:5), f ({people}:6)" in plain.stdout
    alone = run("form", "score", "--people", people, "--cohorts", give([{"members": ["a"]}], "alone.jsonl"), *ON)
    assert "size: 1 person; the policy wants 4 to 8." in alone.stdout


def test_who_facilitates_leads_as_many_as_they_can_and_needs_no_seat(run: Run, give: Give) -> None:
    people = give([*(person(f"n{at:02}") for at in range(36)), person("fay", facilitator=True, microcredential=None)])
    policy = give("cohorts_each = 2", "policy.toml")
    told, out = propose(run, people, "--policy", policy, *QUICK)
    cohorts, waiting = read(out)
    assert waiting == []
    assert sorted(cohort["facilitator"] for cohort in cohorts) == ["", "", "", "", "fay", "fay"]
    assert "36 people: 36 with a seat in 6 cohorts, 0 waiting" in told.stderr
    assert "Cohorts with a facilitator: 2 (facilitators: 1)" in told.stderr
    assert run("form", "score", "--people", people, "--cohorts", out, "--policy", policy, *ON).exit_code == 0
    alone = run(
        "form", "score", "--people", people, "--cohorts", out, "--policy", give("cohorts_each = 1", "one.toml"), *ON
    )
    assert "capacity: Leads more cohorts than the 1 of the policy. fay" in alone.stdout


def test_neither_the_order_of_rows_nor_the_number_of_workers_changes_a_byte(run: Run, give: Give) -> None:
    people = crowd(70)
    _, out = propose(run, give(people), "--workers", 1, *QUICK)
    once = out.read_bytes()
    for workers in (1, 2, 3):
        random.Random(workers).shuffle(people)
        propose(run, give(people), "--workers", workers, *QUICK)
        assert out.read_bytes() == once


def test_who_is_in_a_cohort_now_stays_unless_moving_gains(run: Run, give: Give) -> None:
    people = crowd(40)
    _, out = propose(run, give(people))
    before = {frozenset(cohort["members"]) for cohort in read(out)[0]}
    fixed = give(out.read_text("utf-8"), "now.jsonl")
    told, out = propose(run, give(people), "--seed", 11, "--fixed", fixed)
    assert told.exit_code == 0, told.output
    assert {frozenset(cohort["members"]) for cohort in read(out)[0]} == before


def test_bom_crlf_and_blank_lines_are_no_trouble(run: Run, give: Give) -> None:
    text = "\r\n".join(json.dumps(person(name)) for name in "abcdef")
    told, out = propose(run, give(b"\xef\xbb\xbf" + text.encode() + b"\r\n\r\n"))
    assert told.exit_code == 0, told.output
    assert len(read(out)[0]) == 1


def test_all_that_is_wrong_is_told_at_once_by_line_and_field(run: Run, give: Give) -> None:
    path = give(
        [
            person("a", shcool="x", share_across_leas=None),
            person("b", timezone="America/Chicgo", grade_band="5-9", stage=7),
            '{"id": "c", "problem": NaN, "microcredential": 4}',
            person("d", availability=[{"day": "Tue", "start": "17:30", "end": "15:30"}]),
            person("A"),
            person("e", avoid=["E"], evaluators="f", language="fr", start_from="soon"),
            "{no json}",
            person("g", timezone="", weekly_minutes=5),
            '{"id": "h", "id": "i"}',
            person("j", availability=[{"day": "Tue", "from": "17:30"}]),
        ]
    )
    lines = refused(*propose(run, path))
    told = [line.removeprefix(f"{path}:") for line in lines]
    for expected in (
        '1:shcool: There is no such field. Did you mean "school"?',
        "1:share_across_leas: It is not said whether to share across LEAs. Write true or false, as the person said it.",
        '2:timezone: "America/Chicgo" is no time zone. Did you mean "America/Chicago"?',
        '2:grade_band: "5-9" is no grade band. Use K-2, 3-5, 6-8, 9-12.',
        "2:stage: 7 does not count here. Give a whole number from 0 to 4, or leave it out.",
        "3:problem: NaN is no text. Leave the field out where nothing is known.",
        "3:microcredential: 4 is no text. Put it in quotes.",
        '5:id: "A" is on line 1 already. Keep one of the two; capitals and small letters are the same.',
        "6:avoid: The person's own id is in it. Remove it.",
        '6:evaluators: "f" is no list of texts. Write it like ["one", "two"].',
        '6:language: We do not speak "fr" yet. Write en or es.',
        '6:start_from: "soon" is no date. Write it like 2026-01-12.',
        '8:timezone: There are times, but no time zone to read them in. Give an IANA name, such as "America/Chicago".',
        "8:weekly_minutes: 5 does not count here. Give a whole number from 15 to 600, or leave it out.",
        "9:id: The field is there twice. Keep one of the two.",
    ):
        assert expected in told
    assert any(line.startswith("4:availability: In entry 1: ") for line in told)
    assert any(line.startswith("7:2: This is no JSON: ") for line in told)
    assert any(
        line.startswith("10:availability: In entry 1: ") and "has no day, start and end" in line for line in told
    )


def test_what_was_there_stays_when_the_input_is_bad(run: Run, give: Give) -> None:
    out = give("what was there", "cohorts.jsonl")
    told, out = propose(run, give([person("a"), person("a")]))
    assert told.exit_code == 2
    assert out.read_text("utf-8") == "what was there"
    assert not list(out.parent.glob("*.part"))


@pytest.mark.parametrize("option", ["--people", "--policy", "--fixed"])
def test_a_file_that_is_not_there_is_told(run: Run, give: Give, option: str, tmp_path: Path) -> None:
    given = {"--people": give([person("a")]), "--out": tmp_path / "c.jsonl"} | {option: tmp_path / "none"}
    told = run("form", "propose", *(part for pair in given.items() for part in pair))
    assert refused(told, tmp_path / "c.jsonl") == [
        f"{tmp_path / 'none'}: There is no such file. Check the name and the folder."
    ]


def test_a_folder_is_no_file(run: Run, give: Give, tmp_path: Path) -> None:
    people = give([person("a")])
    (tmp_path / "folder").mkdir()
    assert "It is a folder" in run("form", "propose", "--people", people, "--out", tmp_path / "folder").stderr
    assert "no file that can be read" in run("form", "propose", "--people", tmp_path, "--out", tmp_path / "c").stderr
    nowhere = run("form", "propose", "--people", people, "--out", tmp_path / "no" / "c.jsonl")
    assert "It cannot be written: No such file or directory. Give --out another place." in nowhere.stderr


@pytest.mark.parametrize("option", ["--people", "--fixed"])
def test_what_is_read_is_never_replaced(run: Run, give: Give, option: str) -> None:
    files = {"--people": give([person("a")]), "--fixed": give([{"members": ["a"]}], "now.jsonl")}
    before = files[option].read_bytes()
    told = run("form", "propose", *(part for pair in files.items() for part in pair), "--out", files[option])
    assert told.exit_code == 2
    assert "It is one of the files to read. Give --out another name." in told.stderr
    assert files[option].read_bytes() == before


def test_a_list_of_interests_is_no_file_of_people(run: Run, files: Path) -> None:
    lines = refused(*propose(run, files / "interests.csv"))
    assert [line.partition(".csv:")[2] for line in lines] == [
        '1: This is no line of JSON. Write one object in {…} on each line, such as {"id": "ana"}.'
    ]


def test_somebody_in_two_cohorts_now_is_told(run: Run, give: Give) -> None:
    fixed = give([{"members": ["a", "b"]}, {"members": ["c", "a"]}], "now.jsonl")
    lines = refused(*propose(run, give([person(name) for name in "abcdef"]), "--fixed", fixed))
    assert lines == [f'{fixed}:2:members: "a" is in the cohort on line 1 already. Keep one.']


def test_capitals_make_no_other_id_of_one(run: Run, give: Give) -> None:
    people = give([person(name) for name in ("Ana", "bo", "cy", "dee", "fay")])
    now = give([{"members": ["ana", "BO", "cy", "Dee"]}], "now.jsonl")
    scored = run("form", "score", "--people", people, "--cohorts", now, *ON)
    assert "No rule is broken." in scored.output
    assert "5 people: 4 with a seat" in scored.output
    twice = give([{"members": ["ana", "bo"]}, {"members": ["Ana", "cy"]}], "twice.jsonl")
    told = run("form", "propose", "--people", people, "--fixed", twice, "--out", people.with_name("c.jsonl"), *ON)
    assert 'twice.jsonl:2:members: "Ana" is in the cohort on line 1 already.' in told.output
    again = run("form", "score", "--people", people, "--cohorts", twice, "--json", *ON)
    rules = [fault["rule"] for fault in json.loads(again.stdout)["violations"]]
    assert rules == ["size", "size", "twice_seated"]


def test_a_day_at_the_end_of_all_days_is_a_day(run: Run, give: Give) -> None:
    out = give("", "c.jsonl")
    people = give([person(name) for name in ("ana", "bo", "cy", "dee")])
    done = run("form", "propose", "--people", people, "--out", out, "--on", "9999-12-31", *QUICK)
    assert done.exit_code == 0, done.output


def test_a_cohort_that_waits_is_neither(run: Run, give: Give) -> None:
    cohorts = give([{"waiting": "ana", "members": ["ana", "bo", "cy", "dee"]}], "c.jsonl")
    told = run("form", "score", "--people", give([person("ana")]), "--cohorts", cohorts, *ON)
    assert "c.jsonl:1:waiting: The line is both a cohort and somebody who waits." in told.output


def test_a_policy_that_cannot_be_is_told(run: Run, give: Give) -> None:
    policy = give("smallest = 5\ntarget = 4\nlargest = 3\n", "policy.toml")
    lines = refused(*propose(run, give([person("a")]), "--policy", policy))
    assert lines == [f"{policy}:1:smallest: smallest (5) is more than largest (3). Mend one of them."]


def test_progress_is_told_on_long_runs(run: Run, give: Give) -> None:
    told, _ = propose(run, give([person(name, problem="word " * 180_000) for name in "abcdefg"]))
    lines = [line for line in told.stderr.splitlines() if "%" in line]
    assert (lines[:2], lines[-1]) == (["25 % done", "50 % done"], "100 % done")


def test_the_manual_shows_what_comes_out(run: Run, give: Give) -> None:
    manual = (Path(__file__).parents[3] / "docs" / "cooperatives.md").read_text("utf-8")
    people, cohorts = (block.partition("```")[0] for block in manual.split("```jsonl\n")[1:])
    _, out = propose(run, give(people))
    assert out.read_text("utf-8") == cohorts
