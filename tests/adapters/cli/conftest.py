from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app

Run = Callable[..., Result]

LEAS = """leaid,state_id,name,city,state,county,lat,lon,grade_lo,grade_hi,locale_modal,schools,esc_region
4800001,054901,CROSBYTON CISD,CROSBYTON,TX,CROSBY COUNTY,33.65,-101.24,PK,12,43,5,17
4800002,063903,SPUR ISD,SPUR,TX,DICKENS COUNTY,33.48,-100.87,PK,12,43,1,17
4800003,071902,EL PASO ISD,EL PASO,TX,EL PASO COUNTY,31.79,-106.42,PK,12,11,9,19
"""
ORGS = "sourcedId,name,type,identifier,parentSourcedId\nd1,Spur ISD,district,4800002,\ns1,Spur School,school,,d1\n"
USERS = """sourcedId,status,enabledUser,orgSourcedIds,role,givenName,familyName,email,password
t1,active,true,s1,teacher,Ana,Lee,ana@spur.org,hunter2
t2,active,true,s1,teacher,Bo,Park,bo@spur.org,
p1,active,true,s1,principal,Cy,Ruiz,cy@spur.org,
k1,active,true,s1,student,SECRETKID,SECRETFAMILY,kid@spur.org,swordfish
k2,active,true,s1,student,SECRETKID,SECRETFAMILY,kid2@spur.org,
g1,active,true,s1,guardian,SECRETMUM,SECRETFAMILY,mum@home.org,
"""
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261126
DTEND;VALUE=DATE:20261128
SUMMARY:Thanksgiving - no school
END:VEVENT
END:VCALENDAR
"""
PACK = """pack: 1
issuers:
  - {id: river, name: River Cooperative, ai_rule: forbid}
microcredentials:
  - id: wait-time
    name: Wait Time
    issuer: river
    competency: Gives students time to think.
    source: https://river.example.org/wait-time
    checked: 2026-11-23
    parts:
      - id: overview
        title: Overview
        prompts:
          - {id: context, text: Which discussion did you choose, max_words: 200}
        criteria:
          - id: context
            name: The context is clear
            levels: {Not yet: It is not clear., Passing: It is clear.}
            passing: Passing
"""
INTERESTS = """email,microcredential,share_across_leas,availability,start_from
ana@spur.org,Wait Time,yes,Mon 15:30-17:00,2026-12-01
bo@spur.org,wait-time,no,,
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("import", "leas", path)`: the command in a fresh data folder; stderr apart from stdout."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COHORTIUM_DATA", str(tmp_path / "data"))
    for name in ("DATABASE", "PORT", "SECRET", "OPENBADGES_SCHEMA", "FORMING_POLICY", "COHORTS_PER_FACILITATOR"):
        monkeypatch.delenv(f"COHORTIUM_{name}", raising=False)
    # Lines are told apart in the tests, so no width may break them.
    monkeypatch.setenv("COLUMNS", "500")

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(each) for each in arguments])

    return invoke


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """One good file of each kind: leas.csv, roster/, calendar.ics, pack.yaml, interests.csv."""
    folder = tmp_path / "files"
    (folder / "roster").mkdir(parents=True)
    texts = {
        "leas.csv": LEAS,
        "roster/orgs.csv": ORGS,
        "roster/users.csv": USERS,
        "calendar.ics": CALENDAR,
        "pack.yaml": PACK,
        "interests.csv": INTERESTS,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def imported(run: Run, files: Path) -> Path:
    """The files, with LEAs, roster and catalogue imported."""
    for kind, name in (("leas", "leas.csv"), ("roster", "roster"), ("catalogue", "pack.yaml")):
        result = run("import", kind, files / name)
        assert result.exit_code == 0, result.output
    return files
