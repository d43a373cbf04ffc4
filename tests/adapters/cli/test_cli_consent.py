"""`cohortium consent`: a district keeps to itself, and takes it back."""

from pathlib import Path

from tests.adapters.cli.conftest import Run


def test_consent_is_withdrawn_listed_and_given_back(run: Run, imported: Path) -> None:
    assert "Every district's people may be" in run("consent", "list").stdout
    assert "Running cohorts to look at: 0." in run("consent", "withdraw", "4800002").stdout
    assert "keep to themselves already" in run("consent", "withdraw", "4800002").stdout
    assert "4800002  SPUR ISD" in run("consent", "list").stdout
    assert "each by their own word" in run("consent", "give", "4800002").stdout
    assert "might be already" in run("consent", "give", "4800002").stdout
    assert "SPUR" not in run("consent", "list").stdout


def test_an_unknown_district_is_named_and_nothing_is_kept(run: Run, imported: Path) -> None:
    for command in ("withdraw", "give"):
        refused = run("consent", command, "9999999")
        assert refused.exit_code == 2
        assert "9999999" in refused.stderr
        assert "no district with this LEAID" in refused.stderr
    assert "Every district's people may be" in run("consent", "list").stdout
