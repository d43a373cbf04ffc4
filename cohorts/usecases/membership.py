"""Somebody goes away, comes back or leaves: their cohorts and the runs in them follow."""

from datetime import date, datetime
from typing import Literal

from cohorts.people.model import Cohort, Member, MemberStatus
from cohorts.ports import Transaction
from cohorts.protocols.load import protocol_of
from cohorts.protocols.run import RoleChanged

from .ask_facilitator import tell_of_departure
from .carry_out import move_run, sync_reviewers
from .review import rebalance
from .tell import change_people


def go_away(tx: Transaction, educator_id: str, until: date, now: datetime) -> None:
    """Paused members are awaited by nobody; they keep their place and can read."""
    for cohort in _running(tx, educator_id):
        _set_member(tx, cohort, Member(educator_id=educator_id, status="paused", paused_until=until), now)


def come_back(tx: Transaction, educator_id: str, now: datetime) -> None:
    for cohort in _running(tx, educator_id):
        if _status(cohort, educator_id) == "paused":
            _set_member(tx, cohort, Member(educator_id=educator_id), now)


def leave_cohorts(tx: Transaction, educator_id: str, now: datetime) -> None:
    for cohort in _running(tx, educator_id):
        _set_member(tx, cohort, Member(educator_id=educator_id, status="left"), now)
        change_people(tx, cohort, "remove_people", educator_id, now)
        tell_of_departure(tx, tx.cohorts.get(cohort.id), educator_id, now)


def take_seat(tx: Transaction, cohort: Cohort, educator_id: str, now: datetime) -> Cohort:
    """Somebody comes into a cohort that is there already: its runs await them from now on."""
    others = tuple(member for member in cohort.members if member.educator_id != educator_id)
    member = Member(educator_id=educator_id)
    _set_member(tx, cohort.model_copy(update={"members": (*others, member)}), member, now)
    return tx.cohorts.get(cohort.id)


def give_up_seat(tx: Transaction, cohort: Cohort, educator_id: str, now: datetime) -> None:
    """Out of the cohort, its runs and its rooms, not by their own word."""
    _set_member(tx, cohort, Member(educator_id=educator_id, status="left"), now)
    change_people(tx, cohort, "remove_people", educator_id, now)


def rejoin_cohorts(tx: Transaction, educator_id: str, now: datetime) -> bool:
    """Undo of leaving. False when no cohort that the person left still runs."""
    left = [cohort for cohort in _running(tx, educator_id) if _status(cohort, educator_id) == "left"]
    for cohort in left:
        _set_member(tx, cohort, Member(educator_id=educator_id), now)
        change_people(tx, cohort, "add_people", educator_id, now)
    return bool(left)


def seated(cohort: Cohort) -> tuple[str, ...]:
    """Whoever has a seat in it, away or not."""
    return tuple(member.educator_id for member in cohort.members if member.status != "left")


def in_cohort(tx: Transaction, educator_id: str) -> bool:
    """Whether this person has a seat in a cohort now, away or not."""
    return any(_status(cohort, educator_id) != "left" for cohort in _running(tx, educator_id))


def has_left(tx: Transaction, educator_id: str) -> bool:
    """This person was here, and by their own word is in no cohort and no queue any more."""
    interests = tx.interests.of(educator_id)
    known = bool(interests or tx.cohorts.of(educator_id))
    return known and all(i.status == "withdrawn" for i in interests) and not in_cohort(tx, educator_id)


def standing(tx: Transaction, educator_id: str) -> Literal["member", "waiting", "left", "none"]:
    """In a running cohort; in the queue, paused or not; gone from either; or neither of these ever or any more."""
    if in_cohort(tx, educator_id):
        return "member"
    wanted = {interest.status for interest in tx.interests.of(educator_id)}
    if wanted & {"waiting", "proposed", "paused"}:
        return "waiting"
    return "left" if "withdrawn" in wanted else "none"


def _running(tx: Transaction, educator_id: str) -> list[Cohort]:
    return [cohort for cohort in tx.cohorts.of(educator_id) if cohort.status == "active"]


def _status(cohort: Cohort, educator_id: str) -> MemberStatus:
    return next(member.status for member in cohort.members if member.educator_id == educator_id)


def _set_member(tx: Transaction, cohort: Cohort, member: Member, now: datetime) -> None:
    members = tuple(member if m.educator_id == member.educator_id else m for m in cohort.members)
    changed = cohort.model_copy(update={"members": members})
    tx.cohorts.save(changed)
    for run in tx.runs.of_cohort(cohort.id):
        if run.status == "ended":
            continue
        move_run(tx, tx.runs.get(run.id), RoleChanged(role="participant", members=changed.active_members), now)
        protocol = protocol_of(run)
        if "presenter" in protocol.roles and member.status == "left" and member.educator_id in run.role("presenter"):
            move_run(tx, tx.runs.get(run.id), RoleChanged(role="presenter", members=()), now)
    for moved in dict.fromkeys(move.run_id for move in rebalance(tx, changed, now) if move.changed):
        sync_reviewers(tx, moved, now)


def set_status(tx: Transaction, educator_id: str, old: str, new: str) -> None:
    """Every interest of this person that has the old status gets the new one."""
    for interest in tx.interests.of(educator_id):
        if interest.status == old:
            tx.interests.save(interest.model_copy(update={"status": new}))
