"""What the installation remembers about itself: the demo's clock, the last tick."""

from sqlalchemy import Connection

from storage.rows import add_once, find_row, save_row
from storage.tables import NoteRow

LAST_TICK = "last_tick"
"""Under this key it remembers when all that was due had last been done."""


def note(connection: Connection, key: str) -> str | None:
    row = find_row(connection, NoteRow, key=key)
    return row and str(row.value)


def keep_note(connection: Connection, key: str, value: str) -> None:
    if not add_once(connection, NoteRow, key=key, value=value):  # two workers may both be the first
        save_row(connection, NoteRow, {"key": key}, value=value)
