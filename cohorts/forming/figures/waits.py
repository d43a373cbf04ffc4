"""Why each of those who wait does so, counted on columns: as `cohorts.forming.reasons` has it, for a nation."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from cohorts.forming.engine.columns import UNKNOWN, Bytes, Columns, Ints
from cohorts.forming.model import Policy, Reason, ReasonCode

Flags = npt.NDArray[np.bool_]


def reasons_of(people: Columns, waiting: Ints, policy: Policy) -> Mapping[int, Reason]:
    """The reason of each of these rows; all rows are people who could have been placed."""
    if not len(waiting):
        return {}
    counts = _Counts(people, waiting)
    return {int(row): _reason(counts, at, policy.smallest - 1) for at, row in enumerate(waiting.tolist())}


def _reason(counts: "_Counts", at: int, missing: int) -> Reason:
    """See `Reasons.find`."""
    share = bool(counts.share[at])
    if not share and not counts.at_home[at]:
        return _told("no_district")
    speaking, here = int(counts.speaking[at]), int(counts.here[at])
    if speaking < missing <= counts.everybody[at]:
        return _told("language", missing - speaking)
    alone = counts.alone_by_wish(at)
    for why, beside in alone.items():
        if beside < missing:
            return _told(why, missing - beside)
    consenting = int(counts.sharing[at]) if share else here
    if consenting < missing:
        return _told("too_few", missing - consenting)
    if consenting - counts.forbidden(at) < missing:
        return _told("all_conflict")
    return _told(next(iter(alone), "uneven"))


@cache
def _told(code: ReasonCode, needed: int = 0) -> Reason:
    """One value for all who wait for the same."""
    return Reason(code=code, needed=needed)


class _Counts:
    """For each of those who wait, how many others stand on the farthest step of the ladder they agreed to: at all, in
    their language, of those the ones who share, the ones in their LEA, and the ones of their grade band."""

    def __init__(self, people: Columns, waiting: Ints) -> None:
        self._people = people
        self._waiting = waiting
        self.share: Bytes = people.share[waiting]
        self.at_home: Flags = people.lea[waiting] != UNKNOWN
        self._own_band: Bytes = people.own_band[waiting]
        self._bands = np.unique(people.band, return_inverse=True)[1]
        self._kind = _kinds(people, waiting)
        size = len(waiting)
        self.everybody, self.speaking = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self.sharing, self.here = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self._grades = np.zeros(size, np.int64)
        self._codes = (people.topic, people.stack, people.family, np.zeros_like(people.topic))
        for kind, codes in enumerate(self._codes):
            mine = np.flatnonzero(self._kind == kind)
            if len(mine):
                self._count(codes, mine)

    def _count(self, codes: Ints, mine: Ints) -> None:
        people, rows = self._people, self._waiting[mine]
        everybody = np.ones(len(codes), bool)
        known = people.lea != UNKNOWN
        self.everybody[mine] = _alike((codes,), everybody, rows) - 1
        self.speaking[mine] = _alike((codes, people.language), everybody, rows) - 1
        self.sharing[mine] = _alike((codes, people.language), people.share == 1, rows) - 1
        here = _alike((codes, people.language, people.lea), known, rows) - 1
        self.here[mine] = np.where(known[rows], here, 0)
        self._grades[mine] = _alike((codes, people.language, self._bands), everybody, rows) - 1

    def alone_by_wish(self, at: int) -> Mapping[ReasonCode, int]:
        """See `Reasons._alone_by_wish`."""
        found: dict[ReasonCode, int] = {}
        if self._own_band[at]:
            found["own_grades"] = int(self._grades[at])
        if not self.share[at]:
            found["no_consent_alone"] = int(self.here[at])
        return found

    def forbidden(self, at: int) -> int:
        """How many of those a person could be with stand on one of the two lists."""
        people, me = self._people, int(self._waiting[at])
        others = people.shun_row[people.shun_start[me] : people.shun_start[me + 1]]
        if not len(others):
            return 0
        codes = self._codes[self._kind[at]]
        same = (codes[others] == codes[me]) & (people.language[others] == people.language[me])
        home = (people.lea[others] == people.lea[me]) & (people.lea[me] != UNKNOWN)
        both = (people.share[others] == 1) & (people.share[me] == 1)
        return int(np.count_nonzero(same & (both | home)))


def _kinds(people: Columns, rows: Ints) -> Ints:
    """By what each is counted, 0 microcredential, 1 stack, 2 family, 3 anybody: without a stack or family, as a step
    before."""
    stack = np.where(people.stack[rows] != UNKNOWN, 1, 0)
    family = np.where(people.family[rows] != UNKNOWN, 2, stack)
    widest = np.minimum(people.widest[rows], 3)
    return np.choose(widest, [np.zeros_like(stack), stack, family, np.full_like(stack, 3)]).astype(np.int64)


def _alike(columns: tuple[Ints, ...], counted: Flags, rows: Ints) -> Ints:
    """How many of those counted have the same codes as each of these rows."""
    key = np.zeros(len(counted), np.int64)
    for codes in columns:
        _, code = np.unique(codes, return_inverse=True)
        _, key = np.unique(key * (int(code.max()) + 1) + code, return_inverse=True)
    return np.bincount(key[counted], minlength=int(key.max()) + 1)[key[rows]].astype(np.int64)
