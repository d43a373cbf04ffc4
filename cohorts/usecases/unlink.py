"""One more account is somebody's: the accounts they had are told, and one of those may undo it."""

from collections.abc import Iterable
from datetime import datetime

from cohorts.cards.basics import whisper
from cohorts.cards.joining import undo_card
from cohorts.events import AccountRef, Recorded, Response
from cohorts.people.model import Account
from cohorts.ports import Transaction

from .ask import Ask
from .tell import Note, change_account, tell_alone

LINKED, UNLINKED = "account_linked", "account_unlinked"


def subject_of(ref: AccountRef | Account) -> str:
    """What the history calls an account."""
    return f"account/{ref.platform}/{ref.workspace}/{ref.user}"


def tell_others(tx: Transaction, account: Account, others: Iterable[Account], now: datetime) -> None:
    """Each of them by itself, wherever the person is written to from now on."""
    educator = tx.people.get_educator(account.educator_id)
    value = subject_of(account)
    message = undo_card(educator.language, "joining.linked", "account.undo", value, name=educator.given_name)
    for other in others:
        if subject_of(other) != value:
            tell_alone(tx, other, Note(key=f"{value}:{now.isoformat()}:{other.user}", message=message), now)


def undo_link(tx: Transaction, ask: Ask) -> Response:
    """The account is nobody's again, and is not asked once more whether it is theirs. Only an account that was there
    before it may say so."""
    found = _account(tx, ask.value)
    if found is None or found.educator_id != ask.me or not _was_before(tx, ask.event.account, found):
        return whisper(ask.language, "basics.gone")
    for cohort in (*tx.cohorts.of(ask.me), *tx.cohorts.led_by(ask.me)):
        if cohort.status == "active":
            change_account(tx, cohort, "remove_people", found, ask.now)
    tx.people.unlink_account(found)
    user, facts = ask.event.account.user, {"educator": ask.me}
    tx.history.append(Recorded(at=ask.now, kind=UNLINKED, subject=ask.value, actor=user, facts=facts))
    return whisper(ask.language, "joining.linked.undone")


def _account(tx: Transaction, subject: str) -> Account | None:
    kind, _, rest = subject.partition("/")
    place = rest.split("/", 2)
    return tx.people.find_account(*place) if kind == "account" and len(place) == 3 else None


def _was_before(tx: Transaction, ref: AccountRef, later: Account) -> bool:
    mine, theirs = (tx.history.about(subject_of(one), LINKED) for one in (ref, later))
    return bool(theirs) and subject_of(ref) != subject_of(later) and (not mine or mine[-1].at < theirs[-1].at)
