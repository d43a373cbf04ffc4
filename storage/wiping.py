"""SQLite's log keeps a copy of every page before it changed: words that were deleted stay in it until it is emptied."""

import sqlite3

from sqlalchemy import Connection, Engine

_WIPE = "wipe the log after the commit"


def wipe_after(connection: Connection) -> None:
    """This transaction deletes words: after its commit they must be in no file of the database."""
    connection.info[_WIPE] = True


def take_wipe(connection: Connection) -> bool:
    """Whether a transaction on this connection asked for it since it was last taken."""
    return bool(connection.info.pop(_WIPE, False))


def empty_log(engine: Engine, patience_ms: int = 500) -> bool:
    """False when somebody has been reading all the while, or it failed: try again later. What was committed is safe
    either way; writers wait for that long at most."""
    try:
        raw = engine.raw_connection()
    except sqlite3.Error:  # a file that is no database has no log either
        return False
    cursor = raw.cursor()
    (before,) = cursor.execute("PRAGMA busy_timeout").fetchone()
    try:
        cursor.execute(f"PRAGMA busy_timeout={patience_ms}")
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    except sqlite3.Error:
        return False
    finally:
        cursor.execute(f"PRAGMA busy_timeout={before}")
        raw.close()
