"""`cohortium queue`: what is due, held and dead and why; try again, drop, take back; `worker` and `run` on a file."""

import asyncio
import json
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import Result

from bot.alone import working_alone
from bot.cli.queue import WHY
from bot.settings import Settings
from storage.database import SqliteDatabase
from storage.migrate import upgrade
from storage.queues.report import Held
from tests.fakes.processes import ask, first_line, free_port, running
from tests.fakes.sick_queues import SECRET_WORDS, sicken

Run = Callable[..., Result]


@pytest.fixture
def sick(run: Run, tmp_path: Path) -> Path:
    """A database whose queues have one of everything; its file."""
    file = tmp_path / "data" / "cohortium.db"

    async def lay() -> None:
        database = SqliteDatabase(file)
        await database.with_connection(upgrade)
        await database.transact(sicken, datetime.now(UTC))
        await database.close()

    asyncio.run(lay())
    return file


def listed(run: Run, *options: str) -> dict[str, Any]:
    result = run("queue", *options, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def history(file: Path) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT kind, subject, actor FROM history ORDER BY id").fetchall()


def test_nothing_is_there_at_first(run: Run, imported: Path) -> None:
    result = run("queue")
    assert (result.exit_code, result.stdout) == (0, "Deliveries: none yet. Times are UTC.\n")


@pytest.mark.parametrize("arguments", [[], ["retry", "--all"], ["drop", "x"], ["regain", "slack/T1"]])
def test_a_misspelt_folder_is_told_and_nothing_is_made_in_it(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    result = run("queue", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert f"{tmp_path / 'data' / 'cohortium.db'}: There is no database yet. Mend COHORTIUM_DATA" in result.stderr
    assert not (tmp_path / "data").exists()


def test_it_shows_everything_with_its_reason_and_nobody_s_words(run: Run, sick: Path) -> None:
    result = run("queue")
    assert result.exit_code == 0
    for told in (
        "Due and not done yet",
        "its turn comes\n    digest/educator-ann",
        "this version does not know such work",
        "Put off after a failure",
        "run/run-late",
        "TimeoutError",
        "NotSentError",
        "lost-letter",
        "going-letter",
        "Work at rest after its last try",
        "StaleError",
        "Dead letters",
        "ChannelGoneError",
        "slack/T1",
        "token revoked",
        "1 attempting, 1 dead, 3 pending",
    ):
        assert told in result.stdout, told
    assert SECRET_WORDS not in result.stdout
    assert history(sick) == []


def test_each_name_stands_whole_on_a_line_of_its_own_and_what_is_left_out_is_told(run: Run, sick: Path) -> None:
    long = "run-4ggrm66pylgznmvy:header:42:run-ffxqmh5twnlvao32:a-step-with-a-long-name:8@slack/T0123456789"
    with closing(sqlite3.connect(sick)) as connection, connection:
        connection.execute("UPDATE outbox SET key = ? WHERE key = 'dead-letter'", (long,))
    lines = run("queue", "--most", "1").stdout.splitlines()
    assert f"    {long}" in lines
    assert "Held: the first 1 of 3, more with --most" in lines
    assert "Dead letters" in lines
    assert run("queue", "drop", long).exit_code == 0


def test_half_a_moved_database_is_not_shown_as_if_it_were_whole(run: Run, sick: Path) -> None:
    with closing(sqlite3.connect(sick)) as connection, connection:
        connection.execute("CREATE TABLE half_moved (id INTEGER PRIMARY KEY)")
    result = run("queue")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "This database holds half of another one: finish with `cohortium db move`" in result.stderr


def test_each_reason_for_waiting_has_words() -> None:
    assert set(WHY) == set(get_args(Held))
    assert len(set(WHY.values())) == len(WHY)


def test_it_says_the_same_as_json(run: Run, sick: Path) -> None:
    queues = listed(run)
    assert {name: len(queues[name]) for name in ("due", "put_off", "dead_work", "waiting", "held", "dead", "lost")} == {
        "due": 2,
        "put_off": 1,
        "dead_work": 1,
        "waiting": 1,
        "held": 3,
        "dead": 1,
        "lost": 1,
    }
    held = {letter["key"]: letter["held"] for letter in (*queues["waiting"], *queues["held"])}
    assert sorted(held.values()) == ["again", "going", "later", "lost"]
    assert queues["counts"] == {"attempting": 1, "dead": 1, "pending": 3}
    assert SECRET_WORDS not in json.dumps(queues)
    few = listed(run, "--most", "1")
    assert (len(few["held"]), few["totals"]["held"]) == (1, 3)


def test_what_is_dead_is_tried_again_by_name(run: Run, sick: Path) -> None:
    result = run("queue", "retry", "dead-letter", "run/run-lost")
    assert (result.exit_code, result.stdout) == (0, "2 to try again.\n")
    queues = listed(run)
    assert (queues["dead"], queues["dead_work"]) == ([], [])
    assert history(sick) == [
        ("queue_retried", "dead-letter", "operator"),
        ("queue_retried", "run/run-lost", "operator"),
    ]
    again = run("queue", "retry", "dead-letter")
    assert again.exit_code == 2
    assert "dead-letter: nothing dead or put off is so called." in again.stderr


def test_all_that_is_dead_is_tried_again(run: Run, sick: Path) -> None:
    assert run("queue", "retry", "--all").stdout == "2 to try again.\n"
    assert run("queue", "retry", "--all").stdout == "0 to try again.\n"


def test_what_is_found_is_done_though_another_name_is_wrong(run: Run, sick: Path) -> None:
    result = run("queue", "drop", "dead-letter", "no-such", "run/run-lost")
    assert (result.exit_code, result.stdout) == (2, "2 dropped.\n")
    assert "no-such: nothing that waits or rests is so called." in result.stderr


def test_what_is_dropped_is_gone_from_every_list_and_kept_in_the_history(run: Run, sick: Path) -> None:
    assert run("queue", "drop", "dead-letter", "lost-letter").exit_code == 0
    queues = listed(run)
    assert queues["dead"] == []
    assert "lost-letter" not in {letter["key"] for letter in (*queues["waiting"], *queues["held"])}
    assert queues["counts"]["dropped"] == 2
    assert [kind for kind, _, _ in history(sick)] == ["queue_dropped", "queue_dropped"]
    assert run("queue", "retry", "dead-letter").exit_code == 2


def test_what_was_dropped_is_shown_and_brought_back(run: Run, sick: Path) -> None:
    run("queue", "drop", "dead-letter", "run/run-lost", "lost-letter")
    shown = run("queue").stdout
    assert "Dropped in the last 30 days" in shown
    assert "by operator (ChannelGoneError)\n    dead-letter" in shown
    assert "by operator\n    lost-letter" in shown
    assert SECRET_WORDS not in shown
    assert {each["name"] for each in listed(run)["dropped"]} == {"dead-letter", "run/run-lost", "lost-letter"}
    result = run("queue", "restore", "dead-letter", "run/run-lost", "lost-letter")
    assert (result.exit_code, result.stdout) == (0, "3 brought back.\n")
    queues = listed(run)
    assert (queues["dropped"], [each["key"] for each in queues["dead"]]) == ([], ["dead-letter"])
    assert [each["name"] for each in queues["dead_work"]] == ["run/run-lost"]
    assert queues["counts"] == {"attempting": 1, "dead": 1, "pending": 3}
    again = run("queue", "restore", "dead-letter")
    assert again.exit_code == 2
    assert "dead-letter: nothing dropped in the last 30 days is so called" in again.stderr


def test_what_is_being_sent_cannot_be_dropped(run: Run, sick: Path) -> None:
    assert run("queue", "drop", "going-letter").exit_code == 2


@pytest.mark.parametrize("verb", ["retry", "drop", "restore"])
def test_nothing_named_changes_nothing(run: Run, sick: Path, verb: str) -> None:
    result = run("queue", verb)
    assert result.exit_code == 2
    assert "Nothing is named." in result.stderr
    assert history(sick) == []


def test_a_workspace_is_taken_back(run: Run, sick: Path) -> None:
    wrong = run("queue", "regain", "slack/T2")
    assert wrong.exit_code == 2
    assert "No workspace of this name refuses us." in wrong.stderr
    assert run("queue", "regain", "slack/T1").stdout == "slack/T1: what was held goes out.\n"
    assert listed(run)["lost"] == []
    assert history(sick) == [("queue_regained", "slack/T1", "operator")]


MENDING = (["retry", "dead-letter"], ["drop", "dead-letter"], ["regain", "slack/T1"])


@pytest.mark.parametrize("command", MENDING, ids=lambda each: each[0])
def test_it_is_mended_while_another_process_works_on_the_file(
    run: Run, sick: Path, tmp_path: Path, command: list[str]
) -> None:
    with working_alone(Settings(data=tmp_path / "data", database="", _env_file=None)):  # type: ignore[call-arg]
        assert run("queue", *command).exit_code == 0
    assert len(history(sick)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("command", MENDING, ids=lambda each: each[0])
def test_a_file_that_another_program_has_locked_is_told_and_nothing_is_mended(
    run: Run, sick: Path, command: list[str]
) -> None:
    with closing(sqlite3.connect(sick, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        result = run("queue", *command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "database: Another program has had its file locked for ten seconds." in result.stderr
    assert history(sick) == []
    assert run("queue", *command).exit_code == 0


def test_the_doctor_is_content_when_all_is_mended(run: Run, sick: Path) -> None:
    def errors() -> set[str]:
        return {each["name"] for each in json.loads(run("doctor", "--json").stdout) if each["state"] == "error"}

    assert {"outbox", "work", "access"} <= errors()
    run("queue", "drop", "dead-letter", "run/run-lost")
    run("queue", "regain", "slack/T1")
    assert not {"outbox", "work", "access"} & errors()


def test_many_workers_on_a_file_are_refused(run: Run, tmp_path: Path) -> None:
    result = run("worker", "--count", "2")
    assert result.exit_code == 2
    assert "A database in a file is worked on by one process." in result.stderr
    assert "cohortium db move" in result.stderr
    assert not (tmp_path / "data" / "cohortium.db").exists()


@pytest.mark.parametrize("command", ["run", "worker"])
def test_a_second_one_on_the_same_file_is_refused(run: Run, tmp_path: Path, command: str) -> None:
    with working_alone(Settings(data=tmp_path / "data", database="", _env_file=None)):  # type: ignore[call-arg]
        result = run(command)
    assert result.exit_code == 2
    assert "Another Cohortium works on this database file." in result.stderr
    assert "COHORTIUM_DATA" in result.stderr


@pytest.mark.parametrize("first", ["run", "worker"])
def test_while_one_really_runs_another_is_refused_and_it_ends_when_told(tmp_path: Path, first: str) -> None:
    with running(tmp_path / "data", first) as process:
        assert "Ctrl+C stops it" in first_line(process)
        with running(tmp_path / "data", "run") as second:
            _, errors = second.communicate(timeout=60)
            assert second.returncode == 2
            assert "Another Cohortium works on this database file." in errors
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert process.returncode in (0, -signal.SIGTERM)


def test_a_worker_with_a_port_answers_and_ends_when_told(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path / "data", "worker", "--metrics-port", str(port)) as process:
        assert "Working as worker-" in first_line(process)
        assert ask(port, "/healthz") == '{"ok":true}'
        assert ask(port, "/readyz") == '{"ok":true,"why":""}'
        assert "cohortium_due_backlog 0.0" in ask(port, "/metrics")
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert process.returncode in (0, -signal.SIGTERM)
