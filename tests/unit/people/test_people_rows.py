"""What a CSV file holds, or exactly where it is broken."""

import io
from collections.abc import Iterator

import pytest

from cohorts.people.rows import Columns, Problems, parse_date, read_rows
from cohorts.problems import BadInputError

COLUMNS = Columns(required=("email", "given name"), optional=("note",), ignored=("phone",))


def read(text: str) -> list[dict[str, str]]:
    problems = Problems("a.csv")
    rows = list(read_rows(io.StringIO(text, newline=""), COLUMNS, problems))
    problems.finish()
    return [{"line": str(row.line), **row.cells} for row in rows]


def fault(text: str) -> str:
    with pytest.raises(BadInputError) as raised:
        read(text)
    return str(raised.value)


def test_headers_are_matched_whatever_their_case_spaces_and_underscores() -> None:
    [row] = read("\ufeffE-Mail,GIVEN_NAME\r\nana@x.org,Ana\r\n")
    assert row == {"line": "2", "email": "ana@x.org", "given name": "Ana"}


def test_only_the_columns_asked_for_are_kept() -> None:
    [row] = read("email,given name,phone,password\na@x.org,Ana,555,hunter2\n")
    assert "hunter2" not in str(row)
    assert "555" not in str(row)


def test_lines_count_quoted_line_breaks_and_blank_lines() -> None:
    rows = read('email,given name,note\na@x.org,Ana,"one\r\ntwo"\n\n,,\nb@x.org,Bo,\n')
    assert [row["line"] for row in rows] == ["2", "6"]
    assert rows[0]["note"] == "one\r\ntwo"


def test_cells_that_look_like_formulas_stay_literal() -> None:
    [row] = read('email,given name,note\na@x.org,Ana,"=HYPERLINK(""x"")"\n')
    assert row["note"] == '=HYPERLINK("x")'


def test_extra_blank_cells_at_the_end_do_no_harm() -> None:
    assert len(read("email,given name\na@x.org,Ana,,\n")) == 1


def test_a_misspelling_is_not_seen_in_extension_columns() -> None:
    assert read("email,given name,ext_note\na@x.org,Ana,x\n")[0].get("note") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a.csv:1: The file is empty. The first line must name the columns: email, given name."),
        (
            "emial,given name\na@x.org,Ana\n",
            'a.csv:1:emial: "emial" is no column we know. Did you mean "email"?',
        ),
        ("given name\nAna\n", 'a.csv:1:email: The column "email" is missing. Add it to the first line.'),
        (
            "email,given name,E-mail\na,b,c\n",
            'a.csv:1:email: The column "email" is there twice. Keep one of them.',
        ),
        (
            "email;given name\na@x.org;Ana\n",
            "a.csv:1: The columns are separated by semicolons. Save the file with commas between the columns.",
        ),
        (
            "email\tgiven name\na@x.org\tAna\n",
            "a.csv:1: The columns are separated by tabs. Save the file with commas between the columns.",
        ),
        (
            'email,given name\n"a\nb",Ana\nb@x.org\n',
            (
                "a.csv:4: The row has 1 cell, the first line has 2. "
                "Look for a missing or extra comma, or a text with a comma that needs quotes."
            ),
        ),
        (
            "email,given name\na@x.org,Ana,Lee\n",
            (
                "a.csv:2: The row has 3 cells, the first line has 2. "
                "Look for a missing or extra comma, or a text with a comma that needs quotes."
            ),
        ),
        (
            'email,given name\na@x.org,"Ana\nb@x.org,Bo\n',
            'a.csv:2: A quote opened in this row is never closed. Close it with ", or remove it.',
        ),
        (
            'email,given name\na@x.org,"Ana"s\n',
            'a.csv:2: Text follows a closing quote ("…"text). Write a quote inside a quoted cell twice: "".',
        ),
        (
            "email,given name\na@x.org,A\0na\n",
            'a.csv:2:10: There is a NUL byte: the file is damaged. Save the file as "CSV UTF-8" and try again.',
        ),
        (
            "e\0m\0a\0i\0l\0",
            'a.csv:1:2: The file is UTF-16, not UTF-8. Save the file as "CSV UTF-8" and try again.',
        ),
        (
            "email,given name\na@x.org,Jos\udce9\n",
            'a.csv:2:12: The byte E9 is not UTF-8. Save the file as "CSV UTF-8" and try again.',
        ),
    ],
)
def test_a_broken_file_is_told_where_and_how_to_mend_it(text: str, expected: str) -> None:
    assert fault(text) == expected


def test_a_strictly_decoded_file_that_is_not_utf_8_is_told_too() -> None:
    problems = Problems("a.csv")
    lines = io.TextIOWrapper(io.BytesIO("email,given name\na@x.org,José\n".encode("cp1252")), "utf-8", newline="")
    with pytest.raises(BadInputError, match=r'^a.csv: The file is not UTF-8\. Save the file as "CSV UTF-8"'):
        list(read_rows(lines, COLUMNS, problems))


def test_reading_stops_at_the_fiftieth_problem() -> None:
    seen = 0

    def lines() -> Iterator[str]:
        nonlocal seen
        yield "email,given name\n"
        for _ in range(1000):
            seen += 1
            yield "alone\n"

    problems = Problems("a.csv")
    with pytest.raises(BadInputError) as raised:
        list(read_rows(lines(), COLUMNS, problems))
    assert len(raised.value.problems) == 50
    assert raised.value.more
    assert seen == 50


def test_dates_are_read_as_iso_or_month_first() -> None:
    days = {parse_date(text).isoformat() for text in ("2023-01-05", "1/05/2023", "2023-01-05T08:00:00.000Z")}
    assert days == {"2023-01-05"}
    with pytest.raises(ValueError, match="13/40/2023"):
        parse_date("13/40/2023")
