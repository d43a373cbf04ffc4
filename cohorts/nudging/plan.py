"""May this person hear from us now, and of what? One digest over all features, or the reason why not."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time, timedelta

from cohorts.calendar.hours import hold, local, next_slot
from cohorts.calendar.model import Rhythm

from .model import ENDING, WEEKLY, Digest, Item, NudgeRecord, Reader, Settings, Thing, Withheld

DEFAULTS = Settings()
WEEK = timedelta(days=7)


def plan_digest(
    things: Sequence[Thing],
    reader: Reader,
    log: Sequence[NudgeRecord],
    now: datetime,
    settings: Settings = DEFAULTS,
    undated: Callable[[], Iterable[Thing]] = tuple,
) -> Digest | Withheld:
    """The digest to send at `now`, or why there is none.

    `things` are all unfinished ones of the reader, but for those that `undated` gives, none of which has a date: it is
    asked only where they may change the answer. `log` reaches back at least two weeks. Never more than `per_day` on
    one local day or `per_week` in any seven days, whatever is asked; nothing in a hold. After two ignored digests that
    asked something the rate is halved: one a week with things due or promised weekly, one in two weeks without, until
    one is opened. What ends at its date is told once before that, as if it were not halved.
    """
    sent = sorted((record for record in log if record.counts(now)), key=lambda record: record.at)
    if reader.paused_until is not None and local(now, reader.rhythm.zone).date() < reader.paused_until:
        return Withheld(reason="paused")
    refused = _refuse(reader.rhythm, sent, now, settings)
    wanted, dropped = _wanted(things, reader, sent, now)
    # Where the answer is known already, nobody need look for what has no date.
    if not (refused if wanted else _is_passed_over(reader, refused, sent, now, settings)):
        wanted, dropped = _wanted((*things, *undated()), reader, sent, now)
    if not wanted:
        return dropped
    over = refused or _over_share(wanted, reader.rhythm, sent, now, settings)
    in_time = over is not None and over.reason == "slowed" and any(_ends_untold(thing, sent) for thing in wanted)
    if over and not in_time:
        return over
    ordered = _order(wanted, sent, now)
    items = [Item(thing=thing, late=thing.due is not None and thing.due <= now) for thing in ordered]
    return Digest(
        educator_id=reader.educator_id,
        items=tuple(items[: settings.shown]),
        more=tuple(ordered[settings.shown :]),
        slowed=is_slowed(sent, now, settings),
        in_time=in_time,
    )


def next_digest_at(rhythm: Rhythm, wall: time, at: datetime) -> datetime:
    """The next instant after `at` at the time of day the person chose, on a day without a hold; UTC."""
    return next_slot(rhythm, at, wall)


def is_slowed(sent: Sequence[NudgeRecord], now: datetime, settings: Settings = DEFAULTS) -> bool:
    """The last digests were all ignored. One too young to be called ignored, not yet there, or that asked nothing does
    not count; one that was opened does."""
    there = [record for record in sent if record.sent]
    old = [record for record in there if record.opened or (record.asks and record.at <= now - settings.time_to_open)]
    last = sorted(old, key=lambda record: record.at)[-settings.ignored_before_slow :]
    return len(last) == settings.ignored_before_slow and not any(record.opened for record in last)


def is_wanted(thing: Thing, sent: Sequence[NudgeRecord], now: datetime) -> bool:
    """A reminder moment has passed and the person has not been told of this thing since. Undated: always."""
    if thing.due is None:
        return True
    moments = [thing.due - timedelta(hours=hours) for hours in thing.reminders]
    passed = max((moment for moment in moments if moment <= now), default=None)
    return passed is not None and not any(thing.ref in record.refs and record.at >= passed for record in sent)


def _wanted(
    things: Sequence[Thing], reader: Reader, sent: Sequence[NudgeRecord], now: datetime
) -> tuple[list[Thing], Withheld]:
    """Things worth a word, and what to answer when there are none."""
    mine = [thing for thing in things if thing.educator_id == reader.educator_id and is_wanted(thing, sent, now)]
    unmuted = [thing for thing in mine if thing.kind not in reader.muted]
    free = [thing for thing in unmuted if thing.ref not in reader.snoozed]
    if free or not mine:
        return free, Withheld(reason="nothing_due")
    return free, Withheld(reason="snoozed" if unmuted else "muted")


def _refuse(rhythm: Rhythm, sent: Sequence[NudgeRecord], now: datetime, settings: Settings) -> Withheld | None:
    """What nothing may pass, whatever there is to say: a hold, and the caps."""
    held = hold(rhythm, now)
    if held:
        return Withheld(reason="hold", hold=held)
    if settings.per_day == 0:
        return Withheld(reason="off")
    today = local(now, rhythm.zone).date()
    if sum(local(record.at, rhythm.zone).date() == today for record in sent) >= settings.per_day:
        return Withheld(reason="budget_day")
    if _sent_within(WEEK, rhythm, sent, now) >= settings.per_week:
        return Withheld(reason="budget_week")
    return None


def _is_passed_over(
    reader: Reader, refused: Withheld | None, sent: Sequence[NudgeRecord], now: datetime, settings: Settings
) -> bool:
    """What has no date would not come now and not be named as the reason either: nothing is due, with it or without."""
    named = refused or reader.snoozed or reader.muted or is_slowed(sent, now, settings)
    return not named and _is_share_used(reader.rhythm, sent, now, settings)


def _over_share(
    wanted: Sequence[Thing], rhythm: Rhythm, sent: Sequence[NudgeRecord], now: datetime, settings: Settings
) -> Withheld | None:
    """What is enough for this person this week, below the caps."""
    due = any(thing.due for thing in wanted)
    if is_slowed(sent, now, settings):
        halved = WEEK if due or any(thing.kind in WEEKLY for thing in wanted) else 2 * WEEK
        return Withheld(reason="slowed") if _sent_on_days(halved, rhythm, sent, now) else None
    return None if due or not _is_share_used(rhythm, sent, now, settings) else Withheld(reason="nothing_due")


def _is_share_used(rhythm: Rhythm, sent: Sequence[NudgeRecord], now: datetime, settings: Settings) -> bool:
    """Of the week's digests those are gone that may come without anything due."""
    return _sent_on_days(WEEK, rhythm, sent, now) >= settings.per_week_when_calm


def _ends_untold(thing: Thing, sent: Sequence[NudgeRecord]) -> bool:
    return thing.kind in ENDING and not any(thing.ref in record.refs for record in sent)


def _sent_within(span: timedelta, rhythm: Rhythm, sent: Sequence[NudgeRecord], now: datetime) -> int:
    """Counted by hours and by local days, whichever sees more: a change of clocks then cannot add one."""
    first_day = local(now, rhythm.zone).date() - span
    return sum(record.at > now - span or local(record.at, rhythm.zone).date() > first_day for record in sent)


def _sent_on_days(span: timedelta, rhythm: Rhythm, sent: Sequence[NudgeRecord], now: datetime) -> int:
    """By local days alone, for what comes by the week: a change of clocks then cannot put it off."""
    first_day = local(now, rhythm.zone).date() - span
    return sum(local(record.at, rhythm.zone).date() > first_day for record in sent)


def _order(wanted: Sequence[Thing], sent: Sequence[NudgeRecord], now: datetime) -> list[Thing]:
    """With a date first, then by priority; what was told least comes before what was told already."""
    told = Counter(ref for record in sent for ref in record.refs)
    return sorted(
        wanted,
        key=lambda thing: (thing.due is None, thing.priority, told[thing.ref], thing.due or now, thing.ref),
    )
