"""`cohortium doctor`: what is there, what is missing, how to mend it."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
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
    assert "Make somebody a facilitator: cohortium invite EMAIL --facilitator" in " ".join(result.stdout.split())
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


def test_a_bell_from_before_the_clock_was_set_back_is_no_ringing_bell(run: Run, imported: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db")) as database, database:
        database.execute("INSERT INTO note VALUES ('last_tick', '2999-01-01T00:00:00+00:00')")
    bell = examine(run)[1]["bell"]
    assert bell["state"] == "warn"
    assert bell["what"] == "Last rung 2999-01-01 00:00 UTC, which is still to come: the clock was set back."


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
        ("DATABASE", "mysql://ana:hunter2@h/x", "database"),
        ("DATABASE", "postgresql://127.0.0.1:hunter2/x", "database"),
        ("DATABASE", "nonsense", "database"),
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
    assert all(each["what"].endswith((".", "…")) for each in found.values())


def test_settings_in_another_encoding_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("COHORTIUM_LOG=text # año".encode("utf-16"))
    for command in ("doctor", "form", "run"):
        result = run(command)
        assert (result.exit_code, result.stderr.strip()) == (
            2,
            ".env: It is not UTF-8. Save it as UTF-8, or set the variables themselves.",
        )


@pytest.mark.parametrize("url", ["mysql://ana:hunter2@h/x", "nonsense", "postgresql://127.0.0.1:hunter2/x"])
def test_a_database_we_do_not_know_is_refused_without_its_password(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("COHORTIUM_DATABASE", url)
    for command in (("form",), ("run",)):
        result = run(*command)
        assert result.exit_code == 2
        assert "postgresql://user@host/name. Mend COHORTIUM_DATABASE" in result.stderr
        assert "hunter2" not in result.output


def test_an_older_shape_is_told(run: Run, imported: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db")) as database:
        database.execute("DELETE FROM alembic_version")
        database.commit()
    code, findings = examine(run)
    assert (code, findings["migrations"]["state"]) == (0, "warn")


def test_a_cohort_that_nobody_leads_is_told(run: Run, imported: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db")) as database:
        database.execute("INSERT INTO cohort (id, status, facilitator_id, body) VALUES ('c', 'active', '', '{}')")
        database.commit()
    assert examine(run)[1]["led"]["what"] == "1 running cohort without a facilitator: nobody fits its members."


def test_a_newer_shape_is_an_error_and_nothing_starts_on_it(run: Run, imported: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    code, findings = examine(run)
    assert (code, findings["migrations"]["state"]) == (1, "error")
    assert "install that one" in findings["migrations"]["mend"]
    for command in (("run",), ("form",), ("import", "leas", imported / "leas.csv"), ("invite", "ana@spur.org")):
        result = run(*command)
        assert result.exit_code == 2
        assert "A newer version of Cohortium has shaped this database" in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "where", "mend"),
    [
        ("minutes: 10", "minutes: ten", "sealed-round.v1.yaml:8:5: ", "integer"),
        pytest.param(
            *("after: [answer]", "after: [nothing]", "sealed-round.v1.yaml:", "answer"), marks=pytest.mark.slow
        ),
    ],
)
def test_a_protocol_that_cannot_be_played_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, where: str, mend: str
) -> None:
    root = Path(__file__).parents[3]
    shutil.copytree(root / "prompts", tmp_path / "prompts")
    protocol = tmp_path / "prompts" / "protocols" / "sealed-round.v1.yaml"
    protocol.write_text(protocol.read_text("utf-8").replace(old, new, 1), "utf-8")
    here = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}", "COHORTIUM_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-m", "bot", "doctor", "--json"]
    told = subprocess.run(command, env=here, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 1, told.stderr
    (found,) = (finding for finding in json.loads(told.stdout) if finding["name"] == "protocols")
    assert (found["state"], found["what"].startswith(where)) == ("error", True), found
    assert mend in found["mend"]
