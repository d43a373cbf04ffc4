"""`cohortium form`: who would work with whom and why, and what approving says."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from storage.database import open_database
from storage.transaction import SqlTransaction

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


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["--approve", "propose"], "--approve"),
        (["--seed", "3", "report"], "--seed"),
        (["--language", "es", "policy"], "--language"),
    ],
)
def test_what_stands_before_a_command_is_never_passed_over(run: Run, given: list[str], named: str) -> None:
    refused = run("form", *given)
    assert refused.exit_code == 2
    assert f"{named}: It does nothing before {given[-1]}." in " ".join(refused.stderr.split())
    assert "Wait Time (4)" in run("form").stdout, "nothing was approved"


@pytest.mark.usefixtures("waiting")
def test_who_is_asked_first_is_counted(run: Run, files: Path, tmp_path: Path) -> None:
    """Two want one microcredential and two another; all have waited long enough to be asked whether wider will do."""
    pack = (files / "pack.yaml").read_text("utf-8")
    _, first = pack.split("microcredentials:\n")
    other = first.replace("id: wait-time", "id: cold-call").replace("name: Wait Time", "name: Cold Call")
    (files / "pack.yaml").write_text(pack + other, "utf-8")
    assert run("import", "catalogue", files / "pack.yaml").exit_code == 0

    def turn(tx: SqlTransaction) -> None:
        for number, one in enumerate(tx.interests.with_status("waiting")):
            topic = "cold-call" if number % 2 else one.microcredential_id
            changes = {"microcredential_id": topic, "since": one.since - timedelta(days=30)}
            tx.interests.save(one.model_copy(update=changes))

    async def wait() -> None:
        database = open_database(f"sqlite:///{tmp_path / 'data' / 'cohortium.db'}")
        await database.transact(turn)
        await database.close()

    asyncio.run(wait())
    told = run("form", "--approve").stdout
    assert "people are asked first, since the cohort is wider than they agreed to" in told
    assert "*" not in told
