"""A platform tells of itself: who came and went, what became of a room. Kept as it came, once."""

from collections.abc import Sequence
from datetime import datetime

from cohorts.events import AccessEnded, AccountChanged, Joined, Left, Notice, ReachChanged, Recorded, RoomChanged
from cohorts.ports import Transaction

from .follow_notice import follow_notice
from .recognise import doubt_offer
from .room_state import JOINED, LEFT, MOMENT, ROOM_CHANGED, room_subject

REACH_CHANGED = "chat.reach_changed"


def take_notice(tx: Transaction, notice: Notice, now: datetime) -> bool:
    """False for a repeat, and for somebody we do not know: a large workspace tells of all its people, all day."""
    if isinstance(notice, AccountChanged) and not _is_known(tx, notice):
        doubt_offer(tx, notice.account, now)
        return False
    if not tx.inbox.receive(_source(notice), notice.key, now):
        return False
    tx.history.append(_record(notice, now))
    follow_notice(tx, notice, now)
    return True


def still_holds(tx: Transaction, notice: ReachChanged, now: datetime) -> Sequence[str]:
    """The workspaces of which the organisation has told nothing that happened later."""
    lines = tx.history.about(_source(notice), REACH_CHANGED)
    later = [line for line in lines if datetime.fromisoformat(line.facts[MOMENT]) > (notice.at or now)]
    told = {workspace for line in later for workspace in line.facts["workspaces"].split()}
    return [workspace for workspace in notice.workspaces if workspace not in told]


def _is_known(tx: Transaction, notice: AccountChanged) -> bool:
    who = notice.account
    return tx.people.find_account(who.platform, who.workspace, who.user) is not None


def _source(notice: Notice) -> str:
    if isinstance(notice, ReachChanged):
        return f"{notice.platform}/{notice.organisation}"
    place = notice if isinstance(notice, RoomChanged | AccessEnded) else notice.account
    return f"{place.platform}/{place.workspace}"


def _record(notice: Notice, now: datetime) -> Recorded:
    source = _source(notice)
    match notice:
        case Joined() | Left():
            kind = JOINED if isinstance(notice, Joined) else LEFT
            who = notice.account
            subject = room_subject(who.platform, who.workspace, notice.place.conversation)
            facts = {MOMENT: (notice.at or now).isoformat()}
            return Recorded(at=now, kind=kind, subject=subject, actor=who.user, facts=facts)
        case RoomChanged():
            facts = {"what": notice.what, "name": notice.name, MOMENT: (notice.at or now).isoformat()}
            subject = room_subject(notice.platform, notice.workspace, notice.conversation)
            return Recorded(at=now, kind=ROOM_CHANGED, subject=subject, actor="", facts=facts)
        case AccountChanged():
            facts = {"zone": notice.zone, "gone": "yes" if notice.gone else ""}
            user = notice.account.user
            return Recorded(at=now, kind="chat.account_changed", subject=f"{source}/{user}", actor=user, facts=facts)
        case ReachChanged():
            facts = {"workspaces": " ".join(notice.workspaces), MOMENT: (notice.at or now).isoformat()}
            return Recorded(at=now, kind=REACH_CHANGED, subject=source, actor="", facts=facts)
        case AccessEnded():
            return Recorded(at=now, kind="chat.access_ended", subject=source, actor="")
