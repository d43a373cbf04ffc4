"""`cohortium form`: who would work with whom and why, and what approving says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]

ORGS = """sourcedId,name,type,identifier,parentSourcedId
d1,Spur ISD,district,4800002,
s1,Spur School,school,,d1
d2,Crosbyton CISD,district,4800001,
s2,Crosbyton School,school,,d2
"""
NAMES = ("Ana", "Bo", "Cam", "Dee")


@pytest.fixture
def waiting(run: Run, files: Path) -> None:
    """Four people of two districts want the same."""
    users = ["sourcedId,orgSourcedIds,role,givenName,familyName,email"]
    users += [f"t{n},s{n % 2 + 1},teacher,{name},Lee,{name}@spur.org" for n, name in enumerate(NAMES)]
    interests = ["email,microcredential,share_across_leas", *(f"{name}@spur.org,wait-time,yes" for name in NAMES)]
    (files / "roster" / "orgs.csv").write_text(ORGS, "utf-8")
    (files / "roster" / "users.csv").write_text("\n".join(users), "utf-8")
    (files / "interests.csv").write_text("\n".join(interests), "utf-8")
    named = {"leas": "leas.csv", "roster": "roster", "catalogue": "pack.yaml", "interests": "interests.csv"}
    for kind, name in named.items():
        assert run("import", kind, files / name).exit_code == 0


@pytest.mark.usefixtures("waiting")
def test_everybody_has_a_reason_and_nothing_is_approved_unasked(run: Run) -> None:
    told = run("form").stdout
    assert "Wait Time (4)" in told
    assert all(f"  {name} Lee: Same microcredential." in told for name in NAMES)
    assert "cohortium form --approve" in told
    assert "Wait Time (4)" in run("form").stdout


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    ("language", "said"), [("en", "Approved. 1 room is opening"), ("es", "Aprobado. 1 sala se abre")]
)
def test_approving_is_said_in_plain_words(run: Run, language: str, said: str) -> None:
    told = run("form", "--approve", "--language", language).stdout
    assert f"\n{said}" in told
    assert "*" not in told
    assert run("form").stdout == "Nobody is waiting for a cohort.\n"


@pytest.mark.usefixtures("waiting")
def test_a_language_that_is_not_there_is_refused(run: Run) -> None:
    refused = run("form", "--language", "fr")
    assert refused.exit_code == 2
    assert 'We do not speak "fr" yet. Use en or es.' in refused.stderr
