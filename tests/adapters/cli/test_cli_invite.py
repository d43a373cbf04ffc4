"""`cohortium invite` and `sign-out`: who may come in, with which roles, and no longer."""

import os
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


def roles(tmp_path: Path) -> set[str]:
    with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db")) as database:
        query = "select value from educator, json_each(educator.body, '$.roles') where email = 'ana@spur.org'"
        return {row[0] for row in database.execute(query)}


def test_a_role_is_given_kept_and_taken_away(run: Run, imported: Path, tmp_path: Path) -> None:
    assert "/enter?token=" in run("invite", "ana@spur.org", "--facilitator", "--operator").stdout
    assert roles(tmp_path) == {"teacher", "facilitator", "operator"}
    run("invite", "ana@spur.org")
    assert roles(tmp_path) == {"teacher", "facilitator", "operator"}
    run("invite", "ana@spur.org", "--no-operator")
    assert roles(tmp_path) == {"teacher", "facilitator"}
    run("invite", "ana@spur.org", "--no-facilitator")
    assert roles(tmp_path) == {"teacher"}


def test_a_link_leads_where_the_chat_answers_though_its_port_was_taken(
    run: Run, imported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody_else:
        taken = f"http://127.0.0.1:{somebody_else.getsockname()[1]}"
        monkeypatch.setenv("COHORTIUM_PORT", taken.rpartition(":")[2])
        here = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "COHORTIUM_OPEN_BROWSER": "false"}
        command = [sys.executable, "-u", "-m", "bot", "run"]
        with subprocess.Popen(command, env=here, cwd=tmp_path, stdout=-1, text=True) as chat:
            try:
                assert chat.stdout is not None
                assert f"Port {taken.rpartition(':')[2]} is taken" in chat.stdout.readline()
                address = chat.stdout.readline().split()[3]
                assert run("invite", "ana@spur.org").stdout.startswith(f"{address}/enter?token=")
                monkeypatch.setenv("COHORTIUM_PUBLIC_URL", "https://chat.spur.org/")
                assert run("invite", "ana@spur.org").stdout.startswith("https://chat.spur.org/enter?token=")
                monkeypatch.delenv("COHORTIUM_PUBLIC_URL")
                chat.terminate()
                chat.wait(30)
            finally:
                chat.kill()
        assert run("invite", "ana@spur.org").stdout.startswith(f"{taken}/enter?token=")


def test_signing_out_says_how_many_sessions_ended(run: Run, imported: Path) -> None:
    assert run("sign-out", "ana@spur.org").stdout == "0 sessions ended.\n"
    refused = run("sign-out", "nobody@spur.org")
    assert refused.exit_code == 2
    assert "Nobody here has this address." in refused.stderr


@pytest.mark.parametrize("command", [("run",), ("invite", "ana@spur.org"), ("demo",)])
def test_a_guessable_secret_stops_what_would_sign_with_it(
    run: Run, imported: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COHORTIUM_SECRET", "a")
    refused = run(*command)
    assert refused.exit_code == 2
    assert "COHORTIUM_SECRET has fewer than 32 characters: it can be guessed. Set it to at least" in refused.stderr
