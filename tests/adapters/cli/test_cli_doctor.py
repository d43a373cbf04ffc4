"""`cohortium doctor`: what is there, what is missing, how to mend it."""

import json
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


def examine(run: Run) -> tuple[int, dict[str, dict[str, str]]]:
    result = run("doctor", "--json")
    return result.exit_code, {finding["name"]: finding for finding in json.loads(result.stdout)}


def states(findings: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: finding["state"] for name, finding in findings.items()}


def test_a_fresh_machine_has_no_errors_and_nothing_is_made(run: Run, tmp_path: Path) -> None:
    code, findings = examine(run)
    assert code == 0
    assert findings["database"]["mend"] == "It is made at the first start or import."
    assert states(findings)["data folder"] == "ok"
    assert not (tmp_path / "data").exists()


def test_every_finding_that_is_not_ok_says_how_to_mend_it(run: Run, imported: Path) -> None:
    code, findings = examine(run)
    assert code == 0
    assert {name for name, state in states(findings).items() if state == "warn"} >= {
        "bell",
        "calendars",
        "facilitators",
    }
    assert all(finding["mend"] for finding in findings.values() if finding["state"] != "ok")
    assert findings["educators"]["what"] == "3 educators."
    assert findings["calendars"]["what"] == "1 LEA with 3 educators without one: 4800002."
    run("import", "calendar", imported / "calendar.ics", "--lea", "4800002")
    assert examine(run)[1]["calendars"]["state"] == "ok"


def test_the_table_says_the_same(run: Run, imported: Path) -> None:
    result = run("doctor")
    assert result.exit_code == 0
    assert "Make somebody a facilitator: cohorts need one." in " ".join(result.stdout.split())
    assert "0 to mend" in result.stdout


def test_lost_mail_and_failing_work_are_told(run: Run, imported: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db")) as database:
        database.execute(
            "INSERT INTO outbox (key, platform, workspace, conversation, state, not_before, created_at, attempts,"
            " owner, platform_id, error, body) VALUES ('k', 'local', 'home', 'c', 'dead', 0, 0, 0, '', '', '', '{}')"
        )
        database.execute("INSERT INTO due (kind, ref, at, attempts, error) VALUES ('run', 'run-1', 0, 3, 'broke')")
        database.execute("INSERT INTO note VALUES ('last_tick', '2026-01-01T00:00:00+00:00')")
        database.execute(
            "UPDATE educator SET body = replace(body, '\"teacher\"', '\"facilitator\"') WHERE email LIKE 'ana%'"
        )
        database.commit()
    code, findings = examine(run)
    assert code == 1
    assert findings["outbox"]["what"] == "1 message could not be delivered."
    assert findings["due"]["what"] == "1 thing due now, 1 failing."
    assert findings["bell"]["what"] == "Last rung 2026-01-01 00:00 UTC."
    assert findings["facilitators"]["what"] == "1 facilitator."


def test_a_port_in_use_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("COHORTIUM_PORT", str(taken.getsockname()[1]))
        assert examine(run)[1]["port"]["state"] == "warn"


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [
        ("SECRET", "short", "secret"),
        ("OPENBADGES_SCHEMA", "nothing.json", "Open Badges"),
        ("DATABASE", "mysql://x/y", "database"),
        ("DATABASE", "postgresql://ana:hunter2@127.0.0.1:1/none", "database"),
        ("DATA", "/dev/null/data", "data folder"),
    ],
)
def test_what_cannot_work_is_an_error(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, finding: str
) -> None:
    monkeypatch.setenv(f"COHORTIUM_{name}", value)
    result = run("doctor", "--json")
    found = {each["name"]: each for each in json.loads(result.stdout)}
    assert (result.exit_code, found[finding]["state"]) == (1, "error")
    assert "hunter2" not in result.output


def test_an_older_shape_is_told(run: Run, imported: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
        database.commit()
    assert examine(run)[1]["migrations"]["state"] == "warn"


def test_a_cohort_that_nobody_leads_is_told(run: Run, imported: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db")) as database:
        database.execute("INSERT INTO cohort (id, status, facilitator_id, body) VALUES ('c', 'active', '', '{}')")
        database.commit()
    assert examine(run)[1]["led"]["what"] == "1 running cohort without a facilitator: nobody fits its members."
