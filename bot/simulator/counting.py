"""Counts what a simulated platform holds against what should be there: doubled, lost, late, at night, and how much."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from bot.demo.clock import START
from bot.demo.summary import shared_in_time
from bot.limits import Cell, Meter
from cohorts.calendar.hours import hold
from cohorts.calendar.model import Rhythm
from cohorts.messages import Message
from cohorts.usecases.tell import rhythm_of
from cohorts.usecases.unfinished import map_of
from storage.queues.ledger import LedgerLine, ledger, said_in
from storage.transaction import SqlTransaction

from .door import SimulatedDoor
from .figures import WAITING, Figures
from .workspace import Standing, Workspace

WEEK = timedelta(days=7)
SETTLED = timedelta(hours=1)
"""What was to go out less than this before the end may still be on its way."""
JUST_NOW = timedelta(hours=1)
"""So soon after somebody did something a reply to it is one, however late it is."""
CLOCK_HOLDS = ("quiet_hours", "weekend", "monday_morning", "friday_afternoon")
"""What holds a message to a room: everybody's clock, not each one's days off."""


def count(tx: SqlTransaction, chat: Workspace, door: SimulatedDoor, end: datetime) -> Figures:
    """Of one network, after its last week."""
    figures, lines = Figures(), list(ledger(tx.connection))
    figures.counts.update(_people(tx))
    figures.counts.update(_traffic(chat, lines))
    figures.counts.update(events=door.events, lost=_lost(tx, chat, lines, end))
    purposes = {line.key: line.purpose for line in lines}
    rhythms = {person.id: rhythm_of(tx, person) for person in tx.people.educators()}
    figures.counts["in_quiet_hours"] = sum(
        _is_held(message, purposes.get(message.key, ""), rhythms, door) for message in chat.standing.values()
    )
    figures.reviews.update(_reviews(tx, chat))
    figures.weekly.update(_weekly(chat, rhythms, end))
    figures.late.update(_lateness(chat, lines))
    return figures


def _people(tx: SqlTransaction) -> Mapping[str, int]:
    cohorts = tx.cohorts.every()
    seats = [(cohort, person) for cohort in cohorts for person in cohort.active_members]
    runs = [run for cohort in cohorts for run in tx.runs.of_cohort(cohort.id)]
    teachers = [person.id for person in tx.people.educators() if "teacher" in person.roles]
    return {
        "educators": len(teachers),
        "cohorts": len(cohorts),
        "seats": len(seats),
        "runs": len(runs),
        "runs_finished": sum(run.status == "ended" for run in runs),
        "packets": sum(map_of(tx, person, cohort.microcredential_id).complete for cohort, person in seats),
        **Counter(_standing(tx, person) for person in teachers),
    }


def _standing(tx: SqlTransaction, person: str) -> str:
    """What became of somebody who may ask for a cohort: placed, left before that, waiting and why, or never asked."""
    if tx.cohorts.of(person):
        return "placed"
    wanted = {interest.status for interest in tx.interests.of(person)}
    if wanted & {"waiting", "proposed", "paused"}:
        found = tx.proposals.waiting_in(person)
        return f"{WAITING}{found[1].unplaced[person].code if found else 'no_round_yet'}"
    return "left_waiting" if "withdrawn" in wanted else "never_asked"


def _traffic(chat: Workspace, lines: Iterable[LedgerLine]) -> Mapping[str, int]:
    return {
        "sends": len(chat.standing),
        "retries": sum(line.attempts for line in lines),
        "rate_limited": chat.limited,
        "lookups": chat.lookups,
        "doubled": chat.doubled,
    }


def _lost(tx: SqlTransaction, chat: Workspace, lines: Sequence[LedgerLine], end: datetime) -> int:
    """Meant to be read and not there; and messages that do not say what was last meant to stand in them."""
    standing = {message.key: message for message in chat.standing.values()}
    lost, last_said = 0, dict[str, LedgerLine]()
    for ready, line in _with_readiness(lines):
        if line.state in ("pending", "attempting") and ready > (end - SETTLED).timestamp():
            continue
        if line.verb == "send":
            lost += line.key not in standing
        elif line.verb == "update":
            last_said[line.about] = line
        else:
            lost += line.state != "sent"
    changed = ((standing[key], line) for key, line in last_said.items() if key in standing)
    return lost + sum(_is_stale(message, said_in(tx.connection, line.number)) for message, line in changed)


def _is_stale(message: Standing, meant: Message | None) -> bool:
    return meant is not None and message.said != hash(meant)


def _is_held(message: Standing, purpose: str, rhythms: Mapping[str, Rhythm], door: SimulatedDoor) -> bool:
    """It came when one of its readers must not be written to; an answer to what they just did may."""
    direct = message.conversation.startswith("direct/")
    if direct and purpose == "reply" and _has_acted(door.acted.get(message.readers[0], ()), message.at):
        return False
    reasons = (hold(rhythms[user], message.at) for user in message.readers)
    return any(reason in CLOCK_HOLDS or (direct and reason) for reason in reasons)


def _has_acted(acts: Sequence[datetime], at: datetime) -> bool:
    before = bisect_right(acts, at)
    return before > 0 and at - acts[before - 1] <= JUST_NOW


def _reviews(tx: SqlTransaction, chat: Workspace) -> Counter[int]:
    """Reviews that stand in the thread → rounds of authors who shared in time."""
    read: Counter[str] = Counter()
    for message in chat.standing.values():
        run_id, _, rest = message.key.partition(":")
        if rest.startswith("examine:reveal:0@"):
            read[run_id] += message.reviews
        elif rest.startswith("examine:answer:"):
            read[run_id] += 1
    runs = (run for cohort in tx.cohorts.every() for run in tx.runs.of_cohort(cohort.id))
    return Counter(read[run.id] for run in runs if shared_in_time(run))


def _weekly(chat: Workspace, people: Iterable[str], end: datetime) -> Counter[int]:
    """Messages that reached somebody in a week of theirs → how many such weeks."""
    weeks = -((START - end) // WEEK)
    got: Counter[tuple[str, int]] = Counter()
    for message in chat.standing.values():
        got.update((user, (message.at - START) // WEEK) for user in message.readers)
    return Counter(got[person, week] for person in people for week in range(weeks))


def _lateness(chat: Workspace, lines: Sequence[LedgerLine]) -> Counter[float]:
    """Seconds between the earliest instant that the limits and the order in each conversation allow, and the send."""
    arrived = {message.key: message.at.timestamp() for message in reversed(chat.standing.values())}
    late: Counter[float] = Counter()
    meter, limits = Meter(), chat.limits
    for ready, line in sorted(_with_readiness(lines), key=lambda pair: pair[0]):
        cells: list[Cell] = [
            ("platform", limits.platform),
            (line.workspace, limits.workspace),
            (line.conversation.removesuffix(":unasked"), limits.conversation),
        ]
        if line.verb in limits.verbs:
            cells.append((line.verb, limits.verbs[line.verb]))
        earliest = max(ready, meter.ready_at(cells))
        meter.take(cells, earliest)
        if line.verb == "send" and line.key in arrived:
            late[round(max(0.0, arrived[line.key] - earliest), 2)] += 1
    return late


def _with_readiness(lines: Iterable[LedgerLine]) -> Iterator[tuple[float, LedgerLine]]:
    """When each might go at the earliest: at its own time, and not before what stands before it."""
    ready: dict[str, float] = defaultdict(float)
    for line in lines:
        if line.state != "dropped":
            own = max(line.created_at, line.not_before).timestamp()
            ready[line.conversation] = max(own, ready[line.conversation])
            yield ready[line.conversation], line
