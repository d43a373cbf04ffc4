"""Facilitators for cohorts: who may lead each, how many more they can take, and when they are at work."""

from collections.abc import Mapping, Sequence
from datetime import date

from cohorts.calendar.instants import knows_zone
from cohorts.forming.facilitators import Leader, Need, assign
from cohorts.forming.hours import week_of
from cohorts.people.model import Educator, Interest, Window
from cohorts.ports import Transaction
from cohorts.usecases.sight import may_sit, speaks
from cohorts.usecases.tell import rhythm_of
from cohorts.usecases.who_waits import home_zone

SCHOOL_WEEK = range(5)


def choose_facilitators(
    tx: Transaction, groups: Mapping[str, Sequence[str]], languages: Mapping[str, str], on: date
) -> Mapping[str, str]:
    """Group → the facilitator it gets, "" for none: the cycle then moves on by its own rules. Nobody leads in a
    language that they do not speak, nor anybody with whom they may not be.

    `groups`: id → its people; `languages`: id → what it speaks.
    """
    people = {person: tx.people.get_educator(person) for members in groups.values() for person in members}
    leaders = [
        one
        for one in tx.people.leaders()
        if "facilitator" in one.roles and one.active and knows_zone(home_zone(tx, one))
    ]
    needs = [
        Need(
            id=group,
            able=frozenset(
                one.id
                for one in leaders
                if speaks(tx, one, languages[group]) and _may(tx, one, [people[person] for person in members])
            ),
            week=_common_week(tx, [people[person] for person in members], on),
        )
        for group, members in groups.items()
    ]
    return assign(needs, [_leader(tx, one, on) for one in leaders])


def _may(tx: Transaction, leader: Educator, members: Sequence[Educator]) -> bool:
    return all(leader.id != member.id and may_sit(tx, leader, member) for member in members)


def _leader(tx: Transaction, person: Educator, on: date) -> Leader:
    led = sum(cohort.status == "active" for cohort in tx.cohorts.led_by(person.id))
    each = tx.forming.policy.cohorts_each
    return Leader(
        educator_id=person.id,
        capacity=each,
        room=max(0, each - led),
        week=_week(tx, person, on),
    )


def _common_week(tx: Transaction, people: Sequence[Educator], on: date) -> int:
    """The half-hours at which most of them are free."""
    weeks = [_week(tx, person, on) for person in people]
    half = (len(weeks) + 1) // 2
    bits = (bit for bit in range(max((week.bit_length() for week in weeks), default=0)))
    return sum(1 << bit for bit in bits if sum(week >> bit & 1 for week in weeks) >= half)


def _week(tx: Transaction, person: Educator, on: date) -> int:
    """What they told of their times, else the hours at which they may be written to on a weekday."""
    told: list[Interest] = [one for one in tx.interests.of(person.id) if one.availability and one.status != "withdrawn"]
    rhythm = rhythm_of(tx, person)
    windows = max(told, key=lambda one: (one.since, one.id)).availability if told else _waking(person)
    return week_of(windows, rhythm.zone, on)


def _waking(person: Educator) -> tuple[Window, ...]:
    return tuple(Window(weekday=day, start=person.quiet_until, end=person.quiet_from) for day in SCHOOL_WEEK)
