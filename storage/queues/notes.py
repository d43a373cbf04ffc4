"""What the installation remembers about itself: the demo's clock, the last tick."""

from sqlalchemy import Connection, bindparam, update

from storage.prepared import Prepared
from storage.rows import add_once, find_row
from storage.tables import NoteRow, table_of

NOTE = table_of(NoteRow)

LAST_TICK = "last_tick"
"""Under this key it remembers when the bell last rang, or was last at work on what is due."""

_KEEP = Prepared(update(NOTE).where(NOTE.c.key == bindparam("of_key")).values(value=bindparam("value")))


def note(connection: Connection, key: str) -> str | None:
    row = find_row(connection, NoteRow, key=key)
    return row and str(row.value)


def keep_note(connection: Connection, key: str, value: str) -> None:
    kept = {"of_key": key, "value": value}
    if not _KEEP.change(connection, kept) and not add_once(connection, NoteRow, key=key, value=value):
        _KEEP.change(connection, kept)  # two workers may both be the first
