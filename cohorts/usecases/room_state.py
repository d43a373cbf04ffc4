"""What a platform has told of a room: whether it is closed to us, and who is in it."""

from datetime import datetime

from cohorts.events import Recorded
from cohorts.people.model import Cohort
from cohorts.ports import MissingError, Transaction

JOINED, LEFT, ROOM_CHANGED = "chat.joined", "chat.left", "chat.room_changed"
MOMENT = "moment"
"""When it happened there. What is told late, or out of order, does not undo what came after it."""
CLOSED = frozenset({"archived", "deleted", "closed_to_us", "not_made"})


def room_subject(platform: str, workspace: str, conversation: str) -> str:
    return f"{platform}/{workspace}/{conversation}"


def closed_by(tx: Transaction, room: str) -> str:
    """What closed the room (`room_subject`): archived, deleted, closed_to_us or not_made; "" for one that is open."""
    changes = [line for line in tx.history.about(room, ROOM_CHANGED) if line.facts["what"] != "renamed"]
    newest = max(reversed(changes), key=_moment, default=None)
    what = newest.facts["what"] if newest else ""
    return what if what in CLOSED else ""


def is_inside(tx: Transaction, room: str, user: str) -> bool | None:
    """Whether this user of the platform is in the room, as far as it has told; None when it has not."""
    newest = _last_move(tx, room, user)
    return newest.kind == JOINED if newest else None


def is_overtaken(tx: Transaction, room: str, user: str, at: datetime) -> bool:
    """Whether the room has told of a coming or going of theirs after this moment."""
    newest = _last_move(tx, room, user)
    return newest is not None and _moment(newest) > at


def _last_move(tx: Transaction, room: str, user: str) -> Recorded | None:
    lines = [line for line in tx.history.about(room, JOINED, LEFT) if line.actor == user]
    return max(reversed(lines), key=_moment, default=None)


def unmade_room(cohort_id: str, platform: str, workspace: str) -> str:
    """Stands for the room of a cohort that could not be opened."""
    return room_subject(platform, workspace, f"cohort:{cohort_id}")


def mark_closed(tx: Transaction, room: str, what: str, now: datetime) -> None:
    """Found closed, though no platform has told."""
    facts = {"what": what, "name": "", MOMENT: now.isoformat()}
    tx.history.append(Recorded(at=now, kind=ROOM_CHANGED, subject=room, actor="", facts=facts))


def mark_open(tx: Transaction, room: str, now: datetime) -> None:
    """Whatever closed it, it is about to be there again."""
    facts = {"what": "opened_again", "name": "", MOMENT: now.isoformat()}
    tx.history.append(Recorded(at=now, kind=ROOM_CHANGED, subject=room, actor="", facts=facts))


def is_running(tx: Transaction, cohort_id: str) -> bool:
    """The cohort is there and its cycle goes on: it needs a room."""
    try:
        return tx.cohorts.get(cohort_id).status == "active"
    except MissingError:
        return False


def cohort_in(tx: Transaction, platform: str, workspace: str, conversation: str) -> Cohort | None:
    """The running cohort whose room this conversation is."""
    kind, _, ref = tx.outbox.logical(platform, workspace, conversation).partition(":")
    cohort = tx.cohorts.get(ref) if kind == "cohort" else None
    return cohort if cohort and cohort.status == "active" else None


def room_of(tx: Transaction, cohort: Cohort, platform: str, workspace: str) -> str:
    """The cohort's room there (`room_subject`); "" when none is open or was ever opened."""
    place = tx.outbox.place(platform, workspace, f"cohort:{cohort.id}")
    return room_subject(platform, workspace, place) if place else ""


def _moment(line: Recorded) -> datetime:
    return datetime.fromisoformat(line.facts.get(MOMENT, line.at.isoformat()))
