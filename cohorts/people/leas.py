"""LEAs and their cooperatives from a CSV in the shape of the NCES Common Core of Data."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar
from zoneinfo import ZoneInfo

from cohorts.ids import make_id
from cohorts.values import Frozen

from .model import Lea
from .rows import Columns, Problems, Row, nearest, quoted, read_rows
from .zones import STATES, zone_of

COLUMNS = Columns(
    required=("leaid", "name", "state"),
    optional=(
        "state_id",
        "city",
        "county",
        "lat",
        "lon",
        "grade_lo",
        "grade_hi",
        "locale_modal",
        "schools",
        "esc_region",
        "enrollment_2016",
        "zone",
    ),
)
N = TypeVar("N", int, float)
LOCALES = (11, 12, 13, 21, 22, 23, 31, 32, 33, 41, 42, 43)


class Cooperative(Frozen):
    """A network of LEAs that a state runs or charters: in Texas an Education Service Center."""

    id: str
    name: str
    state: str
    region: str


def read_leas(file_name: str, lines: Iterable[str]) -> Iterator[Lea]:
    """Each row's LEA, lazily; a blank number is None, a grade of N ("not applicable") is blank.

    The zone is the row's `zone`, else an approximation from state and county (see zones.py).
    Raises BadInputError after the last row if any row was wrong: keep nothing then.
    """
    problems = Problems(file_name)
    first_lines: dict[str, int] = {}
    for row in read_rows(lines, COLUMNS, problems):
        lea = _lea(row, problems)
        if lea is None:
            continue
        first = first_lines.setdefault(lea.id, row.line)
        if first == row.line:
            yield lea
        else:
            problems.add(row.line, "leaid", f'"{lea.id}" is on line {first} already.', "Keep one of the two rows.")
    problems.finish()


def cooperative_of(lea: Lea) -> Cooperative | None:
    """The cooperative its region names, or None without one. Equal for every LEA of the region."""
    if not lea.region:
        return None
    number = lea.region.lstrip("0") or lea.region
    name = f"Education Service Center Region {number}" if lea.state == "TX" else lea.region
    return Cooperative(id=make_id("cooperative", lea.state, lea.region), name=name, state=lea.state, region=lea.region)


def lea_identifiers(leas: Iterable[Lea]) -> Mapping[str, str]:
    """Every way a roster may name an LEA → its LEAID: that itself, it without leading zeros, the state's id.

    A state id that two LEAs share, or that is another's LEAID, names neither.
    """
    found: dict[str, str] = {}
    state_ids: dict[str, set[str]] = {}
    for lea in leas:
        found[lea.id] = found[lea.id.lstrip("0")] = lea.id
        if lea.state_id:
            state_ids.setdefault(lea.state_id, set()).add(lea.id)
    only = {state_id: min(ids) for state_id, ids in state_ids.items() if len(ids) == 1}
    return only | found


def _lea(row: Row, problems: Problems) -> Lea | None:
    checked = _Checked(row, problems)
    leaid, name, state = checked.leaid(), checked.name(), checked.state()
    longitude = checked.number("lon", float, lambda value: -180 <= value <= 180)
    values = {
        "latitude": checked.number("lat", float, lambda value: -90 <= value <= 90),
        "locale": checked.number("locale_modal", int, LOCALES.__contains__),
        "schools": checked.number("schools", int, lambda value: value >= 0),
        "enrollment": checked.number("enrollment_2016", int, lambda value: value >= 0),
    }
    zone = checked.zone() or (zone_of(state, row.get("county"), longitude) if state else "")
    if checked.wrong:
        return None
    low, high = (row.get(column).removeprefix("N") for column in ("grade_lo", "grade_hi"))
    texts = {"city": row.get("city"), "county": row.get("county"), "region": row.get("esc_region")}
    return Lea.model_validate(
        {"id": leaid, "name": name, "state": state, "zone": zone, "state_id": row.get("state_id")}
        | {"longitude": longitude, "grade_low": low, "grade_high": high}
        | values
        | texts
    )


class _Checked:
    """One row's cells, each checked; what is wrong goes to the problems and sets `wrong`."""

    def __init__(self, row: Row, problems: Problems) -> None:
        self._row = row
        self._problems = problems
        self.wrong = False

    def _report(self, column: str, what: str, mend: str) -> None:
        self.wrong = True
        self._problems.add(self._row.line, column, what, mend)

    def leaid(self) -> str:
        text = self._row.get("leaid")
        if not text:
            self._report("leaid", "The LEAID is blank.", "Give the 7-character NCES LEAID.")
        elif text.isdecimal() and len(text) == 6:
            what = f'"{text}" has 6 characters; a spreadsheet may have dropped the leading zero.'
            self._report("leaid", what, f'Write it as text: "0{text}".')
        elif len(text) != 7 or not text.isdecimal() or not text.isascii():
            self._report("leaid", f"{quoted(text)} is no NCES LEAID.", "Give 7 digits, such as 4800001.")
        return text

    def name(self) -> str:
        text = self._row.get("name")
        if not text:
            self._report("name", "The name is blank.", "Give the district's name.")
        return text

    def state(self) -> str:
        """The two-letter code, or "" after reporting it."""
        text = self._row.get("state")
        if text.upper() in STATES:
            return text.upper()
        what = f"{quoted(text)} is no state." if text else "The state is blank."
        self._report("state", what, "Give the two-letter postal code, such as TX.")
        return ""

    def zone(self) -> str:
        text = self._row.get("zone")
        if text:
            try:
                ZoneInfo(text)
            except (KeyError, ValueError, OSError):
                meant = nearest(text, STATES.values()) or "America/Chicago"
                self._report("zone", f"{quoted(text)} is no time zone.", f'Give an IANA name, such as "{meant}".')
        return text

    def number(self, column: str, kind: Callable[[str], N], fits: Callable[[N], bool]) -> N | None:
        text = self._row.get(column)
        if not text:
            return None
        try:
            value = kind(text)
        except ValueError:
            self._report(column, f"{quoted(text)} is not a number.", "Give a plain number, or leave it blank.")
            return None
        if not fits(value):
            self._report(column, f"{quoted(text)} cannot be right.", "Correct it, or leave it blank.")
        return value
