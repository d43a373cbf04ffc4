"""`cohortium export catalogue`: Open Badges that the official schema takes, and that come back the same."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from cohorts.catalogue.openbadges import read_schema

Run = Callable[..., Result]
SCHEMA = "data/openbadges/ob_v3p0_achievementcredential_schema.json"


@pytest.fixture
def schema() -> Path:
    shared = os.environ.get("COHORTIUM_SHARED")
    if not shared:
        pytest.skip("COHORTIUM_SHARED is not set")
    return Path(shared) / SCHEMA


def test_what_is_exported_comes_back_the_same(run: Run, imported: Path, tmp_path: Path) -> None:
    result = run("export", "catalogue", "--out", tmp_path / "out")
    assert (result.exit_code, result.stdout.startswith("1 written to ")) == (0, True)
    [path] = (tmp_path / "out").iterdir()
    assert path.name == "wait-time.json"
    again = run("import", "catalogue", path)
    assert (again.exit_code, "Nothing changed." in again.stdout) == (0, True)


def test_what_is_exported_satisfies_the_official_schema(
    run: Run, imported: Path, schema: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COHORTIUM_OPENBADGES_SCHEMA", str(schema))
    assert run("import", "catalogue", Path(__file__).parents[3] / "prompts/catalogue/demo.yaml").exit_code == 0
    assert run("export", "catalogue", "--out", "out").exit_code == 0
    official = read_schema(schema.name, schema.read_text("utf-8"))
    written = list(Path("out").iterdir())
    assert len(written) > 6
    for path in written:
        assert official.faults(json.loads(path.read_text("utf-8")), credential=False) == []


def test_only_what_was_named(run: Run, imported: Path) -> None:
    assert run("export", "catalogue", "wait-time", "--out", "out").exit_code == 0
    result = run("export", "catalogue", "wait-tine", "--out", "other")
    assert result.exit_code == 2
    assert 'There is no microcredential "wait-tine". Did you mean "wait-time"?' in result.stderr
    assert not Path("other").exists()


def test_nothing_to_export_and_nowhere_to_write(run: Run, files: Path) -> None:
    assert "The catalogue is empty. Import one first" in run("export", "catalogue").stderr
    run("import", "catalogue", files / "pack.yaml")
    result = run("export", "catalogue", "--out", files / "pack.yaml")
    assert (result.exit_code, "It cannot be written: File exists." in result.stderr) == (2, True)


def test_a_schema_that_is_none_is_told(run: Run, imported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COHORTIUM_OPENBADGES_SCHEMA", str(imported / "nothing.json"))
    result = run("export", "catalogue")
    assert (result.exit_code, "The schema cannot be read" in result.stderr) == (2, True)
