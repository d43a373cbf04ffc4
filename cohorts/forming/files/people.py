"""The people file: who wants which microcredential, one JSON object a line."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from cohorts.forming.availability import AvailabilityError, join_windows, parse_availability
from cohorts.forming.model import RUNGS, Candidate, Policy, Rung
from cohorts.people.answers import GRADE_BANDS, UnknownZoneError, find_zone, parse_grade_band, parse_language, parse_yes
from cohorts.people.model import Window
from cohorts.people.rows import Problems, suggest

from .lines import Entry, broken, read_objects, shown

REQUIRED = ("id", "microcredential", "share_across_leas")
FIELDS = (
    *REQUIRED,
    *("lea", "school", "locale", "state", "subject", "grade_band", "stack", "family", "stage", "problem", "tags"),
    *("timezone", "availability", "platform", "workspace", "language", "avoid", "evaluators", "recent_peers"),
    *("experience", "weekly_minutes", "start_from", "facilitator", "widest"),
)
WINDOW = ("day", "start", "end")
_LEAST_MINUTES, _MOST_MINUTES = 15, 600
_MOST_STAGES, _MOST_YEARS = 4, 80
_WINDOW_MEND = 'Write each as {"day": "Mon", "start": "15:30", "end": "17:00"}, or all as "Mon 15:30-17:00;Thu 16-18".'


class PersonLine(NamedTuple):
    """A line, checked. In the candidate the id is also the e-mail address: lists of people name ids. A facilitator
    without a microcredential leads and wants no seat."""

    line: int
    candidate: Candidate
    facilitator: bool

    @property
    def seeks(self) -> bool:
        """Whether they want a seat."""
        return bool(self.candidate.microcredential_id)


def read_people(file_name: str, lines: Iterable[str], on: date) -> Iterator[PersonLine]:
    """Each person, lazily. `on` is when those can start who do not say it. Raises BadInputError after the last line if
    any was wrong, or when there is nobody: keep nothing then."""
    problems = Problems(file_name)
    lines_of: dict[str, int] = {}
    number = 0
    for number, entry in read_objects(lines, problems):
        person = _Checked(number, entry, problems).person(on, lines_of)
        if person is not None:
            yield person
    problems.finish()
    if not number:
        problems.add(1, "", "There is nobody in the file.", "Write one person on each line.")
    problems.finish()


def latest_of(policy: Policy, on: date) -> date:
    """Who starts after this day waits for it."""
    return on + min(timedelta(days=policy.start_within_days), date.max - on)


def latest_start(lines: Iterable[str], on: date, latest: date) -> date:
    """The last day, up to `latest`, on which anybody of the file wants to start; `on` when nobody says one. It reads
    nothing else, and passes over what `read_people` will refuse."""
    starts = on
    for text in lines:
        # A name can also be written in escapes, which begin with a backslash.
        if "start_from" in text or "\\u" in text:
            for _, entry in read_objects((text,), Problems("")):
                day = _day(entry.get("start_from"))
                if day and starts < day <= latest:
                    starts = day
    return starts


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


class _Checked:
    """One line's fields, each checked; what is wrong goes to the problems."""

    def __init__(self, number: int, entry: Entry, problems: Problems) -> None:
        self._number = number
        self._entry = entry
        self._problems = problems
        self._wrong = False

    def person(self, on: date, lines_of: dict[str, int]) -> PersonLine | None:
        """None when any field is wrong. `lines_of` has where each id stands so far."""
        self._refuse_strangers()
        name = self._id(lines_of)
        leads = self._yes("facilitator")
        windows = self._availability()
        told = Candidate.model_construct(
            interest_id=name,
            educator_id=name,
            email=name.lower(),
            microcredential_id=self._text("microcredential") if leads else self._needed("microcredential"),
            share_across_leas=self._consent(),
            lea_id=self._text("lea"),
            school_id=self._text("school"),
            locale=self._locale(),
            state=self._text("state"),
            subject=self._text("subject"),
            grade_band=self._grade_band(),
            stack=self._text("stack"),
            family=self._text("family"),
            stage=self._number_of("stage", 0, _MOST_STAGES) or 0,
            problem_of_practice=self._problem(),
            problem_tags=self._texts("tags"),
            zone=self._zone(needed=bool(windows)),
            availability=windows,
            platform=self._text("platform"),
            workspace=self._text("workspace"),
            language=self._language(),
            avoid=self._others("avoid", name),
            evaluators=self._others("evaluators", name),
            recent_peers=self._others("recent_peers", name),
            experience=self._number_of("experience", 0, _MOST_YEARS),
            weekly_minutes=self._number_of("weekly_minutes", _LEAST_MINUTES, _MOST_MINUTES) or 60,
            start_from=self._start_from() or on,
            waiting_since=datetime.combine(on, time(), UTC),
            widest=self._widest(),
        )
        return None if self._wrong else PersonLine(self._number, told, leads)

    def _report(self, field: str, what: str, mend: str) -> None:
        self._wrong = True
        self._problems.add(self._number, field, what, mend)

    def _refuse_strangers(self) -> None:
        for name in self._entry:
            if name not in _KNOWN:
                absent = [field for field in FIELDS if field not in self._entry]
                mend = suggest(name, absent, f"Remove it; known are {', '.join(FIELDS)}.")
                self._report(shown(name).strip('"'), "There is no such field.", mend)

    def _text(self, field: str) -> str:
        """ "" for null: unknown."""
        value = self._entry.get(field)
        if value is None or value == "":
            return ""
        if not isinstance(value, str):
            self._report(field, f"{shown(value)} is no text.", _mend_text(value))
            return ""
        fault = broken(value)
        if fault:
            self._report(field, fault, "Remove it.")
        return value.strip()

    def _id(self, lines_of: dict[str, int]) -> str:
        name = self._needed("id")
        first = lines_of.setdefault(name.lower(), self._number) if name else self._number
        if first != self._number:
            mend = "Keep one of the two; capitals and small letters are the same."
            self._report("id", f"{shown(name)} is on line {first} already.", mend)
        return name

    def _needed(self, field: str) -> str:
        text = self._text(field)
        if not text and not isinstance(self._entry.get(field), int | float | list | dict):
            self._report(field, "It is missing." if field not in self._entry else "It is blank.", f"Give the {field}.")
        return text

    def _consent(self) -> bool:
        value = self._entry.get("share_across_leas")
        answer = value if isinstance(value, bool) else parse_yes(value) if isinstance(value, str) else None
        if answer is None:
            # Consent is asked for, never assumed.
            what = "It is not said whether to share across LEAs."
            if value not in (None, ""):
                what = f"{shown(value)} is neither true nor false."
            self._report("share_across_leas", what, "Write true or false, as the person said it.")
        return bool(answer)

    def _yes(self, field: str) -> bool:
        value = self._entry.get(field)
        answer = value if isinstance(value, bool) else parse_yes(value) if isinstance(value, str) and value else None
        if answer is None and value not in (None, ""):
            self._report(field, f"{shown(value)} is neither true nor false.", "Write true or false.")
        return bool(answer)

    def _locale(self) -> str:
        value = self._entry.get("locale")
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self._text("locale")

    def _grade_band(self) -> str:
        text = self._text("grade_band")
        try:
            return _grade_band_of(text)
        except ValueError:
            self._report("grade_band", f"{shown(text)} is no grade band.", f"Use {', '.join(GRADE_BANDS)}.")
            return ""

    def _number_of(self, field: str, least: int, most: int) -> int | None:
        value = self._entry.get(field)
        if value in (None, ""):
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            mend = f"Give a whole number from {least} to {most}, or leave it out."
            self._report(field, f"{shown(value)} does not count here.", mend)
            return None
        return value

    def _problem(self) -> str:
        """Free text; line breaks and all."""
        value = self._entry.get("problem")
        if value is None:
            return ""
        if not isinstance(value, str):
            self._report("problem", f"{shown(value)} is no text.", _mend_text(value))
            return ""
        return value

    def _texts(self, field: str) -> tuple[str, ...]:
        value = self._entry.get(field)
        if not value and value in (None, "", []):
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self._report(field, f"{shown(value)} is no list of texts.", 'Write it like ["one", "two"].')
            return ()
        fault = next((fault for each in value if (fault := broken(each))), "")
        if fault:
            self._report(field, fault, "Remove it.")
        return tuple(each.strip() for each in value if each.strip())

    def _others(self, field: str, me: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(self._texts(field)))
        if found and me and me.lower() in (each.lower() for each in found):
            self._report(field, "The person's own id is in it.", "Remove it.")
        return found

    def _zone(self, *, needed: bool) -> str:
        text = self._text("timezone")
        if not text:
            if needed:
                mend = 'Give an IANA name, such as "America/Chicago".'
                self._report("timezone", "There are times, but no time zone to read them in.", mend)
            return "UTC"
        try:
            return _zone_of(text)
        except UnknownZoneError as error:
            mend = 'Give an IANA name, such as "America/Chicago".'
            if error.nearest:
                mend = f'Did you mean "{error.nearest}"?'
            self._report("timezone", f"{shown(text)} is no time zone.", mend)
            return "UTC"

    def _availability(self) -> tuple[Window, ...]:
        """Blank, null and an empty list are unknown."""
        value = self._entry.get("availability")
        if not value and value in (None, "", []):
            return ()
        if isinstance(value, str):
            return self._windows(value, "")
        if not isinstance(value, list):
            self._report("availability", f"{shown(value)} is neither a list nor a text.", _WINDOW_MEND)
            return ()
        entries = [self._entry_of(window, f"In entry {at}: ") for at, window in enumerate(value, 1)]
        return _joined(tuple(window for windows in entries for window in windows))

    def _entry_of(self, window: object, place: str) -> tuple[Window, ...]:
        if not isinstance(window, dict) or not all(isinstance(window.get(name), str) for name in WINDOW):
            self._report("availability", f"{place}{shown(window)} has no day, start and end.", _WINDOW_MEND)
            return ()
        strangers = [name for name in window if name not in WINDOW]
        if strangers:
            self._report("availability", f"{place}there is no such field as {shown(strangers[0])}.", _WINDOW_MEND)
            return ()
        return self._windows(f"{window['day']} {window['start']}-{window['end']}", place)

    def _windows(self, text: str, place: str) -> tuple[Window, ...]:
        try:
            # Each piece is one that many write; all of somebody's together are theirs alone.
            pieces = [_windows_of(piece) for piece in text.split(";")]
            return pieces[0] if len(pieces) == 1 else _joined(tuple(window for each in pieces for window in each))
        except AvailabilityError:
            return self._told_windows(text, place)

    def _told_windows(self, text: str, place: str) -> tuple[Window, ...]:
        """As a whole: where in it something is wrong."""
        try:
            return parse_availability(text)
        except AvailabilityError as error:
            where = place or f"At character {error.position}: "
            self._report("availability", f"{where}{error.what()}", error.mend())
            return ()

    def _language(self) -> str:
        text = self._text("language")
        language = parse_language(text) if text else "en"
        if not language:
            self._report("language", f"We do not speak {shown(text)} yet.", "Write en or es.")
        return language

    def _start_from(self) -> date | None:
        value = self._entry.get("start_from")
        day = _day(value)
        if day is None and value not in (None, ""):
            self._report("start_from", f"{shown(value)} is no date.", "Write it like 2026-01-12.")
        return day

    def _widest(self) -> Rung:
        text = self._text("widest") or "mixed"
        if text not in _RUNG_OF:
            self._report("widest", f"{shown(text)} is no step of the ladder.", f"Use {', '.join(RUNGS)}.")
            return "mixed"
        return _RUNG_OF[text]


_KNOWN = frozenset(FIELDS)
_RUNG_OF: Mapping[str, Rung] = {rung: rung for rung in RUNGS}
_grade_band_of: Callable[[str], str] = lru_cache(maxsize=1 << 10)(parse_grade_band)
_zone_of: Callable[[str], str] = lru_cache(maxsize=1 << 10)(find_zone)
_joined: Callable[[tuple[Window, ...]], tuple[Window, ...]] = lru_cache(maxsize=1 << 16)(join_windows)
_windows_of: Callable[[str], tuple[Window, ...]] = lru_cache(maxsize=1 << 16)(parse_availability)


def _mend_text(value: object) -> str:
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - what a spreadsheet writes for nothing
        return "Leave the field out where nothing is known."
    return "Put it in quotes." if isinstance(value, int | float) else "Write one text in quotes."
