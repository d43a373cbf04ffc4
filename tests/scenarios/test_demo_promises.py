"""Eleven weeks of a made-up network keep what was promised, counted from what was delivered."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("seed", "educators"), [(4, 40), (2, 60)])
def test_a_network_keeps_its_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, educators: int
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ("--headless", "--seed", str(seed), "--educators", str(educators), "--out", "out")
    assert CliRunner().invoke(app, ["demo", *options]).exit_code == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert summary["reviews_per_author"]["min"] >= 2
    assert summary["nudges_per_person_week_max"] <= 3
    assert summary["facilitator_messages_per_week_max"] <= 5
    never = ("sends_in_forbidden_hours", "steps_late", "sealed_leaks", "duplicates", "lost")
    assert {name: summary[name] for name in never} == dict.fromkeys(never, 0)
    leaders, newcomer = max(2, educators // 12), 1
    assert summary["members"] + len(summary["unplaced"]) == educators - leaders - newcomer
    assert all(summary["unplaced"].values())
    assert summary["packets_complete"] >= 0.9 * summary["members"]
