"""What keeps a command from starting is told in a line that says how to mend it, and never a traceback."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
NOWHERE = "postgresql://ana:hunter2@127.0.0.1:1/cohorts"
COMMANDS = (["run"], ["worker"], ["invite", "ana@spur.org"])
FOREIGN = "203.0.113.7"
"""An address that is nobody's (RFC 5737)."""


def assert_told(result: Result, *words: str) -> None:
    assert result.exit_code == 2, result.output
    assert not result.exception or isinstance(result.exception, SystemExit)
    lines = [line for line in result.stderr.splitlines() if line]
    assert len(lines) == 1, result.stderr
    for each in words:
        assert each in lines[0]
    assert "hunter2" not in result.output


@pytest.mark.parametrize("command", [*COMMANDS, ["queue"]], ids=lambda each: each[0])
def test_a_database_that_does_not_answer_is_told(run: Run, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.setenv("COHORTIUM_DATABASE", NOWHERE)
    assert_told(run(*command), "database: It cannot be opened", "Mend COHORTIUM_DATABASE")


@pytest.mark.parametrize("command", [*COMMANDS, ["sign-out", "ana@spur.org"]], ids=lambda each: each[0])
def test_a_folder_that_cannot_be_made_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    (tmp_path / "file").write_text("no folder", "utf-8")
    folder = tmp_path / "file" / "data"
    monkeypatch.setenv("COHORTIUM_DATA", str(folder))
    assert_told(run(*command), "COHORTIUM_DATA")


def test_an_address_of_another_machine_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COHORTIUM_HOST", FOREIGN)
    assert_told(run("run"), f"{FOREIGN} is no address of this machine.", "COHORTIUM_HOST")


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each[0])
def test_a_file_that_another_program_has_locked_is_told(
    run: Run, imported: Path, tmp_path: Path, command: list[str]
) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert_told(run(*command), "database: Another program has had its file locked for ten seconds.", "wait")


def test_what_only_reads_does_not_wait_for_a_lock(run: Run, imported: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert run("queue").stdout == "Deliveries: none yet. Times are UTC.\n"
        told = run("doctor").stdout
    assert "answers." in told
    assert "microcredential" in told
