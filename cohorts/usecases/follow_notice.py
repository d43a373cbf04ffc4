"""What follows when a platform tells of itself: somebody is told, and what waited goes on."""

from datetime import datetime

from cohorts.cards.rooms import out_card, zone_card
from cohorts.events import AccountChanged, Joined, Left, Notice, Recorded, RoomChanged
from cohorts.people.model import Account, Cohort, Educator
from cohorts.ports import Transaction

from .ask_facilitator import Question, ask_leaders, tell_of_closed_room
from .room_state import CLOSED, closed_by, cohort_in, is_overtaken, room_subject
from .same_clock import another_clock
from .spoken import call_cohort
from .tell import Note, rhythm_of, tell_account

ZONE_ASKED = "zone_asked"


def follow_notice(tx: Transaction, notice: Notice, now: datetime) -> None:
    """Called once for each notice, after it was recorded."""
    match notice:
        case RoomChanged():
            _follow_room(tx, notice, now)
        case Left():
            _follow_leaving(tx, notice, now)
        case Joined():
            _follow_joining(tx, notice, now)
        case AccountChanged():
            _follow_account(tx, notice, now)
        case _:
            pass


def _follow_room(tx: Transaction, notice: RoomChanged, now: datetime) -> None:
    cohort = cohort_in(tx, notice.platform, notice.workspace, notice.conversation)
    if cohort is None:
        return
    room = room_subject(notice.platform, notice.workspace, notice.conversation)
    what = closed_by(tx, room)
    if not what:
        tx.outbox.wake(notice.platform, notice.workspace, f"cohort:{cohort.id}", now)
    elif notice.what in CLOSED:
        tell_of_closed_room(tx, cohort, room, what, now)


def _follow_leaving(tx: Transaction, notice: Left, now: datetime) -> None:
    """A member who is in the room no more without having left the cohort: they are asked, their facilitator hears. Told
    late, it is nothing that they do not know better."""
    who = notice.account
    cohort = cohort_in(tx, who.platform, who.workspace, notice.place.conversation)
    account = tx.people.find_account(who.platform, who.workspace, who.user)
    if cohort is None or account is None or not has_seat(cohort, account.educator_id):
        return
    room = room_subject(who.platform, who.workspace, notice.place.conversation)
    if is_overtaken(tx, room, who.user, notice.at or now):
        return
    person = tx.people.get_educator(account.educator_id)
    message = out_card(call_cohort(tx, cohort, person.language), who.platform, person.language)
    tell_account(tx, account, Note(key=f"{cohort.id}:out:{notice.key}", message=message), now, "room")
    key = f"{cohort.id}:out:{notice.key}"
    ask_leaders(tx, cohort, Question(key=key, kind="out", cohort=cohort.id, about=person.id, more=room), now)


def _follow_joining(tx: Transaction, notice: Joined, now: datetime) -> None:
    """Somebody who is not of the cohort reads what stands in its room: its facilitator hears."""
    who = notice.account
    cohort = cohort_in(tx, who.platform, who.workspace, notice.place.conversation)
    account = tx.people.find_account(who.platform, who.workspace, who.user)
    if cohort is None or (account and is_of(cohort, account.educator_id)):
        return
    room = room_subject(who.platform, who.workspace, notice.place.conversation)
    key = f"{cohort.id}:guest:{room}/{who.user}"
    ask_leaders(tx, cohort, Question(key=key, kind="guest", cohort=cohort.id, about=who.user, more=room), now)


def _follow_account(tx: Transaction, notice: AccountChanged, now: datetime) -> None:
    account = tx.people.find_account(**notice.account.model_dump())
    person = tx.people.get_educator(account.educator_id) if account else None
    if account is None or person is None or not person.active:
        return
    if notice.gone:
        _follow_gone(tx, account, now)
    elif notice.zone:
        _ask_zone(tx, person, account, notice, now)


def _follow_gone(tx: Transaction, account: Account, now: datetime) -> None:
    """They are written to elsewhere from now on; the facilitators hear when there is no elsewhere."""
    others = [one for one in tx.people.accounts(account.educator_id) if one != account]
    if others:
        tx.people.use_account(others[0], now)
        return
    for cohort in tx.cohorts.of(account.educator_id):
        if cohort.status == "active" and has_seat(cohort, account.educator_id):
            key = f"{cohort.id}:gone:{account.platform}/{account.workspace}/{account.user}"
            question = Question(
                key=key, kind="gone", cohort=cohort.id, about=account.educator_id, more=account.platform
            )
            ask_leaders(tx, cohort, question, now)


def _ask_zone(tx: Transaction, person: Educator, account: Account, notice: AccountChanged, now: datetime) -> None:
    """Asked once about each zone: nobody's times move without their word."""
    here = rhythm_of(tx, person).zone
    zone = another_clock(notice.zone, here, now)
    asked = tx.history.about(person.id, ZONE_ASKED)
    if not zone or (asked and asked[-1].facts["zone"] == zone):
        return
    facts = {"zone": zone}
    tx.history.append(Recorded(at=now, kind=ZONE_ASKED, subject=person.id, actor=account.user, facts=facts))
    message = zone_card(person, account.platform, zone, here)
    tell_account(tx, account, Note(key=f"{person.id}:zone:{notice.key}", message=message), now, "room")


def has_seat(cohort: Cohort, educator_id: str) -> bool:
    """A member who has not left, away or not."""
    return any(one.educator_id == educator_id and one.status != "left" for one in cohort.members)


def is_of(cohort: Cohort, educator_id: str) -> bool:
    return educator_id == cohort.facilitator_id or has_seat(cohort, educator_id)
