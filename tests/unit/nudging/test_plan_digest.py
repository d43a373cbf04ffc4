"""Little, at the right time, of one's own unfinished things; never more than the budget, whatever comes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.calendar.hours import hold, local
from cohorts.calendar.model import CalendarEntry, Rhythm, SchoolCalendar
from cohorts.nudging.model import Digest, NudgeRecord, Reader, Settings, Thing, ThingKind, Withheld
from cohorts.nudging.plan import is_slowed, next_digest_at, plan_digest

CHICAGO = ZoneInfo("America/Chicago")
RHYTHM = Rhythm(zone="America/Chicago")
READER = Reader(educator_id="ana", rhythm=RHYTHM)
NOON = time(12, 15)


def at(day: int, hour: int = 12, minute: int = 15) -> datetime:
    """January 2026 in Chicago; the 5th is a Monday."""
    return datetime(2026, 1, day, hour, minute, tzinfo=CHICAGO).astimezone(UTC)


def thing(ref: str = "step", due: datetime | None = None, kind: ThingKind = "step", priority: int = 5) -> Thing:
    return Thing(
        kind=kind,
        educator_id="ana",
        ref=ref,
        title=f"nudging.title_{'packet' if kind == 'step' else kind}",
        minutes=10,
        due=due,
        label=f"nudging.open_{kind}",
        action="step.open",
        value=ref,
        mechanism="cue",
        priority=priority,
    )


def record(when: datetime, *refs: str, opened: bool = True, kinds: tuple[str, ...] = ("step",)) -> NudgeRecord:
    return NudgeRecord(educator_id="ana", at=when, kinds=kinds, refs=refs, opened=opened)


def reason(outcome: Digest | Withheld) -> str:
    return outcome.reason if isinstance(outcome, Withheld) else "sent"


def test_reminded_at_72_and_24_hours_and_a_day_after() -> None:
    due = at(8, 20, 0)
    log: list[NudgeRecord] = []
    told: list[tuple[int, bool]] = []
    now = at(1)
    while now < at(25):
        now = next_digest_at(RHYTHM, NOON, now)
        outcome = plan_digest([thing(due=due)], READER, log, now)
        if isinstance(outcome, Digest):
            log.append(record(now, *outcome.refs))
            told.append((local(now, "America/Chicago").day, outcome.items[0].late))
    assert told == [(6, False), (8, False), (12, True)]


def test_a_thing_done_in_time_is_not_mentioned_again() -> None:
    assert reason(plan_digest([], READER, [record(at(6), "step")], at(8))) == "nothing_due"


def test_five_features_due_on_one_day_are_one_digest_of_three() -> None:
    kinds: list[ThingKind] = ["step", "review", "respond", "evidence", "packet"]
    things = [thing(kind, at(8, 20, 0), kind) for kind in kinds]
    outcome = plan_digest(things, READER, [], at(7))
    assert isinstance(outcome, Digest)
    assert (len(outcome.items), len(outcome.more)) == (3, 2)
    left = [reason(plan_digest(things, READER, [record(at(7), *outcome.refs)], at(7, hour))) for hour in (13, 17)]
    assert left == ["budget_day", "budget_day"]
    tomorrow = plan_digest(things, READER, [record(at(7), *outcome.refs)], at(8))
    assert isinstance(tomorrow, Digest)
    assert set(tomorrow.refs) >= {entry.ref for entry in outcome.more}


def test_one_a_week_when_nothing_is_due() -> None:
    gap = thing("gap", kind="evidence")
    assert reason(plan_digest([gap], READER, [], at(6))) == "sent"
    assert reason(plan_digest([gap], READER, [record(at(6), "gap")], at(9))) == "nothing_due"
    assert reason(plan_digest([gap], READER, [record(at(6), "gap")], at(13))) == "sent"


def test_undated_things_come_along_after_those_with_a_date() -> None:
    outcome = plan_digest([thing("gap", None, "evidence", 1), thing(due=at(8, 20, 0))], READER, [], at(7))
    assert isinstance(outcome, Digest)
    assert outcome.refs == ("step", "gap")
    assert outcome.kinds == ("step", "evidence")


@pytest.mark.parametrize(
    ("now", "word"), [(at(6, 19), "quiet_hours"), (at(10), "weekend"), (at(5, 8, 30), "monday_morning")]
)
def test_nothing_in_a_hold(now: datetime, word: str) -> None:
    assert plan_digest([thing(due=now)], READER, [], now) == Withheld(reason="hold", hold=word)


def test_pause_snooze_and_mute_are_each_told_apart() -> None:
    due = [thing(due=at(8, 20, 0))]
    paused = READER.model_copy(update={"paused_until": date(2026, 1, 8)})
    assert reason(plan_digest(due, paused, [], at(7))) == "paused"
    assert reason(plan_digest(due, paused, [], at(8))) == "sent"
    assert reason(plan_digest(due, READER.model_copy(update={"snoozed": frozenset({"step"})}), [], at(7))) == "snoozed"
    assert reason(plan_digest(due, READER.model_copy(update={"muted": ("step",)}), [], at(7))) == "muted"
    two = [*due, thing("other", at(8, 20, 0))]
    one_snoozed = plan_digest(two, READER.model_copy(update={"snoozed": frozenset({"step"})}), [], at(7))
    assert isinstance(one_snoozed, Digest)
    assert one_snoozed.refs == ("other",)


def test_two_ignored_halve_the_rate_until_one_is_opened() -> None:
    ignored = [record(at(6), "a", opened=False), record(at(7), "b", opened=False)]
    due = [thing(due=at(9, 20, 0))]
    assert reason(plan_digest(due, READER, ignored, at(9))) == "slowed"
    assert reason(plan_digest([thing(due=at(14, 20, 0))], READER, ignored, at(14))) == "sent"
    assert reason(plan_digest([thing("gap")], READER, ignored, at(15))) == "slowed"
    assert reason(plan_digest([thing("gap")], READER, ignored, at(21))) == "sent"
    opened = [ignored[0], ignored[1].model_copy(update={"opened": True})]
    assert reason(plan_digest(due, READER, opened, at(9))) == "sent"


def test_what_only_tells_is_ignored_by_nobody() -> None:
    told = [record(at(6), opened=False, kinds=("queue",)), record(at(7), opened=False, kinds=("meeting", "cohort"))]
    assert not is_slowed(told, at(9))
    asked = [record(at(day), opened=False, kinds=("queue", "widen")) for day in (5, 6)]
    assert is_slowed([*asked, *told], at(9)), "what lies between does not take it back"
    assert not is_slowed([*asked, told[0].model_copy(update={"opened": True})], at(9)), "but a word that was read does"


def test_the_weekly_word_comes_weekly_to_whoever_reacts_to_nothing() -> None:
    ignored = [record(at(5), "a", opened=False), record(at(6), "b", opened=False)]
    word = thing("queue", kind="queue")
    assert reason(plan_digest([word], READER, ignored, at(12))) == "slowed"
    assert reason(plan_digest([word], READER, ignored, at(13))) == "sent"


def test_what_ends_at_its_date_is_told_once_though_the_last_ones_went_unread() -> None:
    ignored = [record(at(6), "a", opened=False), record(at(7), "b", opened=False)]
    offer = thing("offer", at(13, 20, 0), "offer").model_copy(update={"reminders": (120, 24)})
    told = plan_digest([offer, thing("gap")], READER, ignored, at(9))
    assert isinstance(told, Digest)
    assert (told.refs, told.slowed, told.in_time) == (("offer", "gap"), True, True)
    after = [*ignored, record(at(9), *told.refs, opened=False)]
    assert reason(plan_digest([offer], READER, after, at(13))) == "slowed", "the last day is one more word of ours"
    never_sent = [*ignored, record(at(9), "offer").model_copy(update={"reason": "dropped"})]
    assert reason(plan_digest([offer], READER, never_sent, at(12))) == "sent"
    full = [*ignored, record(at(8), "c", opened=False)]
    assert reason(plan_digest([offer], READER, full, at(9))) == "budget_week"
    assert reason(plan_digest([offer], READER, ignored, at(9, 19))) == "hold"
    open_again = [*ignored, record(at(8), "c")]
    assert reason(plan_digest([offer], READER, open_again[1:], at(9))) == "sent"
    plain = plan_digest([offer], READER, [], at(9))
    assert isinstance(plain, Digest)
    assert not plain.in_time


def test_a_fresh_digest_is_not_yet_ignored() -> None:
    log = [record(at(6), opened=False), record(at(7), opened=False)]
    assert not is_slowed(log, at(8, 12, 14))
    assert is_slowed(log, at(8, 12, 15))
    assert not is_slowed([], at(8))


def test_what_was_held_back_costs_no_budget() -> None:
    held = [record(at(day), "x").model_copy(update={"reason": "hold"}) for day in (5, 6, 7)]
    assert reason(plan_digest([thing(due=at(8, 20, 0))], READER, held, at(7))) == "sent"


def test_other_peoples_things_are_never_in_it() -> None:
    alien = thing(due=at(8, 20, 0)).model_copy(update={"educator_id": "ben"})
    assert reason(plan_digest([alien], READER, [], at(7))) == "nothing_due"


SPRING_BREAK = SchoolCalendar(
    id="c",
    lea_ids=("1",),
    name="C",
    zone="America/Chicago",
    entries=(CalendarEntry(title="Spring break", first=date(2026, 3, 16), last=date(2026, 3, 20), kind="off"),),
)
STEPS = st.lists(
    st.tuples(
        st.integers(1, 60),  # hours until we look again
        st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(-60, 100)), max_size=6),  # ref, hours to due
        st.booleans(),  # does the person open what they got?
    ),
    min_size=20,
    max_size=60,
)


@given(STEPS, st.sampled_from(["America/Chicago", "America/Denver", "Pacific/Auckland", "Asia/Kolkata"]))
@settings(deadline=None, max_examples=60)
def test_no_sequence_of_days_and_things_breaks_the_budget(
    steps: list[tuple[int, list[tuple[str, int]], bool]], zone: str
) -> None:
    rhythm = Rhythm(zone=zone, calendar=SPRING_BREAK)
    reader = Reader(educator_id="ana", rhythm=rhythm)
    now = datetime(2026, 2, 20, tzinfo=UTC)  # clocks change in March
    log: list[NudgeRecord] = []
    for hours, entries, opens in steps:
        now += timedelta(hours=hours)
        things = [thing(ref, now + timedelta(hours=to_due)) for ref, to_due in entries] + [thing("gap")]
        outcome = plan_digest(things, reader, log, now)
        if isinstance(outcome, Digest):
            assert hold(rhythm, now) is None
            log.append(record(now, *outcome.refs, opened=opens))
    days = [local(entry.at, zone).date() for entry in log]
    assert all(one < two for one, two in pairwise(days))
    weeks = list(zip(log, log[3:], strict=False))
    assert all(later.at - first.at >= timedelta(days=7) for first, later in weeks)
    assert all((later - first).days >= 7 for first, later in zip(days, days[3:], strict=False))


KINDS: tuple[ThingKind, ...] = ("step", "evidence", "queue", "offer")
SENT = st.tuples(st.integers(0, 400), st.sampled_from(KINDS), st.booleans())  # hours ago, of what, opened
SETTINGS = [Settings(), Settings(per_day=0), Settings(per_week=1), Settings(per_week_when_calm=0)]


@given(
    at_hour=st.integers(0, 300),
    dated=st.lists(st.tuples(st.sampled_from(("step", "offer")), st.integers(-60, 100)), max_size=2),
    undated=st.lists(st.sampled_from(("step", "evidence", "queue")), max_size=2),
    log=st.lists(SENT, max_size=5),
    put_off=st.sampled_from(((), ("evidence",))),
    most=st.sampled_from(SETTINGS),
)
@settings(deadline=None)
def test_the_answer_is_the_same_where_nobody_looks_for_what_has_no_date(
    at_hour: int,
    dated: list[tuple[ThingKind, int]],
    undated: list[ThingKind],
    log: list[tuple[int, str, bool]],
    put_off: tuple[str, ...],
    most: Settings,
) -> None:
    now = at(5, 0) + timedelta(hours=at_hour)
    things = [thing(kind, now + timedelta(hours=hours), kind) for kind, hours in dated]
    rest = [thing(kind, None, kind) for kind in undated]
    told = [record(now - timedelta(hours=ago), kind, opened=opened, kinds=(kind,)) for ago, kind, opened in log]
    for reader in (READER, READER.model_copy(update={"muted": put_off, "snoozed": frozenset(put_off)})):
        asked = plan_digest(things, reader, told, now, most, lambda: rest)
        assert asked == plan_digest([*things, *rest], reader, told, now, most)


@pytest.mark.parametrize("things", [[], [thing(due=at(20, 20, 0))]])
def test_nobody_looks_for_what_has_no_date_once_its_share_of_the_week_is_used(things: list[Thing]) -> None:
    def look() -> list[Thing]:
        raise AssertionError

    log = [record(at(6), "gap")]
    assert plan_digest(things, READER, log, at(8), undated=look) == Withheld(reason="nothing_due")
    full = [record(at(day), "gap") for day in (5, 6, 7)]
    due = [*things, thing(due=at(9, 20, 0))]
    assert plan_digest(due, READER, full, at(8), undated=look) == Withheld(reason="budget_week")


def test_the_slot_is_the_time_the_person_chose() -> None:
    assert next_digest_at(RHYTHM, NOON, at(9, 13)) == at(12)


def test_less_may_be_set() -> None:
    due = [thing(due=at(8, 20, 0)), thing("second", due=at(8, 20, 0))]
    log = [record(at(6), "other", opened=True)]
    assert reason(plan_digest(due, READER, [], at(7), Settings(per_day=0))) == "off"
    assert reason(plan_digest(due, READER, log, at(7), Settings(per_week=1))) == "budget_week"
    assert reason(plan_digest([thing("gap")], READER, [], at(7), Settings(per_week_when_calm=0))) == "nothing_due"
    one = plan_digest(due, READER, [], at(7), Settings(shown=1))
    assert isinstance(one, Digest)
    assert (len(one.items), len(one.more)) == (1, 1)
    ignored = [record(at(6), "other", opened=False)]
    assert is_slowed(ignored, at(8), Settings(ignored_before_slow=1))
