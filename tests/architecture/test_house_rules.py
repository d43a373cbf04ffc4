"""The house holds: imports only go down, and the top level is as it was agreed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "cohorts", "prompts", "storage", "tests")


def test_imports_only_go_down() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rooms_are_there() -> None:
    for folder in FOLDERS:
        assert (ROOT / folder).is_dir(), folder
    assert (ROOT / "pyproject.toml").is_file()


def test_ci_runs_the_tests() -> None:
    script = ROOT / ".ci" / "run"
    assert script.is_file()
    assert os.access(script, os.X_OK)
    assert "test" in script.read_text("utf-8")


def test_what_needs_a_browser_stands_where_it_is_looked_for() -> None:
    """Only there is it collected when the browser tests run."""
    named = "pytest.mark." + "browser"
    found = [path for path in (ROOT / "tests").rglob("*.py") if named in path.read_text("utf-8")]
    assert {path.parent for path in found} == {ROOT / "tests" / "browser"}


@pytest.mark.parametrize("folder", FOLDERS[:-1])
def test_no_file_or_folder_grows_beyond_what_one_can_hold(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        if "migrations" not in path.parts:
            assert len(path.read_text("utf-8").splitlines()) <= 400, path


def test_nothing_that_the_product_needs_is_ignored_by_git() -> None:
    """A broad line in .gitignore once kept the demo's people out of every clone."""
    rooms = ["bot", "cohorts", "prompts", "storage", "tests", "docs"]
    asked = ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "--", *rooms]
    answer = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        pytest.skip("not a git checkout")
    assert [name for name in answer.stdout.splitlines() if "__pycache__" not in name] == []
