"""`cohortium simulate`: its figures, its keys, and what it refuses."""

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

Run = Callable[..., Result]

KEYS = (
    "educators cohorts placed left_waiting never_asked waiting completion reviews_per_author "
    "messages_per_person_week lateness_seconds sends retries "
    "rate_limited lookups doubled lost in_quiet_hours events seconds peak_memory_mb"
)
SMALL = ("--educators", "16", "--weeks", "1", "--faults", "none", "--processes", "1")


def test_json_has_the_promised_keys(run: Run) -> None:
    shown = run("simulate", *SMALL, "--json")
    assert shown.exit_code == 0, shown.stderr
    report = json.loads(shown.stdout)
    assert list(report) == KEYS.split()
    assert report["educators"] == 16
    assert set(report["completion"]) == {"runs", "packets"}
    assert set(report["lateness_seconds"]) == {"p50", "p95", "p99", "max"}
    assert (report["doubled"], report["lost"], report["in_quiet_hours"]) == (0, 0, 0)


def test_without_json_it_is_a_table(run: Run) -> None:
    shown = run("simulate", *SMALL, "--platform", "local")
    assert shown.exit_code == 0, shown.stderr
    for word in ("People", "Doubled", "Lost", "In quiet hours", "Peak of memory"):
        assert word in shown.stdout


@pytest.mark.parametrize(
    "given",
    [("--educators", "3"), ("--weeks", "0"), ("--platform", "teams"), ("--faults", "hail"), ("--processes", "0")],
)
def test_a_bad_value_is_named(run: Run, given: tuple[str, str]) -> None:
    refused = run("simulate", *given)
    assert refused.exit_code == 2
    assert given[0] in refused.stderr
