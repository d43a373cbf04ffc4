"""`cohortium form regions`: made-up educators of real LEAs, before and after, as a table and a picture."""

import csv
import os
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import Result

from bot.cli._made_up import make_up
from cohorts.people.leas import read_leas

Run = Callable[..., Result]
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"
LEAS = """leaid,name,state,county,locale_modal,schools,esc_region,enrollment_2016
4800001,CROSBYTON CISD,TX,CROSBY COUNTY,43,5,17,389
4800002,SPUR ISD,TX,DICKENS COUNTY,43,1,17,280
4800003,EL PASO ISD,TX,EL PASO COUNTY,11,90,19,60000
4800004,PRESIDIO ISD,TX,PRESIDIO COUNTY,43,3,18,1300
4800005,NOWHERE ISD,TX,PRESIDIO COUNTY,43,3,,900
"""


@pytest.fixture
def form_regions(run: Run) -> Run:
    return lambda *arguments: run("form", "regions", *arguments)


@pytest.fixture
def leas(tmp_path: Path) -> Path:
    (tmp_path / "leas.csv").write_text(LEAS, "utf-8")
    return tmp_path / "leas.csv"


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "regions.csv").open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_each_region_is_counted_before_and_after(form_regions: Run, leas: Path, tmp_path: Path) -> None:
    told = form_regions("--leas", leas, "--educators", 120, "--out", tmp_path / "out")
    assert told.exit_code == 0, told.output
    *rows, whole = rows_of(tmp_path / "out")
    assert [row["region"] for row in rows] == ["Region 17", "Region 18", "Region 19", "no region"]
    assert whole["region"] == "All"
    for name in ("people", "singletons", "before", "after", "waiting"):
        assert int(whole[name]) == sum(int(row[name]) for row in rows)
    assert int(whole["people"]) == 120
    assert int(whole["after"]) < int(whole["before"]) <= int(whole["singletons"])
    table = (tmp_path / "out" / "regions.md").read_text("utf-8")
    assert table in told.stdout
    assert table.count("\n") == 7


def test_the_picture_stands_by_itself(form_regions: Run, leas: Path, tmp_path: Path) -> None:
    assert form_regions("--leas", leas, "--educators", 120, "--out", tmp_path, "--language", "es").exit_code == 0
    text = (tmp_path / "regions.svg").read_text("utf-8")
    root = ET.fromstring(text)
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title")
    assert "%" in (root.findtext(f"{SVG}desc") or "")
    assert "prefers-color-scheme: dark" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert len(root.findall(f"{SVG}circle[@class='after']")) == 6


def test_the_same_seed_gives_the_same(form_regions: Run, leas: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        form_regions("--leas", leas, "--educators", 50, "--seed", 3, "--out", tmp_path / name)
    assert rows_of(tmp_path / "a") == rows_of(tmp_path / "b")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--educators", "0"), "0 is no number of educators"),
        (("--language", "fr"), 'We do not speak "fr" yet.'),
        (("--leas", "nowhere.csv"), "There is no such file."),
    ],
)
def test_what_is_wrong_is_said(
    form_regions: Run, leas: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    told = form_regions("--leas", leas, "--out", tmp_path, *arguments)
    assert told.exit_code == 2
    assert said in told.stderr


def test_leas_without_students_have_no_educators(form_regions: Run, leas: Path, tmp_path: Path) -> None:
    leas.write_text("leaid,name,state\n4800001,CROSBYTON CISD,TX\n", "utf-8")
    told = form_regions("--leas", leas, "--out", tmp_path)
    assert told.exit_code == 2
    assert "No LEA has students." in told.stderr


def test_proportions_are_real(leas: Path) -> None:
    people = make_up(list(read_leas("leas.csv", LEAS.splitlines(keepends=True))), 2000, 1, NOW)
    share = Counter(one.lea_id for one in people)["4800003"] / 2000
    assert share == pytest.approx(60000 / 62869, abs=0.02)
    assert sum(one.share_across_leas for one in people) / 2000 == pytest.approx(0.92, abs=0.03)
    small = [one for one in people if one.grade_band in ("K-2", "3-5")]
    assert sum(one.subject == "General" for one in small) / len(small) == pytest.approx(0.70, abs=0.05)
    assert len({one.educator_id for one in people}) == 2000
    assert {one.locale for one in people} <= {"43", "11"}


@pytest.mark.skipif(not os.environ.get("COHORTIUM_SHARED"), reason="the LEAs of Texas are not at hand")
def test_texas(form_regions: Run, tmp_path: Path) -> None:
    leas = Path(os.environ["COHORTIUM_SHARED"]) / "data" / "tx-lea-with-esc-region.csv"
    told = form_regions("--leas", leas, "--educators", 400, "--out", tmp_path)
    assert told.exit_code == 0, told.output
    *rows, whole = rows_of(tmp_path)
    assert {row["region"] for row in rows} <= {f"Region {number}" for number in range(1, 21)}
    assert len(rows) >= 18
    assert int(whole["after"]) < int(whole["before"]) * 0.7
