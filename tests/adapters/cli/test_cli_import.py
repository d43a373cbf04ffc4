"""`cohortium import`: all of a good file, nothing of a broken one, and the second time nothing new."""

import sqlite3
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


def everything(tmp_path: Path) -> list[str]:
    """The whole database as SQL."""
    file = tmp_path / "data" / "cohortium.db"
    if not file.exists():
        return []
    with closing(sqlite3.connect(file)) as database:
        return list(database.iterdump())


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_everything_the_first_time_and_nothing_the_second(run: Run, imported: Path, tmp_path: Path) -> None:
    commands = (
        ("leas", "leas.csv"),
        ("roster", "roster"),
        ("catalogue", "pack.yaml"),
        ("calendar", "calendar.ics", "--lea", "4800001", "--lea", "4800002"),
        ("interests", "interests.csv"),
    )
    for kind, name, *more in commands:
        assert run("import", kind, imported / name, *more).exit_code == 0
    kept = everything(tmp_path)
    for kind, name, *more in commands:
        result = run("import", kind, imported / name, *more)
        assert (result.exit_code, result.stderr) == (0, "")
        assert "Nothing changed." in result.stdout
    assert everything(tmp_path) == kept


def test_what_is_new_and_changed_is_counted(run: Run, imported: Path) -> None:
    edit(imported / "leas.csv", "SPUR ISD,SPUR", "SPUR ISD,ESPUELA")
    result = run("import", "leas", imported / "leas.csv")
    assert result.stdout.splitlines() == ["0 new, 1 changed, 2 same LEAs", "0 new, 0 changed, 2 same cooperatives"]
    edit(imported / "roster" / "users.csv", "Bo,Park", "Bo,Parker")
    result = run("import", "roster", imported / "roster")
    assert "0 new, 1 changed, 2 same educators" in result.stdout


def test_who_is_listed_with_two_microcredentials_waits_for_the_last_and_it_is_said(run: Run, imported: Path) -> None:
    edit(imported / "pack.yaml", "wait-time", "think-time")
    edit(imported / "pack.yaml", "Wait Time", "Think Time")
    assert run("import", "catalogue", imported / "pack.yaml").exit_code == 0
    with (imported / "interests.csv").open("a", encoding="utf-8") as opened:
        opened.write("bo@spur.org,think-time,no,,\n")
    first, again = (run("import", "interests", imported / "interests.csv") for _ in range(2))
    said = "One microcredential at a time: they waited for another, the newest counts: line 4 (bo@spur.org)."
    assert said in first.stdout.splitlines()
    assert "One microcredential" not in again.stdout
    assert "Nothing changed." in again.stdout


@pytest.mark.parametrize("name", ["leas.csv", "interests.csv"])
def test_a_long_file_says_how_far_it_is_off_a_terminal_too(run: Run, imported: Path, name: str) -> None:
    with (imported / name).open("a", encoding="utf-8") as opened:
        opened.writelines(" " * 999 + "\n" for _ in range(6_000))
    result = run("import", name.removesuffix(".csv"), imported / name)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[:3] == ["25 % read", "50 % read", "75 % read"]


def test_students_and_families_are_counted_and_nothing_of_them_is_kept(
    run: Run, imported: Path, tmp_path: Path
) -> None:
    result = run("import", "roster", imported / "roster")
    assert "1 guardian, 2 student." in result.stdout
    kept = "\n".join(everything(tmp_path))
    assert "ana@spur.org" in kept
    for private in ("SECRET", "kid@", "mum@", "hunter2", "swordfish"):
        assert private not in kept


def test_what_people_set_themselves_survives_the_next_roster(run: Run, imported: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db")) as database:
        # What a chat would have kept: somebody speaks Spanish and leads.
        change = (
            "UPDATE educator SET body = replace(replace(body, '\"en\"', '\"es\"'), '\"teacher\"', '\"facilitator\"')"
        )
        database.execute(change)
        database.commit()
    edit(imported / "roster" / "users.csv", "Ana,Lee", "Ana,Leeds")
    run("import", "roster", imported / "roster")
    kept = [line for line in everything(tmp_path) if "ana@spur.org" in line]
    assert any("Leeds" in line and '"es"' in line and '"facilitator"' in line for line in kept)


def test_an_interest_keeps_how_far_it_is(run: Run, imported: Path, tmp_path: Path) -> None:
    run("import", "interests", imported / "interests.csv")
    with closing(sqlite3.connect(tmp_path / "data" / "cohortium.db")) as database:
        database.execute("UPDATE interest SET status = 'placed', body = replace(body, '\"waiting\"', '\"placed\"')")
        database.commit()
    assert "Nothing changed." in run("import", "interests", imported / "interests.csv").stdout
    edit(imported / "interests.csv", "Mon 15:30-17:00", "Tue 15:30-17:00")
    result = run("import", "interests", imported / "interests.csv")
    assert "0 new, 1 changed, 1 same interests" in result.stdout
    assert sum('"placed"' in line for line in everything(tmp_path)) == 2


def test_a_wish_about_somebody_unknown_is_kept_and_told(run: Run, imported: Path) -> None:
    edit(imported / "interests.csv", ",start_from\n", ",start_from,avoid\n")
    edit(imported / "interests.csv", "2026-12-01", "2026-12-01,bo@spur.org;Cy@spurr.org")
    edit(imported / "interests.csv", "wait-time,no,,", "wait-time,no,,,")
    result = run("import", "interests", imported / "interests.csv")
    assert "2 new, 0 changed" in result.stdout
    assert "In “avoid” and on no roster: cy@spurr.org. Look for a misspelling" in result.stdout


@pytest.mark.parametrize("inside", ["", "Spur ISD/"])
def test_a_roster_in_a_zip(run: Run, imported: Path, inside: str) -> None:
    with zipfile.ZipFile(imported / "roster.zip", "w") as made:
        for name in ("orgs.csv", "users.csv"):
            made.write(imported / "roster" / name, f"{inside}{name}")
    result = run("import", "roster", imported / "roster.zip")
    assert (result.exit_code, "Nothing changed." in result.stdout) == (0, True)


BROKEN = [
    (("leas", "leas.csv"), "33.48", "north", 'leas.csv:3:lat: "north" is not a number.'),
    (("leas", "leas.csv"), "4800003", "480003", "leas.csv:4:leaid:"),
    (("roster", "roster"), "bo@spur.org", "bo at spur", "users.csv:3:email: The email of a member of staff"),
    (("roster", "roster"), "t2,active", "t2,sleeping", "users.csv:3:status:"),
    (("catalogue", "pack.yaml"), "passing: Passing", "passing: Perfect", "pack.yaml:20:"),
    (("calendar", "calendar.ics", "--lea", "4800001"), "20261126", "20261326", "calendar.ics:5:"),
    (("interests", "interests.csv"), "bo@spur.org", "eve@spur.org", "interests.csv:3:email: Nobody here has"),
    (("interests", "interests.csv"), "wait-time", "weight-time", "interests.csv:3:microcredential:"),
]
FILES = {"roster": "roster/users.csv"}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken[3].split()[0])
def test_a_broken_file_leaves_nothing_behind(
    run: Run, imported: Path, tmp_path: Path, broken: tuple[tuple[str, ...], str, str, str]
) -> None:
    (kind, name, *more), old, new, told = broken
    edit(imported / FILES.get(name, name), old, new)
    # Something right comes with it, so that half an import would show.
    edit(imported / "leas.csv", "CROSBYTON,TX", "OTHERTON,TX")
    edit(imported / "roster" / "users.csv", "Ana,Lee", "Ana,Leeds")
    before = everything(tmp_path)
    result = run("import", kind, imported / name, *more)
    assert result.exit_code == 2, result.output
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert everything(tmp_path) == before


WRONG_KIND = [
    ("roster", "leas.csv", "This looks like a list of LEAs, not a roster. Use: cohortium import leas"),
    ("leas", "interests.csv", "This looks like a list of interests, not a list of LEAs."),
    ("leas", "roster/users.csv", "This looks like a roster, not a list of LEAs."),
    ("roster", "roster/users.csv", "This is one file of a roster. Give the folder or zip"),
    ("catalogue", "calendar.ics", "This looks like a school calendar, not a catalogue."),
    ("interests", "pack.yaml", "This looks like a catalogue, not a list of interests."),
    ("leas", "roster", "It is a folder."),
    ("leas", "Leas.csv", 'There is no such file. Did you mean "leas.csv"?'),
    ("leas", "nothing.csv", "There is no such file. Check the name"),
]


@pytest.mark.parametrize(("kind", "name", "told"), WRONG_KIND)
def test_the_wrong_file_gets_a_hint(run: Run, files: Path, kind: str, name: str, told: str) -> None:
    result = run("import", kind, files / name)
    assert result.exit_code == 2
    assert told in result.stderr


def write_zip(path: Path, change: Callable[[zipfile.ZipFile], None]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("orgs.csv", "sourcedId,name,type\n")
        change(made)


def test_a_zip_that_is_not_safe_is_refused(run: Run, imported: Path) -> None:
    path = imported / "bad.zip"

    def refused() -> str:
        result = run("import", "roster", path)
        assert result.exit_code == 2
        return result.stderr

    write_zip(path, lambda made: made.writestr("../../users.csv", "sourcedId\n"))
    assert '"../../users.csv" leads out of the zip.' in refused()
    write_zip(path, lambda made: made.writestr("users.csv", "sourcedId\n"))
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"))
    assert "is encrypted. Unpack it with its password" in refused()
    path.write_bytes(whole[: len(whole) // 2])
    assert "It is neither a folder nor a zip." in refused()
    write_zip(path, lambda made: made.writestr("notes.txt", "hello"))
    assert "users.csv: The file is missing from the roster." in refused()
    write_zip(path, lambda made: made.writestr("[Content_Types].xml", "<x/>"))
    assert "CSV UTF-8" in refused()


def test_a_zip_bomb_is_refused_before_it_is_opened(run: Run, imported: Path) -> None:
    path = imported / "bomb.zip"
    write_zip(path, lambda made: made.writestr("users.csv", "sourcedId\n" * 1000))
    with zipfile.ZipFile(path) as made:
        size = made.getinfo("users.csv").file_size
    declared = path.read_bytes().replace(size.to_bytes(4, "little"), (3_000_000_000).to_bytes(4, "little"))
    path.write_bytes(declared)
    result = run("import", "roster", path)
    assert result.exit_code == 2
    assert "Unpacked it would have 3,000 MB; the most is 2,000 MB." in result.stderr


def test_a_damaged_zip_is_told_and_leaves_nothing(run: Run, imported: Path, tmp_path: Path) -> None:
    path = imported / "damaged.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name in ("orgs.csv", "users.csv"):
            made.write(imported / "roster" / name, name)
    path.write_bytes(path.read_bytes().replace(b"Bo,Park", b"Bo,Bark"))
    before = everything(tmp_path)
    result = run("import", "roster", path)
    assert result.exit_code == 2
    assert "users.csv: The zip is damaged: Bad CRC-32" in result.stderr
    assert everything(tmp_path) == before


def test_what_must_come_first_is_said(run: Run, files: Path) -> None:
    assert "No LEA is known yet. Import the LEAs first" in run("import", "roster", files / "roster").stderr
    result = run("import", "calendar", files / "calendar.ics", "--lea", "4800002")
    assert 'No LEA is known as "4800002". Import the LEAs first' in result.stderr
    run("import", "leas", files / "leas.csv")
    result = run("import", "calendar", files / "calendar.ics", "--lea", "4800022")
    assert 'Did you mean "4800002", SPUR ISD?' in result.stderr
    result = run("import", "calendar", files / "calendar.ics", "--lea", "4800002", "--lea", "4800003")
    assert "different time zones: America/Chicago, America/Denver" in result.stderr
    assert "import the roster first" in run("import", "interests", files / "interests.csv").stderr


def test_bytes_that_are_not_utf8_are_placed(run: Run, imported: Path) -> None:
    (imported / "pack.yaml").write_bytes((imported / "pack.yaml").read_bytes().replace(b"River", b"R\xe9ver"))
    assert "pack.yaml:3:" in (told := run("import", "catalogue", imported / "pack.yaml").stderr)
    assert "The byte E9 is not UTF-8." in told
    (imported / "leas.csv").write_bytes((imported / "leas.csv").read_bytes().replace(b"SPUR ISD", b"SP\xdcR ISD"))
    assert "leas.csv:3:18: The byte DC is not UTF-8." in run("import", "leas", imported / "leas.csv").stderr


def test_no_more_than_fifty_problems_are_told(run: Run, files: Path) -> None:
    rows = "".join(f"{number},NAME {number},TX\n" for number in range(80))
    (files / "leas.csv").write_text("leaid,name,state\n" + rows, "utf-8")
    *told, end = run("import", "leas", files / "leas.csv").stderr.splitlines()
    assert len(told) == 50
    assert end == "… reading stopped after 50 problems: there may be more."


def test_a_database_that_is_not_one_is_told(run: Run, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (files / "broken.db").write_text("this is no database, but it is long enough to be looked at " * 50, "utf-8")
    for url, told in (
        (f"sqlite:///{files / 'broken.db'}", "file is not a database"),
        ("mysql://x/y", "must be sqlite"),
        ("postgresql://nobody@127.0.0.1:1/none", "It cannot be opened"),
    ):
        monkeypatch.setenv("COHORTIUM_DATABASE", url)
        result = run("import", "leas", files / "leas.csv")
        assert (result.exit_code, told in result.stderr) == (2, True), result.stderr


def test_a_wrong_setting_is_named(run: Run, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COHORTIUM_PORT", "many")
    result = run("import", "leas", files / "leas.csv")
    assert (result.exit_code, "COHORTIUM_PORT: " in result.stderr) == (2, True)


def zipped_line(path: Path, characters: int) -> None:
    """A roster whose users.csv is one line, small as a zip and large when it is read."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as roster:
        roster.writestr("orgs.csv", "sourcedId,name,type,identifier,parentSourcedId\nd1,Spur ISD,district,4800002,\n")
        roster.writestr("users.csv", "a" * characters)


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(run: Run, files: Path) -> None:
    run("import", "leas", files / "leas.csv")
    zipped_line(files / "roster.zip", 60_000_000)
    tracemalloc.start()
    refused = run("import", "roster", files / "roster.zip")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.exit_code == 2
    assert f"{files}/roster.zip/users.csv:1: The line has more than 1,000,000 characters." in refused.stderr
    assert most < 30_000_000


def test_a_line_without_an_end_is_refused_in_a_file_too(run: Run, files: Path) -> None:
    (files / "leas.csv").write_text("leaid,name,state\n4800001," + "a" * 1_000_001)
    assert (
        "leas.csv:2: The line has more than 1,000,000 characters." in run("import", "leas", files / "leas.csv").stderr
    )
