"""The interests file: who wants what, and what is wrong with a row."""

from datetime import UTC, date, datetime, time

import pytest

from cohorts.forming.interests import InterestRow, Known, interest_of, read_interests
from cohorts.ids import make_id
from cohorts.people.answers import UnknownZoneError, find_zone, parse_grade_band, parse_language, parse_yes
from cohorts.people.model import Window
from cohorts.problems import BadInputError

NAMES = [
    "email",
    "microcredential",
    "subject",
    "grade_band",
    "problem_of_practice",
    "timezone",
    "availability",
    "weekly_minutes",
    "start_from",
    "language",
    "share_across_leas",
    "avoid",
    "grades",
]
GOOD = {
    "email": "Ana@Spur.org",
    "microcredential": "Formative Feedback",
    "subject": "Mathematics",
    "grade_band": "3-5",
    "problem_of_practice": '"My students wait, then copy"',
    "timezone": "America/Chicago",
    "availability": "Mon 15:30-17:00;Thu 16:00-18:00",
    "weekly_minutes": "90",
    "start_from": "1/05/2026",
    "language": "es",
    "share_across_leas": "yes",
    "avoid": "Cy@spur.org; bo@spur.org",
    "grades": "own",
}
KNOWN = Known(
    zones={"ana@spur.org": "America/Denver", "bo@spur.org": "America/Chicago"},
    microcredentials={"feedback-1": "feedback-1", "Formative Feedback": "feedback-1", "Data Use": "data-1"},
)


def rows(*changes: dict[str, str], header: str = ",".join(NAMES)) -> list[str]:
    lines = [",".join((GOOD | change)[name] for name in NAMES) for change in changes]
    return [f"{line}\n" for line in (header, *lines)]


def read(**change: str) -> InterestRow:
    [row] = read_interests("in.csv", rows(change), KNOWN)
    return row


def fault(*changes: dict[str, str], header: str = ",".join(NAMES)) -> str:
    with pytest.raises(BadInputError) as raised:
        list(read_interests("in.csv", rows(*changes, header=header), KNOWN))
    return str(raised.value)


def test_a_row_becomes_an_interest_with_an_id_that_lasts() -> None:
    since = datetime(2026, 1, 2, tzinfo=UTC)
    interest = interest_of(read(), since)
    educator_id = make_id("educator", "ana@spur.org")
    assert interest.id == make_id("interest", educator_id, "feedback-1")
    assert (interest.educator_id, interest.microcredential_id) == (educator_id, "feedback-1")
    assert interest.availability == (
        Window(weekday=0, start=time(15, 30), end=time(17)),
        Window(weekday=3, start=time(16), end=time(18)),
    )
    assert (interest.start_from, interest.since, interest.status) == (date(2026, 1, 5), since, "waiting")
    assert interest.avoid == ("cy@spur.org", "bo@spur.org")
    assert interest.problem_of_practice == "My students wait, then copy"
    assert interest_of(read(), since) == interest


def test_blanks_are_unknown_or_the_usual() -> None:
    blank = dict.fromkeys(
        ("subject", "grade_band", "timezone", "availability", "weekly_minutes", "start_from", "language", "avoid"), ""
    )
    row = read(**blank)
    assert (row.availability, row.grade_band, row.avoid, row.start_from) == ((), "", (), None)
    assert (row.zone, row.weekly_minutes, row.language) == ("America/Denver", 60, "")
    assert interest_of(row, datetime(2026, 1, 2, tzinfo=UTC), "es").language == "es"
    assert interest_of(row, datetime(2026, 1, 2, tzinfo=UTC)).start_from == date(2026, 1, 2)


@pytest.mark.parametrize(("text", "told"), [("own", "own"), (" Own ", "own"), ("ANY", "any"), ("", "")])
def test_grades_are_own_any_or_not_told(text: str, told: str) -> None:
    assert read(grades=text).grades == told


def test_a_file_without_the_grades_column_tells_nothing_of_them() -> None:
    lines = [line.rpartition(",")[0] + "\n" for line in rows({})]
    [row] = read_interests("in.csv", lines, KNOWN)
    assert row.grades == ""


def test_a_microcredential_goes_by_id_or_name_in_any_case() -> None:
    assert {read(microcredential=text).microcredential_id for text in ("feedback-1", "FORMATIVE feedback")} == {
        "feedback-1"
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"email": ""}, "email: The email is blank. Write it like name@district.org."),
        ({"email": "ana"}, 'email: "ana" is no email address. Write it like name@district.org.'),
        (
            {"email": "zoe@spur.org"},
            'email: Nobody here has the email "zoe@spur.org". Correct it, or import the roster first.',
        ),
        (
            {"microcredential": "Formativ Feedback"},
            'microcredential: "Formativ Feedback" is not in the catalogue. Did you mean "Formative Feedback"?',
        ),
        (
            {"microcredential": ""},
            "microcredential: The microcredential is blank. Give the id or the name of one in the catalogue.",
        ),
        ({"grade_band": "K-5"}, 'grade_band: "K-5" is no grade band. Use K-2, 3-5, 6-8, 9-12.'),
        (
            {"grade_band": "5-Mar"},
            (
                'grade_band: "5-Mar" is no grade band. Use K-2, 3-5, 6-8, 9-12. '
                "Format the column as text: a spreadsheet made a date of it."
            ),
        ),
        (
            {"timezone": "America/Chigago"},
            'timezone: "America/Chigago" is no time zone. Did you mean "America/Chicago"?',
        ),
        ({"timezone": "EST"}, 'timezone: "EST" is no time zone. Did you mean "America/New_York"?'),
        (
            {"timezone": "Mars"},
            'timezone: "Mars" is no time zone. Give an IANA name, such as "America/Chicago".',
        ),
        (
            {"availability": "Mon 15:30-17:00;Tus 16:00-18:00"},
            "availability: At character 17: “Tus” is no day of the week. Use Mon, Tue, Wed, Thu, Fri, Sat or Sun.",
        ),
        (
            {"weekly_minutes": "an hour"},
            (
                'weekly_minutes: "an hour" is no number of minutes we can plan with. '
                "Give whole minutes from 15 to 600, or leave it blank for 60."
            ),
        ),
        (
            {"weekly_minutes": "5"},
            (
                'weekly_minutes: "5" is no number of minutes we can plan with. '
                "Give whole minutes from 15 to 600, or leave it blank for 60."
            ),
        ),
        ({"start_from": "31/01/2026"}, 'start_from: "31/01/2026" is no date. Write it like 2026-01-12.'),
        (
            {"grades": "mine"},
            'grades: "mine" is neither own nor any. Write own for their own grade band alone, any, or leave it blank.',
        ),
        ({"language": "fr"}, 'language: We do not speak "fr" yet. Write en or es.'),
        (
            {"share_across_leas": "perhaps"},
            'share_across_leas: "perhaps" is neither yes nor no. Write yes or no.',
        ),
        (
            {"share_across_leas": ""},
            "share_across_leas: It is not said whether to share across LEAs. Write yes or no.",
        ),
        ({"avoid": "ANA@spur.org"}, "avoid: A person cannot avoid themselves. Remove their own address."),
        (
            {"avoid": "Cy Lee"},
            (
                'avoid: "Cy" is no email address. Separate several addresses with ;.\n'
                'in.csv:2:avoid: "Lee" is no email address. Separate several addresses with ;.'
            ),
        ),
    ],
)
def test_a_wrong_cell_is_told_where_and_how_to_mend_it(change: dict[str, str], expected: str) -> None:
    assert fault(change) == f"in.csv:2:{expected}"


def test_the_same_interest_twice_is_told_with_the_first_line() -> None:
    assert fault({}, {"microcredential": "Data Use"}, {}) == (
        "in.csv:4:microcredential: This person's interest in this microcredential is on line 2 already. "
        "Keep one of the two rows."
    )


def test_a_misspelt_header_is_told_with_the_right_one() -> None:
    assert fault({}, header=",".join(NAMES).replace("email", "emial")) == (
        'in.csv:1:emial: "emial" is no column we know. Did you mean "email"?'
    )


def test_grade_bands_are_read_as_people_write_them() -> None:
    written = ("K–2", "PK-2", "kindergarten to 2", "Grades 3-5", "3 a 5", "6th-8th", "9 to 12", " ")
    assert [parse_grade_band(text) for text in written] == ["K-2", "K-2", "K-2", "3-5", "3-5", "6-8", "9-12", ""]


def test_zones_are_found_in_any_case_and_abbreviations_are_not_zones() -> None:
    assert find_zone("america/new york") == "America/New_York"
    assert [find_zone(text) for text in ("UTC", "utc", "Etc/UTC")] == ["UTC", "UTC", "Etc/UTC"]
    for text in ("EST", "GMT", "Z", "Etc/GMT+5", "UTC-5"):
        with pytest.raises(UnknownZoneError):
            find_zone(text)
    for text, meant in {
        "Central Time": "America/Chicago",
        "PT": "America/Los_Angeles",
        "Denver": "America/Denver",
        "America/Chicgo": "America/Chicago",
        "Americ/New York": "America/New_York",
        "Europe/Pariss": "Europe/Paris",
        "America/Houston": "",
        "America/San Antonio": "",
    }.items():
        with pytest.raises(UnknownZoneError) as raised:
            find_zone(text)
        assert raised.value.nearest == meant


def test_yes_no_and_languages_are_read_in_english_and_spanish() -> None:
    assert [parse_yes(text) for text in ("Sí", "YES", "1", "no", "False", "0", "", "x")] == [
        True, True, True, False, False, False, None, None,
    ]  # fmt: skip
    assert [parse_language(text) for text in ("es-MX", "Español", "English", "fr")] == ["es", "es", "en", ""]


@pytest.mark.parametrize("column", ["subject", "problem_of_practice"])
def test_a_student_is_not_let_in_and_not_repeated(column: str) -> None:
    told = fault({column: "my student Maria Lopez cannot compare fractions"})
    assert told.startswith(f"in.csv:2:{column}: This looks as if it could name a student. Leave")
    assert "Lopez" not in told
