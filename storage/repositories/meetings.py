"""When cohorts meet live."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, update

from cohorts.meeting.model import Meeting
from cohorts.ports import MissingError, StaleError
from storage.prepared import Prepared
from storage.rows import add_row, dump, find_row, find_rows, load
from storage.tables import MeetingRow, table_of

MEETING = table_of(MeetingRow)
_OURS = (
    (MEETING.c.id == bindparam("meeting"))
    & (MEETING.c.cohort_id == bindparam("cohort"))
    & (MEETING.c.version == bindparam("was"))
)
_SAVE = Prepared(
    update(MEETING).where(_OURS).values(version=bindparam("now"), body=bindparam("to")),
    part="cohort",
)


class Meetings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, meeting: Meeting) -> None:
        columns = {"id": meeting.id, "cohort_id": meeting.cohort_id, "version": meeting.version}
        add_row(self._connection, MeetingRow, **columns, body=dump(meeting))

    def save(self, meeting: Meeting) -> Meeting:
        """Saves over `meeting.version`. Raises StaleError when somebody has saved it since it was read."""
        newer = meeting.model_copy(update={"version": meeting.version + 1})
        given = {"meeting": meeting.id, "cohort": meeting.cohort_id, "was": meeting.version}
        if _SAVE.change(self._connection, given | {"now": newer.version, "to": dump(newer)}) != 1:
            raise StaleError(f"{meeting.id}: version {meeting.version} is no longer the newest.")
        return newer

    def get(self, meeting_id: str) -> Meeting:
        row = find_row(self._connection, MeetingRow, id=meeting_id)
        if row is None:
            raise MissingError(f"No meeting {meeting_id}.")
        return load(Meeting, row.body)

    def of_cohort(self, cohort_id: str) -> Sequence[Meeting]:
        found = [load(Meeting, row.body) for row in find_rows(self._connection, MeetingRow, cohort_id=cohort_id)]
        return sorted(found, key=lambda meeting: (meeting.starts_at, meeting.id))
