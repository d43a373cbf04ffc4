"""Who is signed in where, and by which link somebody comes in: notes of the installation.

A session ends when its row is gone, whatever cookie is shown; of the links for one person only the newest opens.
"""

import hashlib
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select

from .rows import add_once, find_row, save_row
from .tables import NoteRow, table_of
from .transaction import SqlTransaction

MOST_AT_ONCE = 10
"""Sessions of one person; the oldest ends when there are more."""
SESSION, LINK, USED, CODE = "session/", "link/", "used/", "code/"
NOTE = table_of(NoteRow)


def begin_session(tx: SqlTransaction, session: str, user: str, now: datetime) -> None:
    save_row(tx.connection, NoteRow, {"key": SESSION + session}, value=f"{now.isoformat()} {user}")
    for stale in _sessions(tx, user)[:-MOST_AT_ONCE]:
        end_session(tx, stale)


def session_user(tx: SqlTransaction, session: str) -> str | None:
    """Whose session this is; None when it never was or has ended."""
    row = find_row(tx.connection, NoteRow, key=SESSION + session)
    return row and str(row.value).partition(" ")[2]


def end_session(tx: SqlTransaction, session: str) -> None:
    tx.connection.execute(delete(NOTE).where(NOTE.c.key == SESSION + session))


def end_sessions(tx: SqlTransaction, user: str) -> int:
    """Everywhere, and the link not used yet as well; how many sessions there were."""
    open_ones = _sessions(tx, user)
    for session in open_ones:
        end_session(tx, session)
    tx.connection.execute(delete(NOTE).where(NOTE.c.key == LINK + user))
    return len(open_ones)


def keep_link(tx: SqlTransaction, user: str, nonce: str) -> None:
    """From now on this is the one link for this person; the ones before it open nothing."""
    save_row(tx.connection, NoteRow, {"key": LINK + user}, value=nonce)


def use_link(tx: SqlTransaction, user: str, nonce: str) -> bool:
    """True once, for the newest link."""
    used = delete(NOTE).where(NOTE.c.key == LINK + user, NOTE.c.value == nonce)
    return tx.connection.execute(used).rowcount == 1


def use_once(tx: SqlTransaction, token: str, now: datetime, until: datetime) -> bool:
    """True the first time; `until` then it is remembered, and must not be good for longer."""
    _forget(tx, USED, now)
    return add_once(tx.connection, NoteRow, key=USED + token, value=until.isoformat())


def keep_code(tx: SqlTransaction, user: str, code: str, now: datetime, until: datetime) -> None:
    """From now on this is the one code for this person, good until then. Only its digest is kept."""
    _forget(tx, CODE, now)
    tx.connection.execute(delete(NOTE).where(_mine(CODE, user)))
    save_row(tx.connection, NoteRow, {"key": CODE + _digest(code)}, value=f"{until.isoformat()} {user}")


def use_code(tx: SqlTransaction, code: str, now: datetime) -> str | None:
    """Whose code this is; None when it never was, was used or is too old. It is used up."""
    _forget(tx, CODE, now)
    key = CODE + _digest(code)
    row = find_row(tx.connection, NoteRow, key=key)
    if row is None:
        return None
    tx.connection.execute(delete(NOTE).where(NOTE.c.key == key))
    return str(row.value).partition(" ")[2]


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _forget(tx: SqlTransaction, kind: str, now: datetime) -> None:
    """What is too old. All instants are UTC, so their texts sort as they do."""
    old = NOTE.c.key.startswith(kind, autoescape=True) & (NOTE.c.value < now.isoformat())
    tx.connection.execute(delete(NOTE).where(old))


def _mine(kind: str, user: str) -> ColumnElement[bool]:
    return NOTE.c.key.startswith(kind, autoescape=True) & NOTE.c.value.endswith(f" {user}", autoescape=True)


def _sessions(tx: SqlTransaction, user: str) -> list[str]:
    """Of this person, the oldest first."""
    rows = tx.connection.execute(select(NOTE.c.key).where(_mine(SESSION, user)).order_by(NOTE.c.value, NOTE.c.key))
    return [str(row.key).removeprefix(SESSION) for row in rows]
