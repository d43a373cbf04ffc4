"""The page that tells operators what happens when something breaks says nothing that no test holds."""

import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "reliability.md"
TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def rows() -> Iterator[list[str]]:
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def held(*folders: str) -> set[str]:
    files = (file for folder in folders for file in (HERE.parent / folder).glob("test_*.py"))
    return {name for file in files for name in TEST.findall(file.read_text("utf-8"))}


def test_every_row_names_a_test_that_exists() -> None:
    told = [row for row in rows() if row[-1] not in ("Held by", "Noticed by")]
    assert len(told) > 30
    assert [
        row[0] for row in told if row[-1].strip("`") not in held("faults", "storage", "adapters/cli", "scenarios")
    ] == []


def test_every_mistake_that_is_made_on_purpose_is_on_the_page() -> None:
    proofs = {name for name in held("faults") if ("_show" in name and "broken" in name) or "_shows_that" in name}
    assert proofs <= {row[-1].strip("`") for row in rows()}
