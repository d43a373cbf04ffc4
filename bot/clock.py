"""The only place that asks what time it is, and for chance."""

import secrets
import time
from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def elapsed() -> float:
    """Seconds on a clock that never jumps, from some beginning of its own."""
    return time.monotonic()


def token() -> str:
    """256 bits nobody can guess."""
    return secrets.token_urlsafe(32)
