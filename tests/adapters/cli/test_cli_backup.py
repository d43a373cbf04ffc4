"""`cohortium backup`: whole, and for its owner's eyes alone."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


def test_a_copy_is_whole_and_nobody_else_reads_it(run: Run, imported: Path, tmp_path: Path) -> None:
    copy = tmp_path / "backup.db"
    before = os.umask(0o000)
    try:
        # Somebody has it open: what they wrote last may be in the log alone.
        with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db")) as busy:
            busy.execute("insert into note (key, value) values ('last', 'words')")
            busy.commit()
            assert run("backup", copy).exit_code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as opened:
        assert opened.execute("select value from note where key = 'last'").fetchone() == ("words",)
        assert opened.execute("select count(*) from educator").fetchone() == (3,)


def test_nothing_is_written_over(run: Run, imported: Path, tmp_path: Path) -> None:
    (tmp_path / "backup.db").write_text("last year's")
    refused = run("backup", tmp_path / "backup.db")
    assert refused.exit_code == 2
    assert "It is there already." in refused.stderr
    assert (tmp_path / "backup.db").read_text() == "last year's"


def test_what_is_not_there_or_elsewhere_is_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There is no such file." in run("backup", tmp_path / "backup.db").stderr
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cohortium.db").write_bytes(b"no database" * 1000)
    assert "It cannot be made" in run("backup", tmp_path / "backup.db").stderr
    assert not (tmp_path / "backup.db").exists()
    monkeypatch.setenv("COHORTIUM_DATABASE", "postgresql://cohortium@db.example/cohortium")
    assert "It is on a server." in run("backup", tmp_path / "backup.db").stderr
