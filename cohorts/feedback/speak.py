"""What people read of the ledger: all of their own, and of nobody else's."""

from cohorts.words import say

from .ledger import Standing


def standing_line(standing: Standing, language: str) -> str:
    """Received, coming, given, and what is owed; for this person alone."""
    key = "standing_owing" if standing.owes or standing.debt else "standing"
    return say(
        language,
        f"feedback.{key}",
        given=standing.given,
        received=standing.received,
        coming=standing.coming,
        owes=standing.owes or standing.debt,
    )
