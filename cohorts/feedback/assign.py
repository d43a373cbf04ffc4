"""Who reads whose draft: the assignment that costs least, found exactly.

What counts, each above everything after it: as many of the wanted reviews as possible · the same number for every
author · nobody over a fair share · no reviewer twice in a row for one author · another LEA · less asked so far ·
somebody who has earned the microcredential · the seed. Never oneself, never somebody on either's avoid list.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from cohorts.calendar.model import Rhythm
from cohorts.ids import make_id
from cohorts.values import Frozen

from .flow import Network
from .ledger import NEEDED, WANTED, Ledger
from .model import Assignment
from .window import review_due

RECEIVED, OVER_SHARE, REPEAT, SAME_LEA, LOAD, NOT_EARNED = 10**15, 10**13, 10**11, 10**9, 10**6, 10**4
"""Each is more than all below it can sum to in a cohort of eight."""


class Author(Frozen):
    """Somebody who shared a draft, in a run of their own. `avoid`: educator ids, evaluators included.

    While `paused`, what is assigned stays as it is and nothing is added.
    """

    id: str
    run_id: str
    lea_id: str
    avoid: frozenset[str] = frozenset()
    paused: bool = False


class Reviewer(Frozen):
    """Somebody who can be asked. `earned`: has passed what the authors are working on.

    `stands_by`: leads the cohort, and reads a draft only where the members' time has run out.
    """

    id: str
    lea_id: str
    rhythm: Rhythm
    avoid: frozenset[str] = frozenset()
    earned: bool = False
    stands_by: bool = False


class Policy(Frozen):
    """`most` bounds a reviewer's unfinished reviews; shares are parts of the reviewer's window (domain.md 5.2)."""

    wanted: int = WANTED
    needed: int = NEEDED
    open_at_once: int = 2
    most: int = 4
    school_days: int = 3
    swap_at: float = 0.5
    pool_at: float = 0.8
    rescue_at: float = 1.0


DEFAULTS = Policy()


def assign(
    authors: Sequence[Author],
    reviewers: Sequence[Reviewer],
    ledger: Ledger,
    now: datetime,
    policy: Policy = DEFAULTS,
    seed: str = "",
) -> tuple[Assignment, ...]:
    """New assignments that bring every author as near to `policy.wanted` as the reviewers allow.

    What the ledger already holds is kept, so an author who comes late is served by whoever is free. A reviewer's
    first `open_at_once` are open with a due date, the rest queued. Equal input, equal result, whatever the order.
    """
    authors = sorted((author for author in authors if not author.paused), key=lambda author: author.id)
    reviewers = sorted(reviewers, key=lambda reviewer: reviewer.id)
    pairs = _match(authors, reviewers, ledger, policy, seed)
    if not pairs:
        return ()
    opened = _choose_open(
        pairs, {reviewer.id: policy.open_at_once - ledger.held(reviewer.id) for reviewer in reviewers}
    )
    return tuple(_make(*pair, now, policy if number in opened else None) for number, pair in enumerate(pairs))


def may_review(author: Author, reviewer: Reviewer, ledger: Ledger) -> bool:
    """Not oneself, not an evaluator or avoided by either, and not asked for this run before."""
    return (
        author.id != reviewer.id
        and reviewer.id not in author.avoid
        and author.id not in reviewer.avoid
        and reviewer.id not in ledger.asked(author.id, author.run_id)
    )


def pair_cost(author: Author, reviewer: Reviewer, ledger: Ledger, seed: str) -> int:
    """What speaks against this pair, the seed deciding among equals."""
    chance = hashlib.sha256(f"{seed}\x1f{author.id}\x1f{reviewer.id}".encode()).digest()[0]
    return (
        REPEAT * (reviewer.id in ledger.last_reviewers(author.id, author.run_id))
        + SAME_LEA * (reviewer.lea_id == author.lea_id)
        + NOT_EARNED * (not reviewer.earned)
        + chance
    )


def _match(
    authors: Sequence[Author], reviewers: Sequence[Reviewer], ledger: Ledger, policy: Policy, seed: str
) -> list[tuple[Author, Reviewer]]:
    network = Network()
    wants = {author.run_id: max(0, policy.wanted - ledger.live(author.id, author.run_id)) for author in authors}
    if not any(wants.values()):
        return []
    for author in authors:
        in_run, in_all = ledger.live(author.id, author.run_id), ledger.live(author.id)
        for more in range(wants[author.run_id]):
            network.join("source", ("author", author.run_id), RECEIVED * (in_run + more) + LOAD * (in_all + more))
    share = -(-sum(wants.values()) // max(1, len(reviewers)))
    for reviewer in reviewers:
        for cost in _reviewer_costs(reviewer, ledger, policy, share):
            network.join(("reviewer", reviewer.id), "sink", cost)
    edges: Mapping[int, tuple[Author, Reviewer]] = {
        network.join(("author", author.run_id), ("reviewer", reviewer.id), pair_cost(author, reviewer, ledger, seed)): (
            author,
            reviewer,
        )
        for author in authors
        for reviewer in reviewers
        if may_review(author, reviewer, ledger)
    }
    network.fill("source", "sink")
    return [pair for number, pair in edges.items() if network.used(number)]


def _choose_open(pairs: Sequence[tuple[Author, Reviewer]], room: Mapping[str, int]) -> frozenset[int]:
    """Numbers of the pairs that start now: as many as there are places, spread evenly over the authors."""
    network = Network()
    for run_id in sorted({author.run_id for author, _ in pairs}):
        for more in range(sum(author.run_id == run_id for author, _ in pairs)):
            network.join("source", ("author", run_id), more)
    edges = [network.join(("author", author.run_id), ("reviewer", reviewer.id), 0) for author, reviewer in pairs]
    for reviewer_id, places in room.items():
        for _ in range(places):
            network.join(("reviewer", reviewer_id), "sink", 0)
    network.fill("source", "sink")
    return frozenset(number for number, edge in enumerate(edges) if network.used(edge))


def _reviewer_costs(reviewer: Reviewer, ledger: Ledger, policy: Policy, share: int) -> list[int]:
    """What each further review of a reviewer costs: rising, so that work spreads."""
    unfinished = ledger.unfinished(reviewer.id)
    given = ledger.standing(reviewer.id).given
    return [
        LOAD * (given + unfinished + more) + OVER_SHARE * max(0, unfinished + more + 1 - share)
        for more in range(policy.most - unfinished)
    ]


def _make(author: Author, reviewer: Reviewer, now: datetime, opening: Policy | None) -> Assignment:
    return Assignment(
        id=make_id("assignment", author.run_id, author.id, reviewer.id),
        run_id=author.run_id,
        author=author.id,
        reviewer=reviewer.id,
        status="open" if opening else "queued",
        assigned_at=now,
        opened_at=now if opening else None,
        due=review_due(reviewer.rhythm, now, opening.school_days) if opening else None,
    )
