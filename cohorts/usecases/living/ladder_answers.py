"""How far somebody who waits has agreed to widen, by their own answers and the days they have waited."""

from collections.abc import Iterator
from datetime import date, datetime

from pydantic import ValidationError

from cohorts.calendar.days import school_days_between
from cohorts.calendar.instants import local
from cohorts.calendar.model import Rhythm
from cohorts.events import Recorded
from cohorts.forming.ladder import Widening, reach, widen
from cohorts.forming.model import Rung
from cohorts.people.model import Interest
from cohorts.ports import Transaction
from cohorts.usecases.read_ahead import PAUSES
from cohorts.usecases.tell import rhythm_of

LADDER = "ladder"
"""Under this key, with the interest's id, stands what somebody answered."""


def widening_of(tx: Transaction, interest: Interest) -> Widening:
    return read_widening(tx.evidence.readings(interest.educator_id).get(f"{LADDER}/{interest.id}", ""))


def read_widening(kept: str) -> Widening:
    """From what stands under their key; "" while nothing does. What can be read no more counts as the narrowest wish
    there is: they are asked anew."""
    try:
        return Widening.model_validate_json(kept) if kept else Widening()
    except ValidationError:
        return Widening(own_grades=True)


def waited(tx: Transaction, interest: Interest, now: datetime) -> int:
    """Their own school days on the list so far; those of a pause do not count."""
    rhythm = rhythm_of(tx, tx.people.get_educator(interest.educator_id))
    since, today = local(interest.since, rhythm.zone).date(), local(now, rhythm.zone).date()
    away = sum(school_days_between(rhythm, *span) for span in _pauses(tx, interest, rhythm, today))
    return school_days_between(rhythm, since, today) - away


def _pauses(tx: Transaction, interest: Interest, rhythm: Rhythm, today: date) -> Iterator[tuple[date, date]]:
    """First and last day of each pause since they began to wait: until they came back, or until it ended by itself."""
    lines = [line for line in tx.history.about(interest.educator_id, *PAUSES) if line.at >= interest.since]
    for at, line in enumerate(lines):
        if line.kind == "paused":
            back = next((local(other.at, rhythm.zone).date() for other in lines[at + 1 : at + 2]), today)
            yield local(line.at, rhythm.zone).date(), min(back, _planned(line) or back, today)


def _planned(line: Recorded) -> date | None:
    """Until when they wanted to pause; None where that cannot be read."""
    try:
        return date.fromisoformat(line.facts.get("until", ""))
    except ValueError:
        return None


def reach_of(tx: Transaction, interest: Interest, now: datetime) -> Rung:
    return reach(widening_of(tx, interest), waited(tx, interest, now))


def keep_widening(tx: Transaction, interest: Interest, widening: Widening) -> None:
    tx.evidence.save_reading(interest.educator_id, f"{LADDER}/{interest.id}", widening.model_dump_json())


def agree(tx: Transaction, interest: Interest, rung: Rung) -> None:
    """They said yes to this step, by taking a seat at it."""
    keep_widening(tx, interest, widen(widening_of(tx, interest), rung))


def topics_within(tx: Transaction, microcredential_id: str, rung: Rung) -> list[str] | None:
    """The microcredentials that this step of the ladder reaches from one; None for every one."""
    if rung in ("problem", "mixed"):
        return None
    mine = tx.catalogue.find(microcredential_id)
    if mine is None:
        return [microcredential_id]
    return [
        one.id
        for one in (tx.catalogue.all() if rung != "microcredential" else (mine,))
        if one.id == mine.id
        or (mine.stack and one.stack == mine.stack)
        or (rung == "family" and mine.family and one.family == mine.family)
    ]
