"""kill -9 in the middle of the headless demo, and again: it ends with the same bytes as if nothing had happened."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

STEPS = (60, 350, 700)
"""How many messages are in the chat when the process is killed."""


def command(folder: Path) -> list[str]:
    size = ["--educators", "24", "--weeks", "3", "--seed", "7"]
    return [sys.executable, "-m", "bot", "demo", "--headless", *size, "--out", str(folder)]


def begin(folder: Path, order: str = "1") -> subprocess.Popen[bytes]:
    """`order` seeds Python's hashes: sets come in another order with another one."""
    here = {name: value for name, value in os.environ.items() if not name.startswith("COHORTIUM_")}
    return subprocess.Popen(
        command(folder),
        env={**here, "PYTHONPATH": str(Path.cwd()), "PYTHONHASHSEED": order},
        cwd=folder.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(folder: Path, order: str = "1") -> None:
    process = begin(folder, order)
    _, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors.decode()[-2000:]


def messages_in(database: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return int(connection.execute("select count(*) from chat_message").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0


def bytes_of(folder: Path) -> Mapping[str, bytes]:
    """Every file by its name, but for how long it took."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    summary = json.loads(found["summary.json"])
    summary.pop("seconds")
    return {**found, "summary.json": json.dumps(summary).encode()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed") / "out"
    finish(folder)
    return bytes_of(folder)


@pytest.mark.timeout(300)
def test_the_same_seed_gives_the_same_bytes_in_whatever_order_sets_come(
    tmp_path: Path, undisturbed: Mapping[str, bytes]
) -> None:
    finish(tmp_path / "out", order="2")
    assert bytes_of(tmp_path / "out") == undisturbed


@pytest.mark.timeout(300)
def test_killed_three_times_it_ends_as_if_nothing_had_happened(
    tmp_path: Path, undisturbed: Mapping[str, bytes]
) -> None:
    folder = tmp_path / "out"
    for order, wanted in enumerate(STEPS, start=3):
        process = begin(folder, str(order))
        while messages_in(folder / ".work" / "cohortium.db") < wanted:
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    finish(folder)
    found = bytes_of(folder)
    summary = json.loads(found["summary.json"])
    assert (summary["duplicates"], summary["lost"]) == (0, 0)
    assert sorted(found) == sorted(undisturbed)
    assert [name for name in found if found[name] != undisturbed[name]] == []
