"""Somebody wrote in a room. Most of it is none of our business; a presenter who should listen is asked to hold."""

from datetime import datetime

from cohorts.cards.basics import card, words
from cohorts.cards.running import step_words
from cohorts.events import Deleted, Done, Edited, Held, Posted, Response
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.protocols.load import protocol_of
from cohorts.protocols.queries import may_post

from .coach_desk import answer_words


def record_post(tx: Transaction, educator: Educator, event: Posted | Edited | Deleted, now: datetime) -> Response:
    """The words are the chat's; we look whose turn it is in the thread's run, and keep nothing. Who writes to us is
    answered by the coach's desk."""
    if not isinstance(event, Posted):
        return Done()
    ref = event.account
    if tx.outbox.is_direct(ref.platform, ref.workspace, event.place.conversation, educator.id):
        return answer_words(tx, educator, event.text, now)
    if not event.place.thread:
        return Done()
    run = tx.runs.find_by_header(event.account.platform, event.account.workspace, event.place.thread)
    if run is None:
        return Done()
    protocol = protocol_of(run)
    until = may_post(protocol, run, educator.id)
    if until is None:
        return Done()
    title = step_words(educator.language, protocol, until, "title") if until else ""
    return Held(message=card(words(educator.language, "running.hold", title=title)))
