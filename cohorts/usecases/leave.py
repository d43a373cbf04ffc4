"""Leave, and take it back."""

from cohorts.cards.basics import whisper
from cohorts.cards.joining import back_card, left_card, undo_card
from cohorts.events import Done, Response, Whisper
from cohorts.ports import Transaction

from .ask import Ask, remember
from .digest_slot import plan_digest_slot
from .living.offers import EVERY, drop_offers
from .living.work import plan_wait
from .membership import leave_cohorts, rejoin_cohorts, set_status, standing
from .tell_standing import tell_standing


def leave(tx: Transaction, ask: Ask) -> Response:
    where = standing(tx, ask.me)
    if where == "left":  # an old button
        return Whisper(message=left_card(ask.language))
    set_status(tx, ask.me, "waiting", "withdrawn")
    set_status(tx, ask.me, "paused", "withdrawn")
    set_status(tx, ask.me, "proposed", "withdrawn")
    set_status(tx, ask.me, "placed", "withdrawn")
    drop_offers(tx, ask.me, ask.now, kinds=EVERY)
    leave_cohorts(tx, ask.me, ask.now)
    tx.due.clear("digest", ask.me)
    key = "joining.left" if where == "member" else "joining.left.waiting"
    message = undo_card(ask.language, key, "join.return", "")
    tell_standing(tx, ask.me, f"{ask.me}:left:{ask.key}", message, ask.now)
    remember(tx, ask, "left")
    return Done()


def undo_leave(tx: Transaction, ask: Ask) -> Response:
    """Back where one was: in the cohort if it still runs, else in the queue."""
    newest = max(tx.interests.of(ask.me), key=lambda interest: interest.since, default=None)
    if newest is None:
        return whisper(ask.language, "joining.not_joined")
    placed = rejoin_cohorts(tx, ask.me, ask.now)
    if not placed and newest.status != "withdrawn":  # an old button: there is nothing to undo any more
        return whisper(ask.language, "basics.gone")
    tx.interests.save(newest.model_copy(update={"status": "placed" if placed else "waiting"}))
    plan_wait(tx, tx.interests.find(newest.id) or newest, ask.now)
    plan_digest_slot(tx, ask.educator, ask.now)
    message = back_card(ask.educator, "member" if placed else "waiting", newest.microcredential_id)
    tell_standing(tx, ask.me, f"{ask.me}:returned:{ask.key}", message, ask.now)
    remember(tx, ask, "returned")
    return Done()
