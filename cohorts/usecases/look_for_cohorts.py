"""A search for cohorts is due, by a button or by the round: begun here, done by whoever rings the bell, ended here."""

from datetime import datetime
from typing import NamedTuple

from cohorts.cards.basics import button, card, primary, row, words
from cohorts.cards.leading import why_failed
from cohorts.due_ports import Failed
from cohorts.forming.model import Proposal
from cohorts.messages import Message
from cohorts.ports import Transaction

from .ask_facilitator import tell_of_round
from .propose import Kept, Wanted, keep_found
from .tell import Note, tell

SEARCH = "search"
"""The kind of this due work; its reference is who asked for it, an educator or the ROUND."""
ROUND = "round"


def begin_search(tx: Transaction, whose: str, now: datetime) -> str:
    """It is due now, once, however often it is asked for; returns the key under which an educator will be told."""
    since = tx.due.at(SEARCH, whose)
    if since is None or since > now:
        tx.due.set(SEARCH, whose, now)
        return _key(whose, now)
    # It may be under way: planned anew, what it finds would be nobody's.
    return _key(whose, now if tx.due.revive(SEARCH, whose, now) else since)


class Look(NamedTuple):
    """What becomes of the searches that one educator asked for or the round did. `failed` is None while one of them is
    `under_way`; of several it is one that rests."""

    under_way: bool
    failed: Failed | None


def look_at_search(tx: Transaction, educator_id: str) -> Look:
    failed = tx.due.failed(SEARCH)
    planned = [whose for whose in (educator_id, ROUND) if tx.due.at(SEARCH, whose)]
    if any(whose not in failed for whose in planned):
        return Look(under_way=True, failed=None)
    return Look(
        under_way=False, failed=max((failed[whose] for whose in planned), key=lambda one: one.rests, default=None)
    )


def tell_of_failed_search(tx: Transaction, whose: str, error: str, now: datetime) -> None:
    """The last try failed: whoever asked for it hears of it, under the key that they were given. Nobody asked for a
    round."""
    asker = tx.people.known_educators([whose]).get(whose)
    if asker:
        again = row(primary(asker.language, "pages.search_retry", "form.propose"))
        why = why_failed(error, asker.language)
        message = card(words(asker.language, "leading.propose.failed", why=why), again)
        tell(tx, whose, Note(key=_key(whose, tx.due.at(SEARCH, whose) or now), message=message), now)


def end_search(
    tx: Transaction, whose: str, wanted: Wanted | None, found: Proposal | None, now: datetime, *, anyhow: bool
) -> bool:
    """What was found is kept and told; False when it has to be searched for again. Nothing `wanted`, nobody waits."""
    kept = None
    if wanted and found and not (whose == ROUND and changed_by_hand(tx)):
        kept = keep_found(tx, wanted, found, now, anyhow=anyhow)
        if kept is None:
            return False
    since = tx.due.at(SEARCH, whose) or now
    for done in (whose, *tx.due.failed(SEARCH)):  # what failed before, whoever asked for it, this one has done
        tx.due.clear(SEARCH, done)
    if whose == ROUND:
        tell_round(tx, kept, now)
    else:
        language = tx.people.get_educator(whose).language
        tell(tx, whose, Note(key=_key(whose, since), message=_told(kept, language)), now)
    return True


def changed_by_hand(tx: Transaction) -> Kept | None:
    """A proposal that somebody has begun to change: the round does not throw their work away."""
    found = tx.proposals.newest("open")
    return Kept(*found) if found and tx.proposals.count_versions(found[0]) > 1 else None


def tell_round(tx: Transaction, kept: Kept | None, now: datetime) -> None:
    """Of a round in which a cohort was found, or of the proposal that somebody is changing."""
    of = changed_by_hand(tx) or kept
    if of and of.proposal.groups:
        counts = (len(of.proposal.groups), of.seated, len(of.proposal.unplaced))
        tell_of_round(tx, of.proposal_id, counts, now)


def _told(kept: Kept | None, language: str) -> Message:
    if kept is None:
        return card(words(language, "leading.propose.none"))
    waiting = len(kept.proposal.unplaced)
    if not kept.proposal.groups:
        return card(words(language, "leading.propose.nobody", waiting=waiting))
    counts = {"groups": len(kept.proposal.groups), "people": kept.seated, "waiting": waiting, "parted": kept.parted}
    look = row(button(language, "leading.button.proposal", "form.look.open"))
    return card(words(language, "leading.propose.done", **counts), look)


def _key(whose: str, since: datetime) -> str:
    return f"{SEARCH}:{whose}:{since.isoformat()}"
