"""`cohortium db`: what the operator is told, and what is refused before anything is touched."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.storage.conftest import NUMBERS, postgres_server

Run = Callable[..., Result]
assert postgres_server  # the fixture that starts a real one
NOWHERE = "postgresql://ana:hunter2@127.0.0.1:1/none"


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("postgres_server")


@pytest.fixture
def to(server: Any) -> str:
    """The address of an empty database."""
    name = f"told_{next(NUMBERS)}"
    server.psql(f"CREATE DATABASE {name};")
    url: str = server.get_uri(name)
    return url


def rows_of(output: str) -> dict[str, list[str]]:
    """The words of each line behind its first."""
    return {words[0]: words[1:] for words in (line.split() for line in output.splitlines()) if words}


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
def test_moving_tells_the_rows_and_what_to_set(run: Run, imported: Path, to: str, tmp_path: Path) -> None:
    file = tmp_path / "data" / "cohortium.db"
    before = file.read_bytes()
    result = run("db", "move", "--to", to)
    assert result.exit_code == 0, result.output
    told = rows_of(result.stdout)
    assert (told["lea"], told["educator"], told["interest"]) == (["3"], ["3"], ["0"])
    assert "rows. Counts and checksums are the same." in result.stdout
    assert f"COHORTIUM_DATABASE={to.replace(':@', '@')}\n" in result.stdout
    assert file.read_bytes() == before
    assert "password" not in result.stdout
    again = run("db", "move", "--to", to)
    assert (again.exit_code, "Already there" in again.stdout) == (0, True)


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
def test_what_was_moved_is_used(run: Run, imported: Path, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path("data/cohortium.db")
    assert run("db", "move", "--from", file, "--to", to).exit_code == 0
    monkeypatch.setenv("COHORTIUM_DATABASE", to)
    assert "1 same microcredentials" in run("import", "catalogue", imported / "pack.yaml").stdout
    assert run("import", "interests", imported / "interests.csv").exit_code == 0
    unnamed = run("db", "check", "--to", to)
    assert (unnamed.exit_code, "--from data/cohortium.db" in unnamed.stderr) == (2, True)
    differs = run("db", "check", "--to", to, "--from", file)
    assert differs.exit_code == 1
    assert rows_of(differs.stdout)["interest"] == ["0", "2", "differs"]


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
def test_checking_says_which_table_differs(run: Run, imported: Path, to: str, server: Any) -> None:
    early = run("db", "check", "--to", to)
    assert (early.exit_code, "Move first: cohortium db move" in early.stderr) == (2, True)
    run("db", "move", "--to", to)
    same = run("db", "check", "--to", to)
    assert (same.exit_code, rows_of(same.stdout)["educator"]) == (0, ["3", "3", "same"])
    assert "Counts and checksums are the same." in same.stdout
    name = to.partition("?")[0].rpartition("/")[2]
    server.psql(f"\\c {name}\nUPDATE educator SET body = replace(body, 'Ana', 'Anna') WHERE email LIKE 'ana%';")
    changed = run("db", "check", "--to", to)
    assert changed.exit_code == 1
    assert rows_of(changed.stdout)["educator"] == ["3", "3", "differs"]
    assert "Not the same: educator." in changed.stdout


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
def test_half_a_move_is_told_and_not_started_on(
    run: Run, imported: Path, to: str, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("db", "move", "--to", to)
    name = to.partition("?")[0].rpartition("/")[2]
    server.psql(f"\\c {name}\nCREATE TABLE half_moved (id int); DELETE FROM educator WHERE email LIKE 'bo%';")
    monkeypatch.setenv("COHORTIUM_DATABASE", to)
    refused = run("import", "leas", imported / "leas.csv")
    assert (refused.exit_code, "finish with `cohortium db move`" in refused.stderr) == (2, True)
    examined = run("doctor")
    assert examined.exit_code == 1
    assert "It holds half of another database" in examined.stdout
    assert run("db", "move", "--to", to, "--from", "data/cohortium.db").exit_code == 0
    assert run("import", "leas", imported / "leas.csv").exit_code == 0


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
def test_a_database_with_data_is_refused(run: Run, imported: Path, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COHORTIUM_DATABASE", to)
    assert run("import", "leas", imported / "leas.csv").exit_code == 0
    monkeypatch.delenv("COHORTIUM_DATABASE")
    refused = run("db", "move", "--to", to)
    assert refused.exit_code == 2
    assert "It already holds data: cooperative, cooperative_lea, lea. Give an empty database." in refused.stderr


@pytest.mark.parametrize("command", ["move", "check"])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--to", "sqlite:///other.db"), "It is not on a PostgreSQL server."),
        (("--to", "mysql://ana:hunter2@db/x"), "It is not on a PostgreSQL server."),
        (("--to", "postgresql://ana:hunter2@db:port/x"), "Write it as postgresql://user@host/name"),
        (("--to", NOWHERE), "See that the file and the server are there"),
        (("--to", NOWHERE, "--from", "nothing.db"), "There is no such file."),
        (("--to", NOWHERE, "--from", "files/leas.csv"), "It cannot be used:"),
    ],
)
def test_what_cannot_be_used_is_refused(
    run: Run, imported: Path, tmp_path: Path, command: str, options: tuple[str, ...], said: str
) -> None:
    result = run("db", command, *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "hunter2" not in result.output
    assert not (tmp_path / "other.db").exists()
    assert not (tmp_path / "nothing.db").exists()


def test_before_anything_is_imported_there_is_no_file(run: Run, tmp_path: Path) -> None:
    result = run("db", "move", "--to", NOWHERE)
    assert (result.exit_code, "There is no such file." in result.stderr) == (2, True)
    assert not (tmp_path / "data").exists()
