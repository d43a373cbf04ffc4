"""Who gave and who received: counted from assignments, so it can never disagree with them."""

from collections.abc import Sequence
from functools import cached_property

from cohorts.values import Frozen

from .model import Assignment

WANTED = 3
"""Reviewers assigned to an author; two done are enough (`NEEDED`), so one may stay silent."""
NEEDED = 2


class Standing(Frozen):
    """One person's own view. `owes` reviews are waiting for them; `debt` is received minus given, never below 0."""

    educator_id: str
    given: int
    received: int
    coming: int
    owes: int

    @property
    def debt(self) -> int:
        return max(0, self.received - self.given)


class AuthorRow(Frozen):
    """What a facilitator sees of an author: how many reviews came and how many are still missing. No debts."""

    author: str
    received: int
    coming: int
    missing: int


class Ledger(Frozen):
    """Every assignment of a cycle. Debts stay with the person: only `standing` tells them."""

    assignments: tuple[Assignment, ...] = ()

    def standing(self, educator_id: str) -> Standing:
        mine = [entry for entry in self.assignments if entry.author == educator_id]
        return Standing(
            educator_id=educator_id,
            given=sum(entry.status == "done" for entry in self._by(educator_id)),
            received=sum(entry.status == "done" for entry in mine),
            coming=sum(entry.live and entry.status != "done" for entry in mine),
            owes=self.unfinished(educator_id),
        )

    def rows(self) -> tuple[AuthorRow, ...]:
        """One row for each author, the one with the fewest reviews first."""
        standings = [self.standing(author) for author in self.authors]
        rows = (
            AuthorRow(
                author=standing.educator_id,
                received=standing.received,
                coming=standing.coming,
                missing=max(0, NEEDED * len(self.runs(standing.educator_id)) - standing.received),
            )
            for standing in standings
        )
        return tuple(sorted(rows, key=lambda row: (row.received, row.author)))

    @cached_property
    def authors(self) -> tuple[str, ...]:
        return tuple(sorted({entry.author for entry in self.assignments}))

    @property
    def spread(self) -> int:
        """Most received minus fewest received over the authors; at most 1 is fair."""
        received = [self.standing(author).received for author in self.authors]
        return max(received, default=0) - min(received, default=0)

    @property
    def gini_given(self) -> float:
        """Inequality of giving over everybody who was asked: 0 all the same … towards 1; at most 0.25 is fair."""
        reviewers = {entry.reviewer for entry in self.assignments if entry.status != "withdrawn"}
        return gini([self.standing(reviewer).given for reviewer in sorted(reviewers)])

    def held(self, reviewer: str) -> int:
        return sum(entry.held for entry in self._by(reviewer))

    def unfinished(self, reviewer: str) -> int:
        return sum(entry.held or entry.status == "queued" for entry in self._by(reviewer))

    def live(self, author: str, run_id: str = "") -> int:
        """Reviews an author has or may still get: in one run, or in all."""
        return sum(entry.live for entry in self.assignments if entry.author == author and run_id in ("", entry.run_id))

    def runs(self, author: str) -> tuple[str, ...]:
        """The author's runs, in the order they were first assigned."""
        mine = sorted((e for e in self.assignments if e.author == author), key=lambda e: (e.assigned_at, e.id))
        return tuple(dict.fromkeys(entry.run_id for entry in mine))

    def asked(self, author: str, run_id: str) -> frozenset[str]:
        """Everybody who was ever asked to review this run."""
        return frozenset(e.reviewer for e in self.assignments if (e.author, e.run_id) == (author, run_id))

    def last_reviewers(self, author: str, run_id: str) -> frozenset[str]:
        """Who reviewed the author in the run before this one."""
        before = [run for run in self.runs(author) if run != run_id]
        return frozenset(
            e.reviewer for e in self.assignments if before and e.live and (e.author, e.run_id) == (author, before[-1])
        )

    def _by(self, reviewer: str) -> list[Assignment]:
        return [entry for entry in self.assignments if entry.reviewer == reviewer]


def gini(amounts: Sequence[int]) -> float:
    """Gini coefficient of amounts that are not negative; 0.0 for none or all zero."""
    total = sum(amounts)
    if not total:
        return 0.0
    ranked = sum(rank * amount for rank, amount in enumerate(sorted(amounts), start=1))
    return 2 * ranked / (len(amounts) * total) - (len(amounts) + 1) / len(amounts)
