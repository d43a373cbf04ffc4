"""The only place that asks what time it is, and for chance."""

import secrets
from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def token() -> str:
    """256 bits nobody can guess."""
    return secrets.token_urlsafe(32)
