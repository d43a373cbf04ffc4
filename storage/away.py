"""Why a database cannot be opened, in a line."""

LOCKED = "Another program has had its file locked for ten seconds."


def why_away(error: BaseException) -> str:
    """Of what `storage.database.UNREACHABLE` names; without the statement."""
    said = next(iter(str(error).splitlines()), "") or type(error).__name__
    return LOCKED if "database is locked" in said else f"It cannot be opened: {said}."
