"""The one way in: an event from a chat, once."""

from datetime import datetime

from cohorts.cards.basics import whisper
from cohorts.events import AccountRef, Arrived, Deleted, Done, Edited, Event, Posted, Pressed, Response, Sent
from cohorts.people.model import Account, Educator
from cohorts.ports import MissingError, Transaction

from .ask import Ask
from .join import welcome
from .post import record_post
from .recognise import NO, YES, answer_question, unknown
from .routes import ACTIONS


def receive(tx: Transaction, event: Event, now: datetime) -> Response:
    """What to show at once; everything else follows through the outbox. A repeat of the same event changes nothing.

    Opening a form and writing change nothing either way, so a repeat is answered again: a form opens once more, and
    words that are to be held are not let go because they came twice.
    """
    educator = _who(tx, event.account)
    if educator is None:
        return _meet(tx, event, now)
    fresh = tx.inbox.receive(f"{event.account.platform}/{event.account.workspace}", event.key, now)
    if not fresh and not _only_asks(event):
        return Done()
    if fresh:
        tx.people.saw(educator.id, now)
        tx.nudges.mark_opened(educator.id, now)
        _use_account(tx, educator, event, now)
    return _route(tx, educator, event, now)


def _meet(tx: Transaction, event: Event, now: datetime) -> Response:
    """Somebody nobody knows: all they can do is answer whether they are who we think."""
    if not isinstance(event, Pressed) or event.action not in (YES, NO):
        return unknown("")
    tx.inbox.receive(f"{event.account.platform}/{event.account.workspace}", event.key, now)
    return answer_question(tx, event, now)


def _use_account(tx: Transaction, educator: Educator, event: Event, now: datetime) -> None:
    """Where somebody told us something on purpose is where we write to them; looking in is no such thing."""
    ref, place = event.account, event.place.conversation
    posted = isinstance(event, Posted) and tx.outbox.is_direct(ref.platform, ref.workspace, place, educator.id)
    if not posted and not isinstance(event, Pressed | Sent):
        return
    accounts = tx.people.accounts(educator.id)
    if len(accounts) > 1 and (account := Account(**ref.model_dump(), educator_id=educator.id)) != accounts[0]:
        tx.people.use_account(account, now)


def _only_asks(event: Event) -> bool:
    return isinstance(event, Posted) or (isinstance(event, Pressed) and event.action.endswith(".open"))


def _route(tx: Transaction, educator: Educator, event: Event, now: datetime) -> Response:
    match event:
        case Arrived():
            return welcome(tx, educator, now)
        case Pressed() | Sent():
            act = ACTIONS.get(event.action)
            if act is None:
                return whisper(educator.language, "basics.gone")
            try:
                return act(tx, Ask(educator=educator, event=event, now=now))
            except MissingError:
                return whisper(educator.language, "basics.gone")
        case Posted() | Edited() | Deleted():
            return record_post(tx, educator, event, now)


def _who(tx: Transaction, ref: AccountRef) -> Educator | None:
    """The educator behind the account; nobody when the roster says that they are gone."""
    account = tx.people.find_account(ref.platform, ref.workspace, ref.user)
    educator = tx.people.get_educator(account.educator_id) if account else None
    return educator if educator and educator.active else None
