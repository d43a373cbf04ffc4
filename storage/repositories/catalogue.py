"""Microcredentials and school calendars."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from cohorts.calendar.model import SchoolCalendar
from cohorts.catalogue.model import Microcredential
from cohorts.ports import MissingError, Saved
from storage.rows import dump, find_in, find_row, load, save_row
from storage.tables import CalendarLeaRow, CalendarRow, MicrocredentialRow, table_of

CALENDAR, CALENDAR_LEA, MICROCREDENTIAL = (
    table_of(model) for model in (CalendarRow, CalendarLeaRow, MicrocredentialRow)
)


class Calendars:
    """Each LEA's calendar is read once in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._of_lea: dict[str, SchoolCalendar | None] = {}

    def save(self, calendar: SchoolCalendar) -> Saved:
        """An LEA has one calendar, the last one saved for it: taking over from another is a change too."""
        self._of_lea.clear()
        links = [
            save_row(self._connection, CalendarLeaRow, {"lea_id": lea_id}, calendar_id=calendar.id)
            for lea_id in calendar.lea_ids
        ]
        saved = save_row(self._connection, CalendarRow, {"id": calendar.id}, body=dump(calendar))
        return "changed" if saved == "same" and set(links) != {"same"} else saved

    def warm(self, lea_ids: Collection[str]) -> None:
        """Read these LEAs' calendars now, in two statements."""
        missing = sorted(set(lea_ids) - self._of_lea.keys())
        if not missing:
            return
        links = {row.lea_id: row.calendar_id for row in find_in(self._connection, CalendarLeaRow, "lea_id", missing)}
        rows = find_in(self._connection, CalendarRow, "id", sorted(set(links.values())))
        calendars = {row.id: load(SchoolCalendar, row.body) for row in rows}
        self._of_lea.update({lea_id: calendars.get(links.get(lea_id, "")) for lea_id in missing})

    def find_for_lea(self, lea_id: str) -> SchoolCalendar | None:
        if lea_id not in self._of_lea:
            self._of_lea[lea_id] = self._read(lea_id)
        return self._of_lea[lea_id]

    def _read(self, lea_id: str) -> SchoolCalendar | None:
        link = find_row(self._connection, CalendarLeaRow, lea_id=lea_id)
        row = link and find_row(self._connection, CalendarRow, id=link.calendar_id)
        return load(SchoolCalendar, row.body) if row else None

    def all(self) -> Sequence[SchoolCalendar]:
        rows = self._connection.execute(select(CALENDAR.c.body).order_by(CALENDAR.c.id))
        return [load(SchoolCalendar, row.body) for row in rows]


class Catalogue:
    """Each microcredential is read once in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, Microcredential | None] = {}

    def save(self, microcredential: Microcredential) -> Saved:
        self._known.pop(microcredential.id, None)
        return save_row(self._connection, MicrocredentialRow, {"id": microcredential.id}, body=dump(microcredential))

    def get(self, microcredential_id: str) -> Microcredential:
        found = self.find(microcredential_id)
        if found is None:
            raise MissingError(f"No microcredential {microcredential_id}.")
        return found

    def find(self, microcredential_id: str) -> Microcredential | None:
        if microcredential_id not in self._known:
            row = find_row(self._connection, MicrocredentialRow, id=microcredential_id)
            self._known[microcredential_id] = row and load(Microcredential, row.body)
        return self._known[microcredential_id]

    def all(self) -> Sequence[Microcredential]:
        rows = self._connection.execute(select(MICROCREDENTIAL.c.body).order_by(MICROCREDENTIAL.c.id))
        return [load(Microcredential, row.body) for row in rows]
