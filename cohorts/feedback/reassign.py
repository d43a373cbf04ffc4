"""What should move so that nobody waits for a silent reviewer (domain.md 5.2: 50, 80, 100 % of the window).

Done reviews are counted towards the author; whoever is late, silent or gone is replaced by whoever is free.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from cohorts.values import Frozen

from .assign import DEFAULTS, Author, Policy, Reviewer, assign
from .ledger import Ledger
from .model import Assignment, AssignmentStatus
from .window import review_due, share_used

MoveKind = Literal["open", "swap", "replace", "withdraw", "assign", "pool", "rescue"]


class Move(Frozen):
    """One thing to do: save `changed` (old and new assignments), tell whom it concerns.

    open: a queued review's turn has come. swap: half the window is over unstarted; another takes it, softly.
    replace: the reviewer has left or paused. withdraw: no longer wanted. assign: an author had too few.
    pool: the reviewers' time is nearly over, so somebody else with room is asked as well. rescue: it is over, so
    who stands by is asked too.
    """

    kind: MoveKind
    about: str
    run_id: str
    author: str
    changed: tuple[Assignment, ...] = ()


def review_moves(
    ledger: Ledger,
    now: datetime,
    authors: Sequence[Author],
    members: Sequence[Reviewer],
    policy: Policy = DEFAULTS,
    seed: str = "",
) -> tuple[Move, ...]:
    """Everything that is due now, in the order to do it.

    `authors` are those who have shared and still want reviews, or are paused; assignments of any other run are
    withdrawn. `members` are those who can review now: active and not paused, and who stands by. Doing the moves
    and asking again at the same instant gives none.
    """
    table = _table(ledger, now, authors, members, policy, seed)
    moves = [*table.withdraw(), *table.replace(), *table.swap(), *table.fill(), *table.open_queued(), *table.ask_more()]
    return tuple(moves)


def still_coming(ledger: Ledger, now: datetime, author: Author, members: Sequence[Reviewer]) -> int:
    """How many reviews of this author's run may still come in time: asked for, not written, not overdue."""
    table = _table(ledger, now, [author], members, DEFAULTS, "")
    return table.coming(author.run_id, DEFAULTS.rescue_at)


def open_queued(ledger: Ledger, reviewer: Reviewer, now: datetime, policy: Policy = DEFAULTS) -> tuple[Assignment, ...]:
    """The reviewer's queued assignments that now have a place, opened; those of the neediest author first."""
    room = policy.open_at_once - ledger.held(reviewer.id)
    queued = [e for e in ledger.assignments if (e.reviewer, e.status) == (reviewer.id, "queued")]
    queued.sort(key=lambda e: (ledger.standing(e.author).received, e.assigned_at, e.id))
    due = review_due(reviewer.rhythm, now, policy.school_days)
    change = {"status": "open", "opened_at": now, "due": due}
    return tuple(entry.model_copy(update=change) for entry in queued[: max(0, room)])


def _table(
    ledger: Ledger, now: datetime, authors: Sequence[Author], members: Sequence[Reviewer], policy: Policy, seed: str
) -> "_Table":
    return _Table(ledger, now, {author.run_id: author for author in authors}, {m.id: m for m in members}, policy, seed)


class _Table:
    """The assignments while moves are worked out: each step sees what the ones before it changed."""

    def __init__(
        self,
        ledger: Ledger,
        now: datetime,
        authors: Mapping[str, Author],
        members: Mapping[str, Reviewer],
        policy: Policy,
        seed: str,
    ) -> None:
        self.entries = {entry.id: entry for entry in ledger.assignments}
        self.now, self.authors, self.members, self.policy, self.seed = now, authors, members, policy, seed
        self._first = {member.id: member for member in members.values() if not member.stands_by}
        """Those who are asked before who stands by."""
        self._shares: dict[tuple[str, datetime, datetime], float] = {}

    @property
    def ledger(self) -> Ledger:
        return Ledger(assignments=tuple(self.entries.values()))

    @property
    def _awake(self) -> Ledger:
        """Without what is paused: it neither opens nor takes a reviewer's place meanwhile."""
        return Ledger(assignments=tuple(entry for entry in self.entries.values() if not self._paused(entry)))

    def withdraw(self) -> Iterable[Move]:
        """Everything unfinished in runs that want no more, and what nobody started for authors who have enough."""
        for entry in self._unfinished():
            enough = entry.status != "started" and self._done(entry.run_id) >= self.policy.wanted
            if enough or entry.run_id not in self.authors:
                yield self._move("withdraw", entry, self._set(entry, "withdrawn"))

    def replace(self) -> Iterable[Move]:
        """Reviews of people who are not here now; `fill` finds somebody else."""
        for entry in self._unfinished():
            if entry.reviewer not in self.members:
                yield self._move("replace", entry, self._set(entry, "withdrawn"))

    def swap(self) -> Iterable[Move]:
        """Unstarted reviews at half of the window, only when somebody has room now."""
        for entry in self._unstarted():
            if entry.status == "open" and entry.reviewer in self._first and self._used(entry) >= self.policy.swap_at:
                another = self._find_another(entry)
                if another:
                    yield self._move("swap", entry, self._set(entry, "swapped"), *another)

    def fill(self) -> Iterable[Move]:
        """Authors with fewer reviews under way than wanted: late ones, and those nobody was free for before."""
        made = assign(
            list(self.authors.values()), list(self._first.values()), self.ledger, self.now, self.policy, self.seed
        )
        for entry in made:
            self.entries[entry.id] = entry
            yield self._move("assign", entry, entry)

    def open_queued(self) -> Iterable[Move]:
        waiting = {entry.reviewer for entry in self.entries.values() if entry.status == "queued"}
        for reviewer in (member for member in self.members.values() if member.id in waiting):
            for entry in open_queued(self._awake, reviewer, self.now, self.policy):
                self.entries[entry.id] = entry
                yield self._move("open", entry, entry)

    def ask_more(self) -> Iterable[Move]:
        """Authors short of what they need: whoever has room at 80 % of the windows, who stands by at their end.

        An author for whom there are not enough people to ask is at once the business of who stands by.
        """
        for author in self.authors.values():
            if author.paused:
                continue
            yield from self._ask(author, "pool", self.policy.pool_at)
            yield from self._ask(author, "rescue", self.policy.rescue_at)

    def coming(self, run_id: str, by: float) -> int:
        """Reviews of the run that can be counted on: less than this share of their reviewer's time is used.

        A queued one counts as long as its reviewer is still at work on what comes before it.
        """
        return sum(self._is_coming(entry, by) for entry in self._unfinished() if entry.run_id == run_id)

    def _is_coming(self, entry: Assignment, by: float) -> bool:
        if entry.status == "queued":
            before = [other for other in self._unfinished() if other.held and other.reviewer == entry.reviewer]
            return not before or any(self._used(other) < by for other in before)
        return self._used(entry) < by

    def _ask(self, author: Author, kind: MoveKind, by: float) -> Iterable[Move]:
        missing = self.policy.needed - self._done(author.run_id) - self.coming(author.run_id, by)
        if missing <= 0:
            return
        people = self._standing_by() if kind == "rescue" else self._free()
        for entry in self._add(author, missing, people, self.ledger):
            yield self._move(kind, entry, entry)

    def _standing_by(self) -> list[Reviewer]:
        return [member for member in self.members.values() if member.stands_by]

    def _free(self) -> list[Reviewer]:
        held = Counter(entry.reviewer for entry in self.entries.values() if entry.held)
        return [member for member in self._first.values() if held[member.id] < self.policy.open_at_once]

    def _find_another(self, entry: Assignment) -> tuple[Assignment, ...]:
        """The best one for the author who has room now; nobody when all are busy, avoided or were asked before."""
        free = [member for member in self._free() if member.id != entry.reviewer]
        if not free:
            return ()
        ledger = Ledger(assignments=tuple(other for other in self.entries.values() if other.id != entry.id))
        return self._add(self.authors[entry.run_id], 1, free, ledger)

    def _add(self, author: Author, more: int, people: Sequence[Reviewer], ledger: Ledger) -> tuple[Assignment, ...]:
        """So many more of these people for the author, beside whoever is asked already."""
        wanted = self.policy.model_copy(update={"wanted": ledger.live(author.id, author.run_id) + more})
        made = assign([author], people, ledger, self.now, wanted, self.seed)
        self.entries.update({new.id: new for new in made})
        return made

    def _unfinished(self) -> list[Assignment]:
        held_or_queued = ("queued", "open", "started")
        return [e for e in self.entries.values() if e.status in held_or_queued and not self._paused(e)]

    def _unstarted(self) -> list[Assignment]:
        return [e for e in self._unfinished() if e.status != "started"]

    def _paused(self, entry: Assignment) -> bool:
        author = self.authors.get(entry.run_id)
        return author is not None and author.paused

    def _done(self, run_id: str) -> int:
        return sum(entry.status == "done" for entry in self.entries.values() if entry.run_id == run_id)

    def _used(self, entry: Assignment) -> float:
        member = self.members.get(entry.reviewer)
        if member is None or entry.opened_at is None or entry.due is None:
            return 0.0
        window = (member.id, entry.opened_at, entry.due)
        if window not in self._shares:
            self._shares[window] = share_used(member.rhythm, entry.opened_at, entry.due, self.now)
        return self._shares[window]

    def _set(self, entry: Assignment, status: AssignmentStatus) -> Assignment:
        self.entries[entry.id] = entry.model_copy(update={"status": status})
        return self.entries[entry.id]

    def _move(self, kind: MoveKind, entry: Assignment, *changed: Assignment) -> Move:
        return Move(kind=kind, about=entry.id, run_id=entry.run_id, author=entry.author, changed=changed)
