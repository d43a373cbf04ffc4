"""`cohortium form report`: the open proposal as a cooperative reads it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.adapters.cli.test_cli_form import ORGS

Run = Callable[..., Result]
PEOPLE = 24


@pytest.fixture
def form_report(run: Run) -> Run:
    return lambda *arguments: run("form", "report", *arguments)


@pytest.fixture
def proposed(run: Run, files: Path) -> Path:
    """Two dozen people of two districts, and a proposal for them."""
    users = ["sourcedId,orgSourcedIds,role,givenName,familyName,email"]
    users += [f"t{n},s{n % 2 + 1},teacher,Person{n},Lee,p{n}@spur.org" for n in range(PEOPLE)]
    interests = ["email,microcredential,share_across_leas,subject,grade_band"]
    interests += [f"p{n}@spur.org,wait-time,yes,Science,6-8" for n in range(PEOPLE)]
    (files / "roster" / "orgs.csv").write_text(ORGS, "utf-8")
    (files / "roster" / "users.csv").write_text("\n".join(users), "utf-8")
    (files / "interests.csv").write_text("\n".join(interests), "utf-8")
    named = {"leas": "leas.csv", "roster": "roster", "catalogue": "pack.yaml", "interests": "interests.csv"}
    for kind, name in named.items():
        assert run("import", kind, files / name).exit_code == 0
    assert run("form").exit_code == 0
    return files


@pytest.mark.usefixtures("run")
def test_without_a_proposal_there_is_nothing_to_report(form_report: Run) -> None:
    told = form_report()
    assert told.exit_code == 0
    assert "There is no open proposal" in told.stdout


@pytest.mark.usefixtures("proposed")
def test_counts_alone_and_nobody_by_name(form_report: Run) -> None:
    told = form_report().stdout
    assert told.startswith("The proposal that is open now.")
    assert "People with a seat" in told
    assert f"{PEOPLE} of {PEOPLE} (100 %)" in told
    assert "Nobody waits." in told
    assert "Person" not in told.replace("Personas", "")
    assert "SPUR" not in told.upper().replace("SPURRED", "")
    assert "La ronda" not in told
    assert "Personas con lugar" in form_report("--language", "es").stdout


@pytest.mark.usefixtures("proposed")
def test_after_approval_the_round_can_still_be_read(run: Run, form_report: Run) -> None:
    before = form_report().stdout.partition("\n")[2]
    assert run("form", "--approve").exit_code == 0
    said, _, after = form_report().stdout.partition("\n")
    assert said == "No proposal is open. The round that was approved last:"
    assert after == before


def test_two_districts_would_know_each_other(form_report: Run, proposed: Path) -> None:
    """One of two districts is of high need: to tell its figures would tell the other's."""
    needy = proposed / "needy.csv"
    needy.write_text("leaid\n4800001\n", "utf-8")
    told = form_report("--high-need", needy).stdout
    assert "By need of the district" in told
    assert "High need" in told
    assert told.count("fewer than 5, or not told beside it") == 2


@pytest.mark.usefixtures("proposed")
def test_districts_of_high_need_are_named_once_in_the_settings(
    form_report: Run, proposed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "By need of the district" not in form_report().stdout
    monkeypatch.setenv("COHORTIUM_HIGH_NEED_LEAS", "4800001, 4800009")
    assert "High need" in form_report().stdout
    nobody = proposed / "needy.csv"
    nobody.write_text("leaid\n4800009\n", "utf-8")
    assert "High need" not in form_report("--high-need", nobody).stdout
    monkeypatch.setenv("COHORTIUM_HIGH_NEED_LEAS", "Spur")
    refused = form_report()
    assert refused.exit_code == 2
    assert "COHORTIUM_HIGH_NEED_LEAS" in refused.stderr


def test_a_list_that_is_none_is_refused(form_report: Run, proposed: Path) -> None:
    needy = proposed / "needy.csv"
    needy.write_text("leaid\nSpur\n4800001\n", "utf-8")
    told = form_report("--high-need", needy)
    assert told.exit_code == 2
    assert '"Spur" is no LEAID.' in told.stderr
    assert form_report("--high-need", proposed / "none.csv").exit_code == 2
    assert form_report("--language", "fr").exit_code == 2
