"""Moments in a database: whole numbers there, so that they sort and compare alike everywhere."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_number(at: datetime | None) -> int | None:
    """Microseconds since 1970."""
    return None if at is None else (at - EPOCH) // MICROSECOND


def to_instant(number: int | None) -> datetime | None:
    return None if number is None else EPOCH + number * MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware datetime as an integer that sorts and indexes the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return to_number(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return to_instant(value)
