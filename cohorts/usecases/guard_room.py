"""A cohort's room into which everybody around it may look: closed again where we made it, and told to whoever leads."""

from datetime import datetime

from cohorts.cards.rooms import shown_card
from cohorts.events import Recorded
from cohorts.people.model import Cohort
from cohorts.ports import Delivery, MissingError, Transaction
from cohorts.values import Frozen

from .ask_facilitator import operators_of
from .room_state import room_subject
from .spoken import call_cohort
from .tell import Note, people_there, tell

ROOM_SHOWN = "chat.room_shown"


class Watched(Frozen):
    """A conversation as its platform tells of it: whether everybody there may look into it, and whether we made it."""

    platform: str
    workspace: str
    conversation: str
    shown: bool
    ours: bool

    @property
    def room(self) -> str:
        return room_subject(self.platform, self.workspace, self.conversation)


def guard_room(tx: Transaction, watched: Watched, now: datetime) -> None:
    """Once for each time it begins. A room that we made is made private again by whoever brings its people in."""
    cohort = _cohort_in(tx, watched)
    lines = tx.history.about(watched.room, ROOM_SHOWN)
    if cohort is None or watched.shown == bool(lines and lines[-1].facts["shown"]):
        return
    facts = {"shown": "yes" if watched.shown else ""}
    tx.history.append(Recorded(at=now, kind=ROOM_SHOWN, subject=watched.room, actor="", facts=facts))
    if not watched.shown:
        return
    if watched.ours:
        _close_again(tx, cohort, watched, len(lines), now)
    for reader in dict.fromkeys((*operators_of(tx), *filter(None, (cohort.facilitator_id,)))):
        language = tx.people.get_educator(reader).language
        message = shown_card(call_cohort(tx, cohort, language), watched.platform, language, ours=watched.ours)
        key = f"{cohort.id}:shown:{watched.room}:{now.date().isoformat()}:{reader}"
        tell(tx, reader, Note(key=key, message=message), now, "facilitator")


def _close_again(tx: Transaction, cohort: Cohort, watched: Watched, number: int, now: datetime) -> None:
    people = people_there(tx, cohort, (watched.platform, watched.workspace))
    delivery = Delivery(
        key=f"{cohort.id}:hide:{watched.room}:{number}",
        platform=watched.platform,
        workspace=watched.workspace,
        conversation=f"cohort:{cohort.id}",
        verb="add_people",
        people=tuple(dict.fromkeys(one.user for one in people)),
        not_before=now,
    )
    tx.outbox.add(delivery, now)


def _cohort_in(tx: Transaction, watched: Watched) -> Cohort | None:
    """Also one that has ended: what was said stands there still."""
    kind, _, ref = tx.outbox.logical(watched.platform, watched.workspace, watched.conversation).partition(":")
    try:
        return tx.cohorts.get(ref) if kind == "cohort" else None
    except MissingError:
        return None
