"""One process on a database file; any number on a server's."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.alone import NotAloneError, working_alone
from bot.settings import Settings

HOLD = """
import sys
from pathlib import Path
from bot.alone import working_alone
from bot.settings import Settings

with working_alone(Settings(data=Path(sys.argv[1]), database="", _env_file=None)):
    print("held", flush=True)
    sys.stdin.read()
"""


def here(folder: Path, database: str = "") -> Settings:
    return Settings(data=folder, database=database, _env_file=None)  # type: ignore[call-arg]


def test_the_second_on_a_file_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with working_alone(here(tmp_path / "data")) as alone:
        assert alone
        with (
            pytest.raises(NotAloneError, match=r"cohortium\.db: another Cohortium"),
            working_alone(here(tmp_path / "data")),
        ):
            raise AssertionError("two at once")
    with working_alone(here(tmp_path / "data")) as again:
        assert again


def test_two_files_do_not_hinder_each_other(tmp_path: Path) -> None:
    with working_alone(here(tmp_path / "one")) as one, working_alone(here(tmp_path / "two")) as two:
        assert (one, two) == (True, True)


def test_on_a_server_nobody_is_alone(tmp_path: Path) -> None:
    server = here(tmp_path / "data", "postgresql://ana@db/cohorts")
    with working_alone(server) as one, working_alone(server) as two:
        assert (one, two) == (False, False)
    assert not (tmp_path / "data").exists()


def test_it_is_let_go_whatever_went_wrong_inside(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broke"), working_alone(here(tmp_path)):
        raise ValueError("broke")
    with working_alone(here(tmp_path)) as alone:
        assert alone


def test_only_its_owner_may_read_what_is_made(tmp_path: Path) -> None:
    with working_alone(here(tmp_path / "data")):
        assert (tmp_path / "data").stat().st_mode & 0o077 == 0
        assert (tmp_path / "data" / "cohortium.db.lock").stat().st_mode & 0o077 == 0


def test_a_process_that_is_killed_lets_go(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(command, stdin=-1, stdout=-1, env=environment, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(NotAloneError), working_alone(here(tmp_path)):
            raise AssertionError("two at once")
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
    with working_alone(here(tmp_path)) as alone:
        assert alone
