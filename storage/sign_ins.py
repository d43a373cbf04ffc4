"""Who is signed in where, and by which link somebody comes in: notes of the installation.

A session ends when its row is gone, whatever cookie is shown; of the links for one person only the newest opens.
"""

from datetime import datetime

from sqlalchemy import delete, select

from .rows import find_row, save_row
from .tables import NoteRow, table_of
from .transaction import SqlTransaction

MOST_AT_ONCE = 10
"""Sessions of one person; the oldest ends when there are more."""
SESSION, LINK = "session/", "link/"
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


def _sessions(tx: SqlTransaction, user: str) -> list[str]:
    """Of this person, the oldest first."""
    mine = NOTE.c.key.startswith(SESSION, autoescape=True) & NOTE.c.value.endswith(f" {user}", autoescape=True)
    rows = tx.connection.execute(select(NOTE.c.key).where(mine).order_by(NOTE.c.value, NOTE.c.key))
    return [str(row.key).removeprefix(SESSION) for row in rows]
