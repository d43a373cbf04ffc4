"""100,000 roster rows in a bounded memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.rosters import write_roster

MEGABYTES = 300
PROGRAM = """
from pathlib import Path
from bot.cli import app
for command in (["import", "leas", "leas.csv"], ["import", "roster", "roster"]):
    app(command, standalone_mode=False)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print("peak", int(status["VmHWM"].split()[0]) / 1_000)
"""
"""The kernel's own high-water mark: what getrusage tells can be that of the program this one was started by."""


@pytest.mark.slow
def test_a_large_roster_is_imported_in_bounded_memory(tmp_path: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not tell a program's peak memory")
    write_roster(tmp_path / "roster", staff=100_000)
    (tmp_path / "leas.csv").write_text("leaid,name,state\n4800001,Spur ISD,TX\n", "utf-8")
    variables = os.environ | {"COHORTIUM_DATA": str(tmp_path / "data"), "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=variables, capture_output=True, text=True, check=True
    )
    assert "100,000 new, 0 changed, 0 same educators" in done.stdout
    assert done.stderr.splitlines() == ["25 % read", "50 % read", "75 % read"]
    peak = float(done.stdout.rpartition("peak ")[2])
    assert peak < MEGABYTES
