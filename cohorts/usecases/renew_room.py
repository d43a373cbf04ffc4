"""A cohort's room somewhere becomes another one: opened anew, or a conversation that is there already."""

from collections.abc import Sequence
from datetime import datetime

from cohorts.cards.basics import whisper
from cohorts.cards.forming import cohort_topic
from cohorts.cards.rooms import here_form
from cohorts.events import OpenForm, Recorded, Response
from cohorts.people.model import Cohort
from cohorts.ports import Transaction

from .ask import Ask
from .follow_notice import has_seat
from .room_state import closed_by, mark_open, room_of, unmade_room
from .show_cohorts import furnish
from .spoken import call_cohort, read_microcredential
from .steer_run import leads
from .tell import Note, Room, change_account, open_one_room, people_there, said_in

PRIVATE, SHARED = "private", "shared"
"""The value of "here" where a cohort's room can be: neither public nor somebody's own conversation. In a shared one
people of other workspaces or organisations read along."""
REFUSED = {"unseen": "rooms.here.unseen", "unsure": "rooms.here.unsure"}
"""Other values, and what is said to them; whatever else it is, is taken for public."""


def renew_room(tx: Transaction, ask: Ask) -> Response:
    """`<cohort>/<platform>/<workspace>`: a new room, if the old one is still closed."""
    cohort_id, platform, workspace = (*ask.value.split("/", 2), "", "")[:3]
    cohort = tx.cohorts.get(cohort_id)
    if not leads(cohort, ask):
        return whisper(ask.language, "leading.not.you")
    room = room_of(tx, cohort, platform, workspace) or unmade_room(cohort.id, platform, workspace)
    if cohort.status != "active" or not closed_by(tx, room):
        return whisper(ask.language, "rooms.renew.none")
    _open_anew(tx, cohort, (platform, workspace), "", ask.now)
    _remember(tx, ask, cohort, "room_renewed")
    return whisper(ask.language, "rooms.renew.done")


def open_here_form(tx: Transaction, ask: Ask) -> Response:
    """Which cohort's room the conversation is to be in which this was asked."""
    refused = _no_room_here(tx, ask)
    if refused:
        return refused
    mine = _led(tx, ask)
    named = [call_cohort(tx, one, ask.language) for one in mine]
    if not mine:
        return whisper(ask.language, "rooms.here.none")
    return OpenForm(form=here_form(named, _kind(ask), ask.language))


def come_here(tx: Transaction, ask: Ask) -> Response:
    """From now on the cohort is seen here, and its people are brought in. The value is what kind of place it is now,
    then what was told of it: who has not read that others read along is asked once more."""
    refused = _no_room_here(tx, ask)
    if refused:
        return refused
    if _kind(ask) == SHARED != ask.value.partition("/")[2]:
        return open_here_form(tx, ask)
    wanted = ask.values.get("cohort", "")
    cohort = next((one for one in _led(tx, ask) if one.id == wanted), None)
    if cohort is None:
        return whisper(ask.language, "leading.not.you")
    who, here = ask.event.account, ask.place.conversation
    _open_anew(tx, cohort, (who.platform, who.workspace), here, ask.now)
    _remember(tx, ask, cohort, "room_chosen")
    return whisper(ask.language, "rooms.here.done")


def back_into_room(tx: Transaction, ask: Ask) -> Response:
    """`<cohort>/<platform>`: a member who is in the room no more is invited once more."""
    cohort_id, _, platform = ask.value.partition("/")
    cohort = tx.cohorts.get(cohort_id)
    if cohort.status != "active" or not has_seat(cohort, ask.me):
        return whisper(ask.language, "basics.gone")
    for account in tx.people.accounts(ask.me):
        if account.platform == platform:
            change_account(tx, cohort, "add_people", account, ask.now)
    return whisper(ask.language, "rooms.back.done")


def _open_anew(tx: Transaction, cohort: Cohort, room: Room, conversation: str, now: datetime) -> None:
    """What holds now is said there, then what still waited for the old room; `conversation` "" opens a new one."""
    logical, first = f"cohort:{cohort.id}", said_in(tx, cohort, f"{cohort.id}:welcome")
    waiting = tx.outbox.retire(*room, logical, now)
    tx.outbox.move(*room, logical, conversation)
    mark_open(tx, unmade_room(cohort.id, *room), now)
    if conversation:
        for account in people_there(tx, cohort, room):
            change_account(tx, cohort, "add_people", account, now)
    else:
        topic = cohort_topic(read_microcredential(tx, cohort.microcredential_id, cohort.language), cohort.language)
        open_one_room(tx, cohort, room, topic, now)
    furnish(tx, cohort, room, Note(key=f"{cohort.id}:welcome", message=first), now)
    for delivery in waiting:
        if delivery.verb == "send" and not tx.outbox.enqueued(delivery.key):
            tx.outbox.enqueue(delivery, now)


def _no_room_here(tx: Transaction, ask: Ask) -> Response | None:
    who, here = ask.event.account, ask.place.conversation
    kind = _kind(ask) if here else ""
    if kind not in (PRIVATE, SHARED):
        return whisper(ask.language, REFUSED.get(kind, "rooms.here.public"))
    return whisper(ask.language, "rooms.here.taken") if tx.outbox.logical(who.platform, who.workspace, here) else None


def _kind(ask: Ask) -> str:
    return ask.value.partition("/")[0]


def _led(tx: Transaction, ask: Ask) -> Sequence[Cohort]:
    """Running cohorts that the asker may steer, the newest first."""
    every = tx.cohorts.active() if "operator" in ask.educator.roles else tx.cohorts.led_by(ask.me)
    running = [one for one in every if one.status == "active"]
    return sorted(running, key=lambda one: (one.formed_at, one.id), reverse=True)


def _remember(tx: Transaction, ask: Ask, cohort: Cohort, kind: str) -> None:
    tx.history.append(Recorded(at=ask.now, kind=kind, subject=cohort.id, actor=ask.me, facts={}))
