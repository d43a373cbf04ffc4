"""The interests file: who wants which microcredential, from when, with which availability."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from cohorts.evidence.student_data import find_student_data
from cohorts.ids import make_id
from cohorts.people.answers import GRADE_BANDS, UnknownZoneError, find_zone, parse_grade_band, parse_language, parse_yes
from cohorts.people.model import Interest, Window
from cohorts.people.names import tidy_email
from cohorts.people.rows import Columns, Problems, Row, fold, parse_date, quoted, read_rows, suggest
from cohorts.values import Frozen

from .availability import AvailabilityError, parse_availability, write_availability
from .model import Grades

__all__ = [
    "AvailabilityError",
    "InterestRow",
    "Known",
    "interest_of",
    "parse_availability",
    "read_interests",
    "write_availability",
]

COLUMNS = Columns(
    required=("email", "microcredential", "share_across_leas"),
    optional=(
        "subject",
        "grade_band",
        "problem_of_practice",
        "timezone",
        "availability",
        "weekly_minutes",
        "start_from",
        "language",
        "avoid",
        "grades",
    ),
)
_LEAST_MINUTES, _MOST_MINUTES = 15, 600
# What a spreadsheet makes of 3-5 and 6-8: 5-Mar, 8-Jun.
_DATE_LIKE = re.compile(r"jan|mar|may|jun|aug|sep|dec|/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """What a row may refer to.

    `zones`: each educator's address, lower case → their zone, for a blank timezone.
    `microcredentials`: id and name of each → its id.
    """

    zones: Mapping[str, str]
    microcredentials: Mapping[str, str]


class InterestRow(Frozen):
    """A row, checked. `availability` () is unknown, not always; `start_from` None is as soon as possible.

    `language` "" is that of the person, as they are known. `grades` "own" asks for people of their own grade band
    alone, which means nothing where that is blank; "" says nothing of it.
    """

    line: int
    email: str
    microcredential_id: str
    subject: str
    grade_band: str
    problem_of_practice: str
    zone: str
    availability: tuple[Window, ...]
    weekly_minutes: int
    start_from: date | None
    language: str
    share_across_leas: bool
    avoid: tuple[str, ...]
    grades: Literal["", Grades]


def read_interests(file_name: str, lines: Iterable[str], known: Known) -> Iterator[InterestRow]:
    """Each row, lazily. Raises BadInputError after the last row if any was wrong: keep nothing then."""
    problems = Problems(file_name)
    microcredentials = {fold(name): known_id for name, known_id in known.microcredentials.items()}
    first_lines: dict[tuple[str, str], int] = {}
    for row in read_rows(lines, COLUMNS, problems):
        interest = _Checked(row, problems).interest(known, microcredentials)
        if interest is None:
            continue
        first = first_lines.setdefault((interest.email, interest.microcredential_id), row.line)
        if first == row.line:
            yield interest
        else:
            what = f"This person's interest in this microcredential is on line {first} already."
            problems.add(row.line, "microcredential", what, "Keep one of the two rows.")
    problems.finish()


def interest_of(row: InterestRow, since: datetime, language: str = "en") -> Interest:
    """The row as a waiting interest; `since` is when it was first told. The same row gives the same id.

    `language` counts where the row names none.
    """
    educator_id = make_id("educator", row.email)
    told = row.model_dump(exclude={"line", "email", "start_from", "availability", "language", "grades"})
    return Interest(
        id=make_id("interest", educator_id, row.microcredential_id),
        educator_id=educator_id,
        availability=row.availability,
        start_from=row.start_from or since.date(),
        since=since,
        language=row.language or language,
        **told,
    )


class _Checked:
    """One row's cells, each checked; what is wrong goes to the problems."""

    def __init__(self, row: Row, problems: Problems) -> None:
        self._row = row
        self._problems = problems
        self._wrong = False

    def interest(self, known: Known, microcredentials: Mapping[str, str]) -> InterestRow | None:
        """The row's interest, or None when any cell is wrong."""
        email = self._email(known)
        values = {
            "microcredential_id": self._microcredential(microcredentials, known),
            "grade_band": self._grade_band(),
            "zone": self._zone() or known.zones.get(email, ""),
            "availability": self._availability(),
            "weekly_minutes": self._weekly_minutes(),
            "start_from": self._start_from(),
            "language": self._language(),
            "share_across_leas": self._share(),
            "avoid": self._avoid(email),
            "grades": self._grades(),
        }
        texts = {column: self._sayable(column) for column in ("subject", "problem_of_practice")}
        if self._wrong:
            return None
        return InterestRow.model_validate({"line": self._row.line, "email": email} | texts | values)

    def _report(self, column: str, what: str, mend: str) -> None:
        self._wrong = True
        self._problems.add(self._row.line, column, what, mend)

    def _sayable(self, column: str) -> str:
        """A text that a cohort will read. What is wrong is not repeated: it may be the very name."""
        text = self._row.get(column)
        if find_student_data(text):
            mend = "Leave students' names and data out; “my third-hour class” says enough."
            self._report(column, "This looks as if it could name a student.", mend)
        return text

    def _email(self, known: Known) -> str:
        text = self._row.get("email")
        email = tidy_email(text)
        if not email:
            what = f"{quoted(text)} is no email address." if text else "The email is blank."
            self._report("email", what, "Write it like name@district.org.")
        elif email not in known.zones:
            self._report(
                "email", f"Nobody here has the email {quoted(text)}.", "Correct it, or import the roster first."
            )
        return email

    def _microcredential(self, microcredentials: Mapping[str, str], known: Known) -> str:
        text = self._row.get("microcredential")
        found = microcredentials.get(fold(text), "") if text else ""
        if not found:
            what = f"{quoted(text)} is not in the catalogue." if text else "The microcredential is blank."
            mend = "Give the id or the name of one in the catalogue."
            self._report("microcredential", what, suggest(text, known.microcredentials, mend))
        return found

    def _grade_band(self) -> str:
        text = self._row.get("grade_band")
        try:
            return parse_grade_band(text)
        except ValueError:
            mend = f"Use {', '.join(GRADE_BANDS)}."
            if _DATE_LIKE.search(text):
                mend += " Format the column as text: a spreadsheet made a date of it."
            self._report("grade_band", f"{quoted(text)} is no grade band.", mend)
            return ""

    def _zone(self) -> str:
        text = self._row.get("timezone")
        try:
            return find_zone(text) if text else ""
        except UnknownZoneError as error:
            mend = (
                f'Did you mean "{error.nearest}"?' if error.nearest else 'Give an IANA name, such as "America/Chicago".'
            )
            self._report("timezone", f"{quoted(text)} is no time zone.", mend)
            return ""

    def _availability(self) -> tuple[Window, ...]:
        try:
            return parse_availability(self._row.get("availability"))
        except AvailabilityError as error:
            self._report("availability", f"At character {error.position}: {error.what()}", error.mend())
            return ()

    def _weekly_minutes(self) -> int:
        text = self._row.get("weekly_minutes") or "60"
        if not (text.isascii() and text.isdecimal() and _LEAST_MINUTES <= int(text) <= _MOST_MINUTES):
            mend = f"Give whole minutes from {_LEAST_MINUTES} to {_MOST_MINUTES}, or leave it blank for 60."
            self._report("weekly_minutes", f"{quoted(text)} is no number of minutes we can plan with.", mend)
            return 60
        return int(text)

    def _start_from(self) -> date | None:
        text = self._row.get("start_from")
        try:
            return parse_date(text) if text else None
        except ValueError:
            self._report("start_from", f"{quoted(text)} is no date.", "Write it like 2026-01-12.")
            return None

    def _language(self) -> str:
        text = self._row.get("language")
        language = parse_language(text) if text else ""
        if text and not language:
            self._report("language", f"We do not speak {quoted(text)} yet.", "Write en or es.")
        return language

    def _share(self) -> bool:
        text = self._row.get("share_across_leas")
        answer = parse_yes(text)
        if answer is None:
            # Consent is asked for, never assumed from a blank.
            what = f"{quoted(text)} is neither yes nor no." if text else "It is not said whether to share across LEAs."
            self._report("share_across_leas", what, "Write yes or no.")
        return bool(answer)

    def _grades(self) -> str:
        text = self._row.get("grades")
        if fold(text) not in ("", *get_args(Grades)):
            mend = "Write own for their own grade band alone, any, or leave it blank."
            self._report("grades", f"{quoted(text)} is neither own nor any.", mend)
        return fold(text)

    def _avoid(self, email: str) -> tuple[str, ...]:
        avoided: dict[str, None] = {}
        for text in filter(None, re.split(r"[;,\s]+", self._row.get("avoid"))):
            other = tidy_email(text)
            if not other:
                self._report("avoid", f"{quoted(text)} is no email address.", "Separate several addresses with ;.")
            elif other == email:
                self._report("avoid", "A person cannot avoid themselves.", "Remove their own address.")
            avoided[other] = None
        return tuple(avoided)
