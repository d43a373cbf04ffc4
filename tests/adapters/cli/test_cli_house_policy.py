"""`COHORTIUM_FORMING_POLICY`: the policy of the house, in every command, in the doctor, and told when it is wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from cohorts.forming.files.policy import read_policy
from cohorts.forming.model import Policy

Run = Callable[..., Result]
Set = Callable[[str], Path]
ON = ("--on", "2026-11-30")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Set:
    """`house("smallest = 3")`: the policy of the house is in this file."""

    def write(text: str) -> Path:
        path = tmp_path / "house.toml"
        path.write_text(text, "utf-8")
        monkeypatch.setenv("COHORTIUM_FORMING_POLICY", str(path))
        return path

    return write


def people(tmp_path: Path, count: int) -> Path:
    path = tmp_path / "people.jsonl"
    lines = ({"id": f"p{at}", "microcredential": "wait-time", "share_across_leas": True} for at in range(count))
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return path


def test_the_policy_in_force_is_printed_with_whose_it_is(run: Run, house: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = run("form", "policy").stdout
    assert printed.startswith("# The policy in force: the usual one.\n")
    assert read_policy("printed", printed) == Policy()
    file = house("smallest = 3\ncohorts_each = 2")
    printed = run("form", "policy").stdout
    assert printed.startswith(f"# The policy in force: {file}, by COHORTIUM_FORMING_POLICY.\n")
    assert read_policy("printed", printed) == Policy(smallest=3, cohorts_each=2)
    monkeypatch.setenv("COHORTIUM_COHORTS_PER_FACILITATOR", "5")
    printed = run("form", "policy").stdout
    assert "; cohorts_each by COHORTIUM_COHORTS_PER_FACILITATOR.\n" in printed
    assert read_policy("printed", printed) == Policy(smallest=3, cohorts_each=5)
    usual = run("form", "policy", "--usual").stdout
    assert usual.startswith("# The usual policy.\n")
    assert read_policy("printed", usual) == Policy()


def test_files_are_formed_and_scored_by_it_unless_another_is_given(run: Run, house: Set, tmp_path: Path) -> None:
    house("smallest = 3\ntarget = 3\nlargest = 3")
    given, out, usual = people(tmp_path, 6), tmp_path / "cohorts.jsonl", tmp_path / "usual.toml"
    usual.write_text("", "utf-8")
    assert "Cohorts × size: 2 × 3" in run("form", "propose", "--people", given, "--out", out, *ON).stderr
    assert run("form", "score", "--people", given, "--cohorts", out, *ON).exit_code == 0
    other = run("form", "score", "--people", given, "--cohorts", out, "--policy", usual, *ON)
    assert "3 people; the policy wants 4 to 8." in other.stdout
    told = run("form", "propose", "--people", given, "--out", out, "--policy", usual, *ON)
    assert "Cohorts × size: 1 × 6" in told.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("largest = 7\nsmalest = 3", ':2:smalest: There is no such setting. Did you mean "smallest"?'),
        ("[weights]\nhours = 2", ":2:weights.hours: 2 cannot be. Give 1 or less."),
        ("smallest = ", ":1: This is no TOML: Invalid value."),
    ],
)
@pytest.mark.parametrize("command", [("form",), ("run",), ("worker", "--count", "2"), ("form", "policy")])
def test_a_bad_file_is_told_before_anything_begins(
    run: Run, house: Set, command: tuple[str, ...], text: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = house(text)
    if command[0] == "worker":
        monkeypatch.setenv("COHORTIUM_DATABASE", "postgresql://nobody@nowhere.invalid/none")
    refused = run(*command)
    assert refused.exit_code == 2, refused.output
    assert f"{file}{told}" in refused.stderr
    assert run("form", "policy", "--usual").exit_code == 0


def test_a_file_that_is_not_there_is_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COHORTIUM_FORMING_POLICY", str(tmp_path / "none.toml"))
    assert f"{tmp_path / 'none.toml'}: There is no such file." in run("form").stderr


def test_the_doctor_reads_it(run: Run, house: Set) -> None:
    def finding() -> tuple[int, dict[str, str]]:
        result = run("doctor", "--json")
        return result.exit_code, next(one for one in json.loads(result.stdout) if one["name"] == "forming policy")

    assert finding()[1]["what"] == "The usual one: cohorts of 4 to 8."
    file = house("smallest = 3")
    assert finding()[1] == {
        "name": "forming policy",
        "state": "ok",
        "what": f"By {file}: cohorts of 3 to 8.",
        "mend": "",
    }
    house("smalest = 3\nlagrest = 4")
    code, found = finding()
    assert (code, found["state"]) == (1, "error")
    assert found["what"] == f"{file}:1:smalest: There is no such setting. And 1 more."
    assert found["mend"] == 'Did you mean "smallest"? Or unset COHORTIUM_FORMING_POLICY.'
