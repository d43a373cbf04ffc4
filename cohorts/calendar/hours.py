"""May this person be written to now, and if not, when? Every send and every deadline asks here.

Nothing goes out at night, at weekends, on the district's days off or during testing, before Monday 09:00 or
from Friday 15:00 on; all by the reader's own wall clock.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from .days import (
    HORIZON,
    ONE_DAY,
    add_school_days,
    is_weekend,
    last_day_of,
    last_day_of_leave,
    next_nudge_day,
    next_school_day,
)
from .instants import local, to_instant
from .model import Rhythm

__all__ = [
    "HoldReason",
    "deadline",
    "hold",
    "keep_promise",
    "local",
    "next_allowed",
    "next_common",
    "next_slot",
    "to_instant",
]

HoldReason = Literal["quiet_hours", "weekend", "holiday", "blackout", "leave", "monday_morning", "friday_afternoon"]
Span = tuple[datetime, datetime]  # UTC; the end is not part of it

MONDAY_OPENS = time(9)
FRIDAY_CLOSES = time(15)
DEADLINE = time(20)
COMMON_SEARCH = timedelta(days=10)
PROMISED = timedelta(hours=24)
KEPT = 8192
"""So many answers are remembered: the people of a cohort mostly share their LEA's days, and ask at the same instant."""

_SOFT: frozenset[HoldReason] = frozenset({"holiday", "blackout", "leave"})


@lru_cache(maxsize=KEPT)
def hold(rhythm: Rhythm, at: datetime) -> HoldReason | None:
    """Why nothing may be sent at this instant; None when it may. The clock speaks before the calendar."""
    day = local(at, rhythm.zone).date()
    if is_weekend(day):
        return "weekend"
    if not _within(open_spans(rhythm, day), at):
        waking = _spans(rhythm.zone, day, rhythm.quiet_from, rhythm.quiet_until)
        if not _within(waking, at):
            return "quiet_hours"
        return "monday_morning" if day.weekday() == 0 else "friday_afternoon"
    if last_day_of_leave(rhythm, day):
        return "leave"
    if last_day_of(rhythm.calendar, day, ("off",)):
        return "holiday"
    return "blackout" if last_day_of(rhythm.calendar, day, ("blackout",)) else None


def next_allowed(rhythm: Rhythm, at: datetime) -> datetime:
    """The earliest instant from `at` on without a hold, in UTC.

    Somebody away for over two years gets an instant two years on, which is held again when it comes.
    """
    return _next_allowed(rhythm, at.astimezone(UTC))


@lru_cache(maxsize=KEPT)
def _next_allowed(rhythm: Rhythm, at: datetime) -> datetime:
    day = first = local(at, rhythm.zone).date()
    while day <= first + HORIZON:
        day = next_nudge_day(rhythm, day)
        for start, end in open_spans(rhythm, day):
            if end > at:
                return max(start, at)
        day += ONE_DAY
    return to_instant(day, MONDAY_OPENS, rhythm.zone)


@lru_cache(maxsize=KEPT)
def next_slot(rhythm: Rhythm, at: datetime, wall: time) -> datetime:
    """The next instant after `at` that is this wall time on a day without a hold.

    Where the wall time itself is held (quiet hours, Monday morning, Friday afternoon), the nearest minute of
    that day that is not.
    """
    day = first = local(at, rhythm.zone).date()
    while day <= first + HORIZON:
        day = next_nudge_day(rhythm, day)
        slot = _nearest(open_spans(rhythm, day), to_instant(day, wall, rhythm.zone))
        if slot is not None and slot > at:
            return slot
        day += ONE_DAY
    return to_instant(day, wall, rhythm.zone)


def deadline(rhythm: Rhythm, opened_at: datetime, school_days: int, wall: time = DEADLINE) -> datetime:
    """`wall` on the n-th school day after the local opening day, always after the opening.

    A deadline is read, not sent, so it may lie in quiet hours.
    """
    return _deadline(rhythm, opened_at.astimezone(UTC), school_days, wall)


@lru_cache(maxsize=KEPT)
def _deadline(rhythm: Rhythm, opened_at: datetime, school_days: int, wall: time) -> datetime:
    opened_on = local(opened_at, rhythm.zone).date()
    day = add_school_days(rhythm, opened_on, school_days)
    due = to_instant(day, wall, rhythm.zone)
    while due <= opened_at:
        day = next_school_day(rhythm, day + ONE_DAY)
        due = to_instant(day, wall, rhythm.zone)
    return due


def keep_promise(rhythm: Rhythm, promised: datetime, counted: datetime, now: datetime) -> datetime:
    """Where a deadline goes when it is counted again.

    Later freely. Earlier only when it is a day away or more, and then never to less than a whole day from now.
    """
    if counted >= promised or promised - now < PROMISED:
        return max(counted, promised)
    return max(counted, min(promised, deadline(rhythm, now + PROMISED, 0)))


def next_common(rhythms: Sequence[Rhythm], at: datetime) -> datetime:
    """The earliest instant from `at` on at which all may be written to.

    While all are away it waits for the first to return, and searches ten days from there. If those hold no
    such instant: the first that finds somebody at work and only crosses others' days off, leave or testing.
    If there is none either, as between zones whose days never meet: the first that suits the most people.
    """
    return _next_common(tuple(rhythms), at.astimezone(UTC)) if rhythms else at.astimezone(UTC)


@lru_cache(maxsize=KEPT)
def _next_common(rhythms: tuple[Rhythm, ...], at: datetime) -> datetime:
    first = min(next_allowed(rhythm, at) for rhythm in rhythms)
    until = first + COMMON_SEARCH
    candidate = first
    while candidate <= until:
        latest = max(next_allowed(rhythm, candidate) for rhythm in rhythms)
        if latest == candidate:
            return candidate
        candidate = latest
    return _best_compromise(rhythms, first, until)


def open_spans(rhythm: Rhythm, day: date) -> tuple[Span, ...]:
    """When the clock of that weekday allows sending; leave, days off and blackouts are not looked at."""
    opens, closes = _WEEKDAY_LIMITS.get(day.weekday(), (time(0), None))
    return _spans(rhythm.zone, day, rhythm.quiet_from, rhythm.quiet_until, opens, closes)


_WEEKDAY_LIMITS: dict[int, tuple[time, time | None]] = {0: (MONDAY_OPENS, None), 4: (time(0), FRIDAY_CLOSES)}


@lru_cache(maxsize=8192)
def _spans(
    zone: str,
    day: date,
    quiet_from: time,
    quiet_until: time,
    opens: time = time(0),
    closes: time | None = None,
) -> tuple[Span, ...]:
    """The parts of the local day outside quiet hours and within the limits; equal quiet times mean none.

    Spans are instants, not clock readings: an hour the clock shows twice is inside or outside as a whole.
    """
    midnight, next_midnight = datetime.combine(day, time(0)), datetime.combine(day + ONE_DAY, time(0))
    earliest = datetime.combine(day, opens)
    latest = datetime.combine(day, closes) if closes else next_midnight
    quiet, awake = datetime.combine(day, quiet_from), datetime.combine(day, quiet_until)
    if quiet > awake:
        waking = [(awake, quiet)]
    else:
        waking = [(midnight, quiet), (awake, next_midnight)] if quiet < awake else [(midnight, next_midnight)]
    clipped = ((max(start, earliest), min(end, latest)) for start, end in waking)
    instants = (
        (to_instant(start.date(), start.time(), zone), to_instant(end.date(), end.time(), zone))
        for start, end in clipped
        if start < end
    )
    return tuple((start, end) for start, end in instants if start < end)


def _within(spans: tuple[Span, ...], at: datetime) -> bool:
    return any(start <= at < end for start, end in spans)


def _nearest(spans: tuple[Span, ...], at: datetime) -> datetime | None:
    """`at` moved as little as needed to lie in a span, to the last full minute before its end."""
    minute = timedelta(minutes=1)
    clamped = (min(max(at, start), max(start, end - minute)) if at >= end else max(at, start) for start, end in spans)
    return min(clamped, key=lambda moved: abs(moved - at), default=None)


def _best_compromise(rhythms: Sequence[Rhythm], first: datetime, until: datetime) -> datetime:
    """What is allowed changes for the better only where a span starts, so only those instants are tried."""
    candidates = {first}
    for rhythm in rhythms:
        day = local(first, rhythm.zone).date()
        while day <= until.date():
            candidates.update(start for start, _ in open_spans(rhythm, day) if first <= start <= until)
            day += ONE_DAY
    holds = {instant: [hold(rhythm, instant) for rhythm in rhythms] for instant in sorted(candidates)}
    for instant, reasons in holds.items():
        if None in reasons and all(reason is None or reason in _SOFT for reason in reasons):
            return instant
    return max(holds, key=lambda instant: holds[instant].count(None))
