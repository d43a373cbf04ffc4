"""Why a database cannot be opened, and where it is, in a line each."""

import re
from urllib.parse import urlencode

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVER = re.compile(r"^\([\w.]+\) (<class '[\w.]+'>: )?")
LOCKED = "Another program has had its file locked for ten seconds."


def why_away(error: BaseException) -> str:
    """Of what `storage.database.UNREACHABLE` names; without the statement."""
    said = first_words(error)
    return LOCKED if "database is locked" in said else f"It cannot be opened: {said}."


def first_words(error: BaseException) -> str:
    """The first line of what it says, without the names of a driver's classes that SQLAlchemy puts before it."""
    said = next(iter(str(error).splitlines()), "")
    return DRIVER.sub("", said) or type(error).__name__


def without_password(url: str) -> str:
    """Where a database is, fit to be shown, as SQLAlchemy reads it; a password after the ? is left out too. What cannot
    be read is "***"."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return "***"
    kept = {key: value for key, value in parsed.query.items() if "password" not in key.lower()}
    host = parsed.host.rpartition("@")[2] if parsed.host else None  # a password may hold an @
    shown = URL.create(parsed.drivername, parsed.username, None, host, parsed.port, parsed.database).render_as_string()
    return f"{shown}?{urlencode(kept, doseq=True, safe='/')}" if kept else shown
