"""Cohorts for everybody who waits: read what a search needs, search outside any transaction, keep what still holds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from cohorts.forming.around import form_around
from cohorts.forming.edit import without
from cohorts.forming.form import Progress, form_cohorts
from cohorts.forming.model import Candidate, Policy, Proposal
from cohorts.ids import make_id
from cohorts.people.model import Interest
from cohorts.ports import Transaction

from .candidates import candidates_to_form
from .living.again import seasons
from .read_ahead import read_waiting
from .who_waits import who_waits

SEED = 7
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search goes by, as it was `at` this instant. `interests` by id and `people` by educator id are what
    everybody said of themselves then; `older` is the open proposal that the new one replaces or goes on from."""

    policy: Policy
    seed: int
    at: datetime
    candidates: Sequence[Candidate]
    together: Sequence[Sequence[str]]
    interests: Mapping[str, Interest]
    people: Mapping[str, tuple[object, ...]]
    closed: Collection[str]
    older: tuple[str, Proposal] | None

    @property
    def is_around(self) -> bool:
        """Somebody is pinned in the older proposal or a cohort locked: they stay as they are."""
        return bool(self.older and (self.older[1].pinned or self.older[1].locked))


class Kept(NamedTuple):
    """`parted`: so many have no seat in it though one was found, for something they said has changed meanwhile."""

    proposal_id: str
    proposal: Proposal
    parted: int = 0

    @property
    def seated(self) -> int:
        return sum(len(group.members) for group in self.proposal.groups)


def read_wanted(tx: Transaction, seed: int, now: datetime) -> Wanted | None:
    """Everybody who waits; None when nobody does."""
    waiting = who_waits(tx)
    if not waiting:
        return None
    read_waiting(tx, [one.educator_id for one in waiting])
    together = seasons(tx, waiting)
    return Wanted(
        policy=tx.forming.policy,
        seed=seed,
        at=now,
        candidates=candidates_to_form(tx, waiting, together, now),
        together=together,
        interests={one.id: one for one in waiting},
        people=_people(tx, waiting),
        closed=tx.living.closed_leas(),
        older=tx.proposals.newest("open"),
    )


def search(wanted: Wanted, progress: Progress | None = None) -> Proposal:
    """A proposal for all of them. Takes from a moment to minutes: never inside a transaction."""
    if wanted.older and wanted.is_around:
        return form_around(
            wanted.older[1],
            wanted.candidates,
            wanted.policy,
            wanted.seed,
            wanted.at,
            fixed=wanted.together,
            progress=progress,
        )
    return form_cohorts(
        wanted.candidates, wanted.policy, wanted.seed, wanted.at, fixed=wanted.together, progress=progress
    )


def keep_found(tx: Transaction, wanted: Wanted, found: Proposal, now: datetime, *, anyhow: bool) -> Kept | None:
    """The proposal, kept for a facilitator to look at, as far as it still holds.

    What was read is read again: people may have left, paused or said something else, LEAs closed and cohorts founded
    while it was searched for, and the older proposal changed by hand. None when that touches a seat or the older
    proposal: it is to be searched for again. `anyhow`: it is kept all the same, without the seats that do not hold and
    the cohorts that are too small without them.

    An older proposal that nobody approved is replaced; where somebody is pinned in it or a cohort locked, or it was
    changed meanwhile, the new one is one more version of it, which can be undone.
    """
    changed = _changed(tx, wanted)
    seated = {seat.interest_id for group in found.groups for seat in group.members}
    older = tx.proposals.newest("open")
    if not anyhow and (older != wanted.older or changed & seated):
        return None
    proposal = found
    if changed:
        still = [one for one in wanted.candidates if one.interest_id not in changed]
        proposal = without(found, wanted.policy, still, {wanted.interests[one].educator_id for one in changed})
    parted = len(seated) - sum(len(group.members) for group in proposal.groups)
    if older and (wanted.is_around or older != wanted.older):
        tx.proposals.save(older[0], proposal, "open", now)
        return Kept(older[0], proposal, parted)
    proposal_id = make_id("proposal", now.isoformat(), str(wanted.seed))
    while tx.proposals.find(proposal_id):  # made again at the same instant: undoing a move must never reach that one
        proposal_id = make_id("proposal", proposal_id)
    if older:
        tx.proposals.save(older[0], older[1], "replaced", now)
    tx.proposals.save(proposal_id, proposal, "open", now)
    return Kept(proposal_id, proposal, parted)


def _changed(tx: Transaction, wanted: Wanted) -> set[str]:
    """The interests of which something is not as it was read; asked of all in a few questions."""
    now = {one.id: one for one in tx.interests.with_status("waiting")}
    people = _people(tx, wanted.interests.values())
    turned = {*tx.living.closed_leas()} ^ {*wanted.closed}
    return {
        one.id
        for one in wanted.interests.values()
        if now.get(one.id) != one
        or people.get(one.educator_id) != wanted.people[one.educator_id]
        or wanted.people[one.educator_id][0] in turned
    }


def _people(tx: Transaction, interests: Collection[Interest]) -> Mapping[str, tuple[object, ...]]:
    """What forming asks of a person beside what they want; the LEA first."""
    ids = [one.educator_id for one in interests]
    batches = (tx.people.known_educators(ids[at : at + BATCH]) for at in range(0, len(ids), BATCH))
    return {
        one.id: (one.lea_id, one.school_id, one.email, one.evaluators, one.active)
        for batch in batches
        for one in batch.values()
    }
