"""`cohortium demo --fresh`: what it forgets, and what it never touches."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data" / "demo"
    made.mkdir(parents=True)
    return made


def test_a_real_network_in_the_folder_of_the_demo_is_left_alone(run: Run, imported: Path, folder: Path) -> None:
    for path in folder.parent.glob("cohortium.db*"):
        shutil.copy(path, folder)
    before = (folder / "cohortium.db").read_bytes()
    refused = run("demo", "--fresh")
    assert refused.exit_code == 2
    assert "There are real people in it, so it is no demo." in refused.stderr
    assert (folder / "cohortium.db").read_bytes() == before


def test_what_cannot_be_read_is_left_alone(run: Run, folder: Path) -> None:
    (folder / "cohortium.db").write_bytes(b"this is no database at all" * 100)
    refused = run("demo", "--fresh")
    assert refused.exit_code == 2
    assert "cannot be opened" in refused.stderr
    assert (folder / "cohortium.db").exists()


def test_files_of_somebody_else_are_left_alone(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "thesis.txt").write_text("four years")
    monkeypatch.setenv("COHORTIUM_SECRET", "a")  # which stops the demo before it begins
    run("demo", "--fresh")
    assert (folder / "thesis.txt").read_text() == "four years"
