"""A network of cohorts as it stands, so that one who comes or goes touches one cohort and nothing else."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from .columns import UNKNOWN, WORDS, Columns, Floats, Goods, Ints, Words
from .descent import NONE
from .guests import gains
from .landscape import AXES, Landscape, Points

NEAREST = 64
_MEETING = 0.3


class Seat(NamedTuple):
    """A cohort's number, and what it is worth to all in it that somebody joins."""

    cohort: int
    gain: float


class Standing:
    """Cohorts by number. `join` looks at those of the same language and step of the ladder that have a seat free, the
    nearest 64 of them exactly; `place` (n,) is everybody's cohort, NONE for who has none.
    """

    def __init__(self, people: Columns, goods: Goods, place: Ints) -> None:
        self._people = people
        self._goods = goods
        self.place = place.copy()
        self._free = np.full(len(place), NONE, np.int64)
        rows = np.arange(len(place))
        self._landscape = Landscape(people, goods, rows)
        self._points: Points = self._landscape.points(people, rows)
        count = int(place.max(initial=NONE)) + 1
        self._size: Ints = np.zeros(count, np.int64)
        self._members: Ints = np.full((count, goods.largest), NONE, np.int64)
        self._common: Words = np.full((count, WORDS), np.uint64(0xFFFFFFFFFFFFFFFF))
        self._middle: Points = np.zeros((count, AXES), np.float32)
        self._hosts: list[dict[tuple[int, int], Ints]] = [{} for _ in range(4)]
        self._fill()

    def _fill(self) -> None:
        seated = np.flatnonzero(self.place != NONE)
        seated = seated[np.argsort(self.place[seated], kind="stable")]
        numbers, starts, sizes = np.unique(self.place[seated], return_index=True, return_counts=True)
        within = np.arange(len(seated)) - np.repeat(starts, sizes)
        self._size[numbers] = sizes
        self._members[self.place[seated], within] = seated
        self._common[numbers] = np.bitwise_and.reduceat(self._people.week[seated], starts, axis=0)
        self._middle[numbers] = np.add.reduceat(self._points[seated], starts, axis=0) / sizes[:, None]
        first = seated[starts]
        for level in range(4):
            codes, speaking = self._codes(level)[first], self._people.language[first]
            order = np.lexsort((numbers, codes, speaking))
            key = np.stack([speaking[order], codes[order]])
            cuts = np.flatnonzero((key[:, 1:] != key[:, :-1]).any(axis=0)) + 1
            for part in np.split(order, cuts):
                if len(part):
                    self._hosts[level][int(speaking[part[0]]), int(codes[part[0]])] = numbers[part]

    def _codes(self, level: int) -> Ints:
        people = self._people
        return (people.topic, people.stack, people.family, np.zeros_like(people.topic))[level]

    def find_seat(self, row: int, apart: Collection[int] = ()) -> Seat | None:
        """The best seat for somebody, on the narrowest step of the ladder that has one they agreed to; nobody in
        `apart` (rows) sits there."""
        for level in range(min(int(self._people.widest[row]), 3) + 1):
            code = int(self._codes(level)[row])
            hosts = self._hosts[level].get((int(self._people.language[row]), code))
            if code == UNKNOWN or hosts is None:
                continue
            seat = self._best_of(row, hosts, apart)
            if seat is not None:
                return seat
        return None

    def _best_of(self, row: int, hosts: Ints, apart: Collection[int]) -> Seat | None:
        hosts = hosts[(self._size[hosts] > 0) & (self._size[hosts] < self._goods.largest)]
        for cohort in {int(self.place[other]) for other in apart}:
            hosts = hosts[hosts != cohort]
        if not len(hosts):
            return None
        away = ((self._middle[hosts] - self._points[row]) ** 2).sum(axis=1)
        away -= _MEETING * (self._common[hosts] & self._people.week[row]).any(axis=1)
        if len(hosts) > NEAREST:
            hosts = hosts[np.sort(np.argpartition(away, NEAREST)[:NEAREST])]
        sizes = self._size[hosts]
        members = self._members[hosts]
        found: Floats = np.empty(len(hosts))
        starts = np.concatenate([[0], np.cumsum(sizes)])
        gains(self._people, self._goods, self._free, row, starts, members[members != NONE], found)
        best = int(np.argmax(found))
        return Seat(int(hosts[best]), float(found[best])) if np.isfinite(found[best]) else None

    def join(self, row: int, cohort: int) -> None:
        self._members[cohort, self._size[cohort]] = row
        self._size[cohort] += 1
        self.place[row] = cohort
        self._look_again(cohort)

    def leave(self, row: int) -> None:
        cohort = int(self.place[row])
        members = self._members[cohort][: self._size[cohort]]
        rest = members[members != row]
        self._members[cohort] = NONE
        self._members[cohort, : len(rest)] = rest
        self._size[cohort] = len(rest)
        self.place[row] = NONE
        self._look_again(cohort)

    def members(self, cohort: int) -> Ints:
        return self._members[cohort][: self._size[cohort]]

    def _look_again(self, cohort: int) -> None:
        members = self.members(cohort)
        if len(members):
            self._common[cohort] = np.bitwise_and.reduce(self._people.week[members], axis=0)
            self._middle[cohort] = self._points[members].mean(axis=0)
