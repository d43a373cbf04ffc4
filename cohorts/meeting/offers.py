"""The next times at which everybody who told their times can meet. Whose times rule one out is never told."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from cohorts.calendar.days import ONE_DAY, is_school_day, last_day_of_leave
from cohorts.calendar.instants import local, to_instant
from cohorts.calendar.model import Rhythm
from cohorts.people.model import Window
from cohorts.values import Frozen

from .model import MINUTES

DAYS = 21
MOST = 8
STEP = timedelta(minutes=15)
_LAST_MINUTE = time(23, 59)
Span = tuple[datetime, datetime]


class Guest(Frozen):
    """Somebody of the cohort: the week in which they could meet, by their own clock, and the days they are not there.
    No windows: they have not told."""

    rhythm: Rhythm
    windows: tuple[Window, ...] = ()


class Offer(Frozen):
    """From then on all are free for so many minutes, an hour at most."""

    at: datetime
    minutes: int


def offers(guests: Sequence[Guest], after: datetime) -> tuple[Offer, ...]:
    """The first few, in order, each at a full quarter of an hour; none where nobody has told their times."""
    told = [guest for guest in guests if guest.windows]
    if not told:
        return ()
    common = list(_free(told[0], after))
    for guest in told[1:]:
        common = list(_both(common, list(_free(guest, after))))
    away = [guest for guest in guests if not guest.windows]
    found = (offer for start, end in common for offer in _in(start, end, after))
    return tuple(offer for offer in found if not any(_is_away(guest, offer.at) for guest in away))[:MOST]


def _free(guest: Guest, after: datetime) -> Iterator[Span]:
    """One after the other, none of them on a day on which this person is not at work."""
    zone, first = guest.rhythm.zone, local(after, guest.rhythm.zone).date()
    days = [day for n in range(-1, DAYS) if not _is_off(guest.rhythm, day := first + n * ONE_DAY)]
    spans = [_span(window, day, zone) for day in days for window in guest.windows if window.weekday == day.weekday()]
    yield from _joined(sorted(span for span in spans if span[0] < span[1]))


def _span(window: Window, day: date, zone: str) -> Span:
    last = window.end >= _LAST_MINUTE
    ends = day + ONE_DAY if last or window.end < window.start else day
    return to_instant(day, window.start, zone), to_instant(ends, time(0) if last else window.end, zone)


def _joined(spans: Sequence[Span]) -> Iterator[Span]:
    """Those that touch are one."""
    open_: Span | None = None
    for span in spans:
        if open_ and span[0] <= open_[1]:
            open_ = open_[0], max(open_[1], span[1])
            continue
        if open_:
            yield open_
        open_ = span
    if open_:
        yield open_


def _both(one: Sequence[Span], other: Sequence[Span]) -> Iterator[Span]:
    at = there = 0
    while at < len(one) and there < len(other):
        start, end = max(one[at][0], other[there][0]), min(one[at][1], other[there][1])
        if start < end:
            yield start, end
        if one[at][1] < other[there][1]:
            at += 1
        else:
            there += 1


def _in(start: datetime, end: datetime, after: datetime) -> Iterator[Offer]:
    """The beginning of the span; of a long one also each hour after it."""
    at = _quarter(max(start, after))
    while end - at >= timedelta(minutes=MINUTES[0]):
        free = int((end - at) / timedelta(minutes=1))
        yield Offer(at=at, minutes=max(minutes for minutes in MINUTES if minutes <= free))
        at += timedelta(hours=1)


def _quarter(at: datetime) -> datetime:
    """The next full quarter of an hour of UTC, which is one in every zone."""
    begun = (at - datetime(1970, 1, 1, tzinfo=UTC)) % STEP
    return at if not begun else at + STEP - begun


def _is_off(rhythm: Rhythm, day: date) -> bool:
    return not is_school_day(rhythm.calendar, day) or last_day_of_leave(rhythm, day) is not None


def _is_away(guest: Guest, at: datetime) -> bool:
    return _is_off(guest.rhythm, local(at, guest.rhythm.zone).date())
