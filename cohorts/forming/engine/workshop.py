"""Many tables at once: people are laid out in tiles of neighbours, and each tile is searched on its own.

Chance is keyed by pool, pass and tile, and tiles share nobody, so neither the number of threads nor the order of
rows changes what comes out.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import pairwise

import numpy as np

from .columns import Columns, Floats, Goods, Ints, Words
from .descent import NONE
from .landscape import Points, find_points, middles, order_by_halves
from .search import refine_tiles, seat_tiles

SEATING_TILE = 176
REFINING_TILE = 8
EXCHANGE_TILE = 80
WAITING_IN_TILE = 4
REBUILDS = 24
PARTS_PER_WORKER = 8
NOISE = 0.06
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, slots=True)
class Pool:
    """People who may be put together, by row in rising order. The key names them, whatever their rows are."""

    key: tuple[str, ...]
    rows: Ints


@dataclass(frozen=True, slots=True)
class Tiles:
    starts: Ints
    members: Ints
    seeds: Words


def seed_of(seed: int, *key: str) -> int:
    return int.from_bytes(blake2b("\x1f".join((str(seed), *key)).encode(), digest_size=8).digest(), "big")


class Workshop:
    """Who is in which cohort, `place` (n,), while it is being worked on; numbers of cohorts change with every step.

    `bound` (n,) is the cohort somebody comes from, or NONE.
    """

    def __init__(
        self, people: Columns, goods: Goods, seed: int, bound: Ints, workers: int, tile: int = SEATING_TILE
    ) -> None:
        self.people = people
        self.goods = goods
        self.bound = bound
        self.place = np.full(len(people.lea), NONE, np.int64)
        self._numbers = 0
        self.seed = seed
        self._tile = tile
        self._workers = workers

    @cached_property
    def points(self) -> Points:
        """Where everybody stands: found when it is first asked, which few people never do."""
        return find_points(self.people, self.goods, np.arange(len(self.people.lea)).astype(np.int64))

    def waiting(self, rows: Ints) -> Ints:
        return rows[self.place[rows] == NONE]

    def seated(self, rows: Ints) -> Ints:
        return rows[self.place[rows] != NONE]

    def seat(self, pools: Sequence[Pool], name: str) -> None:
        """Cohorts for all of these pools' people, who must be waiting; whoever finds none waits on."""
        tiles = _join([self._tile_people(pool, name) for pool in pools if len(pool.rows) >= self.goods.smallest])
        if not len(tiles.seeds):
            return
        label = np.full(len(tiles.members), NONE, np.int64)
        self._spread(
            tiles,
            lambda part: seat_tiles(
                self.people,
                self.goods,
                self.bound,
                tiles.starts[part.start : part.stop + 1],
                tiles.members,
                tiles.seeds[part],
                label,
            ),
        )
        self._write(tiles, label)

    def refine(self, pools: Sequence[Pool], name: str, rounds: float, goods: Goods | None = None) -> float:
        """Every cohort of these pools tried beside some neighbours: rebuilt about `rounds` times each, or with 0 by
        swaps and moves among many. Returns the gain."""
        size = REFINING_TILE if rounds else EXCHANGE_TILE
        found = [tiles for pool in pools for tiles in self._tile_groups(pool, name, size)]
        tiles = _join([one for one, _ in found])
        if not len(tiles.seeds):
            return 0.0
        label = np.concatenate([labels for _, labels in found])
        gains: Floats = np.zeros(len(tiles.seeds))
        turns = round(rounds * REFINING_TILE / 3)
        self._spread(
            tiles,
            lambda part: refine_tiles(
                self.people,
                goods or self.goods,
                self.bound,
                tiles.starts[part.start : part.stop + 1],
                tiles.members,
                tiles.seeds[part],
                label,
                turns,
                NOISE,
                gains[part],
            ),
        )
        self._write(tiles, label)
        return float(gains.sum())

    def rebuild(self, rows: Ints, label: Ints, mixing: float) -> Ints:
        """A few cohorts, by `label`, and who waits (NONE), taken apart and built anew: their labels after that."""
        again = label.copy()
        refine_tiles(
            self.people,
            self.goods._replace(mixing=mixing),
            self.bound,
            np.array([0, len(rows)], np.int64),
            rows,
            np.array([seed_of(self.seed, "rebuild")], np.uint64),
            again,
            REBUILDS,
            NOISE,
            np.zeros(1),
        )
        return again

    def settle(self, members: Ints, place: Ints) -> None:
        """These people's cohorts as found elsewhere; `place` lies alongside, numbers below 0 wait."""
        self.place[members] = np.where(place >= 0, place + self._numbers, NONE)
        self._numbers += int(place.max(initial=NONE)) + 1

    def _tile_people(self, pool: Pool, name: str) -> Tiles:
        seed = seed_of(self.seed, name, *pool.key)
        order, starts = _in_parts(len(pool.rows), self._tile, seed, lambda: self.points[pool.rows])
        return Tiles(starts, pool.rows[order], _seeds(seed, len(starts) - 1))

    def _tile_groups(self, pool: Pool, name: str, size: int) -> Iterator[tuple[Tiles, Ints]]:
        """The pool's cohorts, so many neighbours a tile, and its waiting people, some in each, with their labels."""
        rows = self.seated(pool.rows)
        if not len(rows):
            return
        numbers, group = np.unique(self.place[rows], return_inverse=True)
        # Numbers of cohorts differ from run to run of other pools; the order of their first members does not.
        first = np.full(len(numbers), len(rows), np.int64)
        np.minimum.at(first, group, np.arange(len(rows)))
        rank = np.empty(len(numbers), np.int64)
        rank[np.argsort(first, kind="stable")] = np.arange(len(numbers))
        group = rank[group].astype(np.int64)
        seed = seed_of(self.seed, name, *pool.key)
        order, ends = _in_parts(len(numbers), size, seed, lambda: middles(self.points[rows], group, len(numbers)))
        tile_of = np.empty(len(numbers), np.int64)
        within = np.empty(len(numbers), np.int64)
        tile_of[order] = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
        within[order] = np.arange(len(order)) - np.repeat(ends[:-1], np.diff(ends))
        waiting = self.waiting(pool.rows)[: WAITING_IN_TILE * (len(ends) - 1)]
        tile = np.concatenate([tile_of[group], np.arange(len(waiting)) % (len(ends) - 1)])
        label = np.concatenate([within[group], np.full(len(waiting), NONE, np.int64)]).astype(np.int64)
        members = np.concatenate([rows, waiting])
        by_tile = np.argsort(tile, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(tile, minlength=len(ends) - 1))]).astype(np.int64)
        yield Tiles(starts, members[by_tile], _seeds(seed, len(starts) - 1)), label[by_tile]

    def _write(self, tiles: Tiles, label: Ints) -> None:
        tile = np.repeat(np.arange(len(tiles.seeds)), np.diff(tiles.starts))
        place = np.full(len(label), NONE, np.int64)
        there = label != NONE
        _, place[there] = np.unique(tile[there] * 4096 + label[there], return_inverse=True)
        self.settle(tiles.members, place)

    def _spread(self, tiles: Tiles, work: Callable[[slice], None]) -> None:
        """The work on all tiles, in parts on all threads; the kernels hold no lock."""
        parts = _parts(tiles, self._workers * PARTS_PER_WORKER)
        if self._workers == 1 or len(parts) == 1:
            for part in parts:
                work(part)
            return
        with ThreadPoolExecutor(self._workers) as pool:
            list(pool.map(work, parts))


def _in_parts(count: int, leaf: int, seed: int, points: Callable[[], Points]) -> tuple[Ints, Ints]:
    """The order of so many neighbours and where each part of it begins, the end last. Where one part holds them all,
    nobody need know where they stand."""
    if count <= leaf:
        return np.arange(count, dtype=np.int64), np.array([0, count], np.int64)
    return order_by_halves(points(), leaf, np.array([seed], np.uint64))


def _seeds(seed: int, count: int) -> Words:
    """A seed for each tile (the finish of splitmix64 over its number)."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * _MIX[0]
        z = (z ^ (z >> np.uint64(30))) * _MIX[1]
        z = (z ^ (z >> np.uint64(27))) * _MIX[2]
        return np.asarray(z ^ (z >> np.uint64(31)), np.uint64)


def _join(found: Sequence[Tiles]) -> Tiles:
    if not found:
        nothing = np.zeros(0, np.int64)
        return Tiles(np.zeros(1, np.int64), nothing, np.zeros(0, np.uint64))
    before = np.cumsum([0, *(len(tiles.members) for tiles in found)])
    starts = [tiles.starts[:-1] + before[at] for at, tiles in enumerate(found)]
    return Tiles(
        np.concatenate([*starts, before[-1:]]).astype(np.int64),
        np.concatenate([tiles.members for tiles in found]),
        np.concatenate([tiles.seeds for tiles in found]),
    )


def _parts(tiles: Tiles, wanted: int) -> list[slice]:
    """Runs of tiles with about as many people each."""
    ends = np.searchsorted(tiles.starts, np.linspace(0, len(tiles.members), wanted + 1)[1:])
    bounds = np.unique(np.concatenate([[0], ends, [len(tiles.seeds)]]))
    return [slice(int(low), int(high)) for low, high in pairwise(bounds)]
