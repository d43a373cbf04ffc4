"""Forms that somebody has open where a chat gives back only what is filled in: notes of the installation."""

from datetime import datetime

from sqlalchemy import Connection, delete

from .rows import find_row, save_row
from .tables import NoteRow, table_of

FORM = "form/"
OPENED = f"{FORM}by/"
"""Which are one person's, under their name; the newest first."""
MOST = 8
"""So many may somebody leave open. What they wrote in older ones is forgotten."""
NOTE = table_of(NoteRow)


def keep(connection: Connection, form_id: str, body: str, times: tuple[datetime, datetime]) -> None:
    """`times`: now, and until when it is kept."""
    now, until = times
    _forget_old(connection, now)
    save_row(connection, NoteRow, {"key": FORM + form_id}, value=f"{until.isoformat()} {body}")


def limit(connection: Connection, whose: str, form_id: str, times: tuple[datetime, datetime]) -> None:
    """They have opened this one just now."""
    _, until = times
    row = find_row(connection, NoteRow, key=OPENED + whose)
    known = str(row.value).split()[1:] if row is not None else []
    opened = [form_id, *(one for one in known if one != form_id)]
    for old in opened[MOST:]:
        forget(connection, old)
    value = " ".join((until.isoformat(), *opened[:MOST]))
    save_row(connection, NoteRow, {"key": OPENED + whose}, value=value)


def find(connection: Connection, form_id: str, now: datetime) -> str | None:
    """None for one that is forgotten."""
    row = find_row(connection, NoteRow, key=FORM + form_id)
    until, _, body = str(row.value).partition(" ") if row is not None else ("", "", "")
    return body if until > now.isoformat() else None


def forget(connection: Connection, form_id: str) -> None:
    connection.execute(delete(NOTE).where(NOTE.c.key == FORM + form_id))


def _forget_old(connection: Connection, now: datetime) -> None:
    """All instants are UTC, so their texts sort as they do."""
    old = NOTE.c.key.startswith(FORM, autoescape=True) & (NOTE.c.value < now.isoformat())
    connection.execute(delete(NOTE).where(old))
