"""Ids in the files of cohorts: capitals do not count, and ids of nobody are told; how figures are printed."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
ON = ("--on", "2026-11-30")


def file(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return path


def person(name: str, **given: object) -> dict[str, object]:
    return {"id": name, "microcredential": "wait-time", "share_across_leas": True} | given


@pytest.mark.parametrize("written", ["Ana", "ana", "ANA"])
def test_who_met_of_late_is_known_by_any_capitals(run: Run, tmp_path: Path, written: str) -> None:
    people = [person("Ana"), *(person(name, recent_peers=[written]) for name in ("bo", "cy", "dee"))]
    given = file(tmp_path / "people.jsonl", *people)
    cohorts = file(tmp_path / "cohorts.jsonl", {"members": ["ANA", "bo", "cy", "dee"]})
    scored = run("form", "score", "--people", given, "--cohorts", cohorts, "--json", *ON)
    assert json.loads(scored.stdout)["parts"]["closeness"]["repeat"] == pytest.approx(-0.55 / 2)


def test_who_is_in_a_cohort_now_and_not_among_the_people_is_told(run: Run, tmp_path: Path) -> None:
    people = [person(f"p{at:02}") for at in range(4)] + [person("late", start_from="2027-11-30")]
    given, out = file(tmp_path / "people.jsonl", *people), tmp_path / "cohorts.jsonl"
    gone = [f"Gone{at:02}" for at in range(12)]
    now = file(tmp_path / "now.jsonl", {"members": ["P00", "p01", "late", *gone]})
    told = run("form", "propose", "--people", given, "--out", out, "--fixed", now, *ON)
    assert told.exit_code == 0, told.output
    said = ", ".join(gone[:10])
    assert f"12 people of {now} are not in {given}, and are passed over: {said} and 2 more" in told.stderr
    whole = file(tmp_path / "now.jsonl", {"members": ["P00", "p01", "late", "one"]})
    told = run("form", "propose", "--people", given, "--out", out, "--fixed", whole, *ON)
    assert f"1 person of {now} is not in {given}, and is passed over: one\n" in told.stderr
    whole = file(tmp_path / "now.jsonl", {"members": ["P00", "p01", "late"]})
    told = run("form", "propose", "--people", given, "--out", out, "--fixed", whole, *ON)
    assert "passed over" not in told.stderr


def test_the_parts_of_a_score_stand_one_below_the_other(run: Run, tmp_path: Path) -> None:
    given = file(tmp_path / "people.jsonl", *(person(name) for name in ("ana", "bo", "cy", "dee")))
    cohorts = file(tmp_path / "cohorts.jsonl", {"members": ["ana", "bo", "cy", "dee"]})
    lines = run("form", "score", "--people", given, "--cohorts", cohorts, *ON).stdout.splitlines()
    ends = [found.end() for line in lines if (found := re.match(r" *\w+ +-?\d\.\d{4}\b", line))]
    assert len(ends) == 14
    assert len(set(ends)) == 1


@pytest.mark.parametrize("given", [("score", "--cohorts"), ("propose", "--out", "out.jsonl", "--fixed")])
def test_people_given_as_cohorts_are_told_by_what_they_are(run: Run, tmp_path: Path, given: tuple[str, ...]) -> None:
    people = file(tmp_path / "people.jsonl", *(person(name, lea="4800001") for name in ("ana", "bo")))
    command, *options = (str(tmp_path / part) if part == "out.jsonl" else part for part in given)
    told = run("form", command, "--people", people, *options, people, *ON)
    assert told.exit_code == 2
    assert [line.partition(": ")[2] for line in told.stderr.splitlines()] == [
        "This is a person, not a cohort. Give people as --people, and cohorts here."
    ] * 2
