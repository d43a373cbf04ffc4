"""The program as an operator starts it: a process of its own, by the command line alone."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(folder: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """`cohortium` with its data in `folder` and `settings` without their COHORTIUM_; killed at the end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COHORTIUM_")}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), "COHORTIUM_DATA": str(folder)}
    environment |= {"COHORTIUM_OPEN_BROWSER": "false", "COLUMNS": "500"}
    environment |= {f"COHORTIUM_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-u", "-m", "bot", *arguments]
    with subprocess.Popen(command, env=environment, cwd=folder.parent, stdout=-1, stderr=-1, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
        return found


def ask(port: int, path: str, tries: int = 1200) -> str:
    """The answer, as soon as there is one that is well."""
    for _ in range(tries):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nobody answers")
