"""What buttons are about, where a chat carries less than that: by a handle, kept before the message goes out."""

from collections.abc import Mapping

from sqlalchemy import Connection

from .rows import add_once, find_row
from .tables import HandleRow


def keep(connection: Connection, handles: Mapping[str, tuple[str, str]]) -> None:
    """Handle → action and value. A handle is derived from both, so what is there already is the same."""
    for handle, (action, value) in handles.items():
        add_once(connection, HandleRow, id=handle, action=action, value=value)


def find(connection: Connection, handle: str) -> tuple[str, str] | None:
    """Action and value; None for a handle that was never kept."""
    row = find_row(connection, HandleRow, id=handle)
    return None if row is None else (str(row.action), str(row.value))
