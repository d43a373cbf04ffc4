"""Everybody into cohorts: by microcredential, then those left up the ladder, then better and better."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .columns import UNKNOWN, Columns, Goods, Ints
from .descent import NONE
from .guests import part_ways, take_in, withdraw
from .measure import ENOUGH_NEAR
from .partition import ONE_TABLE, best_partition
from .workshop import Pool, Workshop

# What mixing microcredentials costs beside the measure, so that it is done for a seat and for nothing less.
MIXING = 2.0
# From this gain to all in it somebody new is better off in a cohort that is there than waiting for others.
WELL_WORTH = 0.25
_LEVELS = 5
# A round has costs of its own, so that few people have few rounds of more depth.
_ROUNDS_A_SECOND = 12
_EXCHANGE_EVERY = 2
# At first an exchange gains far more than rebuilding does: of so few rounds all are exchanges.
_FEW_ROUNDS = 3

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Names:
    """What the codes of languages, microcredentials, stacks, families and LEAs stand for: seeds are made of names."""

    language: Sequence[str]
    topic: Sequence[str]
    stack: Sequence[str]
    family: Sequence[str]
    lea: Sequence[str]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search. `tile` is how many people are divided at once at first; then so many `rounds`, in every
    other one of which, unless they are few, each cohort is rebuilt with some neighbours `depth` times; `replicas`
    searches of a table that fits one, 0 for none."""

    tile: int
    rounds: int
    depth: float
    replicas: int


def usual_effort(people: int, seconds: float | None = None) -> Effort:
    """Work, not time, is bounded, so that a slow machine finds the same. `seconds` are those of two usual cores."""
    if seconds is None:
        seconds = min(20.0, 0.6 + people / 400)
    tile = 400 if people <= 50_000 * seconds else 264 if people <= 75_000 * seconds else 176
    left = max(0.0, seconds - people * tile * 5e-8)
    turns = left * 45_000 / max(people, 1)
    rounds = min(round(turns), max(2, round(_ROUNDS_A_SECOND * seconds)))
    return Effort(
        tile=tile,
        rounds=rounds,
        depth=3.0 * max(1.0, turns / max(1, rounds)),
        replicas=_replicas(people, seconds),
    )


def _replicas(people: int, seconds: float) -> int:
    """Most for those who fit one table; of several tables each gets its part."""
    if people <= ONE_TABLE:
        return max(1, min(24, 1 + people // 2, round(40 * seconds)))
    return min(8, round(600 * seconds / people))


def arrange(
    people: Columns,
    names: Names,
    goods: Goods,
    *,
    seed: int,
    effort: Effort,
    bound: Ints,
    workers: int = 2,
    progress: Progress | None = None,
) -> Ints:
    """Each one's cohort, NONE for who waits. Rows must be in an order that does not depend on ids (`Population`).

    `bound` is the cohort everybody is in now, or NONE: pairs of one are closer by `goods.kept`, and the search begins
    there.
    """
    tell = progress or (lambda _what, _share: None)
    free = freed(people)
    shop = Workshop(free, goods, seed, bound, workers, effort.tile)
    tell("placing", 0.05)
    if bound.max(initial=NONE) >= 0:
        _begin_with(shop, bound)
    if _climb(shop, names, effort):
        return shop.place
    tell("improving", 0.3)
    for turn in range(effort.rounds):
        exchange = effort.rounds <= _FEW_ROUNDS or turn % _EXCHANGE_EVERY == 0
        depth = 0.0 if exchange else effort.depth
        shop.refine(_mixed_pools(shop, names), f"round {turn}", depth, goods._replace(mixing=MIXING))
        tell("improving", 0.3 + 0.7 * (turn + 1) / effort.rounds)
    withdraw(people, goods, shop.place)
    return shop.place


def _climb(shop: Workshop, names: Names, effort: Effort) -> bool:
    """Seats on each step of the ladder for those who found none before. True when all sat at tables so small that
    nothing is left to improve."""
    people = shop.people
    everybody = np.arange(len(people.lea)).astype(np.int64)
    small, came = True, bool((shop.place != NONE).any())
    for rows in _split(everybody, people.language).values():
        willing = bool((people.widest[rows] == _LEVELS - 1).all())
        small &= willing and len(rows) <= ONE_TABLE
        if willing and len(rows) <= ONE_TABLE:
            # Where all sit at one table it is searched whole: those of one cohort are closer there, not bound.
            shop.place[rows] = NONE
            key = (names.language[people.language[rows[0]]],)
            goods = shop.goods._replace(mixing=MIXING)
            shop.settle(rows, best_partition(people, goods, rows, shop.bound, effort.replicas, key, shop.seed))
    rungs: tuple[tuple[str, Ints, Sequence[str]], ...] = (
        ("microcredential", people.topic, names.topic),
        ("stack", people.stack, names.stack),
        ("family", people.family, names.family),
        ("mixed", np.zeros_like(people.topic), ("",)),
    )
    for level, (rung, codes, called) in enumerate(rungs):
        may = (people.widest >= level) & (codes != UNKNOWN)
        if level == 0:
            may &= people.freed == 0
        rows = shop.waiting(everybody[may])
        pools = list(_pools(people, names, rows, codes, called))
        if came:
            _take_in_first(shop, pools, codes)
        _seat_at_home(shop, names, pools, rung)
        left = [Pool(pool.key, _sharing(people, shop.waiting(pool.rows))) for pool in pools]
        _seat_together(shop, left, rung, effort)
        for pool in left:
            guests = shop.waiting(pool.rows)
            if len(guests):
                hosts = _cohorts_of(shop, _alike(people, everybody, guests, codes))
                take_in(shop, guests, hosts, MIXING if level else 0.0)
    return small


def _take_in_first(shop: Workshop, pools: Sequence[Pool], codes: Ints) -> None:
    """Who is new to cohorts that are there sits beside them where that is well worth it, before new ones are made."""
    everybody = np.arange(len(shop.place))
    for pool in pools:
        guests = shop.waiting(_sharing(shop.people, pool.rows))
        if len(guests):
            hosts = _cohorts_of(shop, _alike(shop.people, everybody, guests, codes))
            take_in(shop, guests, hosts, 0.0, WELL_WORTH)


def _seat_together(shop: Workshop, pools: Sequence[Pool], rung: str, effort: Effort) -> None:
    small = [pool for pool in pools if shop.goods.smallest <= len(pool.rows) <= ONE_TABLE]
    if effort.replicas:
        for pool in small:
            found = best_partition(
                shop.people, shop.goods, pool.rows, shop.bound, effort.replicas, (rung, *pool.key), shop.seed
            )
            shop.settle(pool.rows, found)
        pools = [pool for pool in pools if len(pool.rows) > ONE_TABLE]
    shop.seat(pools, rung)


def _begin_with(shop: Workshop, bound: Ints) -> None:
    """The cohorts people come from, as far as they may go on: without whoever may not be with the others any more, and
    those that have become too small are dissolved."""
    place = bound.copy()
    part_ways(shop.people, shop.goods, place)
    withdraw(shop.people, shop.goods, place)
    rows = np.flatnonzero(place >= 0).astype(np.int64)
    shop.settle(rows, place[rows])


def _seat_at_home(shop: Workshop, names: Names, pools: Sequence[Pool], rung: str) -> None:
    """Those who stay within their LEA, with just enough others of it to make a cohort."""
    people, goods = shop.people, shop.goods
    homes = []
    for pool in pools:
        staying = pool.rows[people.share[pool.rows] == 0]
        colleagues = _split(pool.rows, people.lea)
        for lea, here in _split(staying, people.lea).items():
            if lea == UNKNOWN or len(colleagues[lea]) < goods.smallest:
                continue
            others = _sharing(people, colleagues[lea])
            rows = np.sort(np.concatenate([here, others[: max(0, goods.target - len(here))]]))
            homes.append(Pool((*pool.key, names.lea[lea]), rows))
    shop.seat(homes, f"{rung} at home")
    rows = np.concatenate([home.rows for home in homes]) if homes else np.zeros(0, np.int64)
    _release_strangers(shop, rows)


def _release_strangers(shop: Workshop, rows: Ints) -> None:
    """Cohorts at home that nobody needed: all of them share, so they have better company elsewhere."""
    seated = shop.seated(rows)
    if len(seated):
        numbers, group = np.unique(shop.place[seated], return_inverse=True)
        staying = np.bincount(group, 1 - shop.people.share[seated], minlength=len(numbers))
        shop.place[seated[staying[group] == 0]] = NONE


def _mixed_pools(shop: Workshop, names: Names) -> list[Pool]:
    """Cohorts by microcredential, those of several by stack or language, with who waits for it."""
    people, place = shop.people, shop.place
    everybody = np.arange(len(place)).astype(np.int64)
    seated = everybody[place != NONE]
    count = int(place.max(initial=NONE)) + 1
    kind = np.zeros(count, np.int64)
    for codes in (people.topic, people.stack):
        low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, -2)
        np.minimum.at(low, place[seated], codes[seated])
        np.maximum.at(high, place[seated], codes[seated])
        kind += low != high
    mine = np.zeros(len(place), np.int64)
    mine[seated] = kind[place[seated]]
    levels: tuple[tuple[Ints, Sequence[str]], ...] = (
        (people.topic, names.topic),
        (people.stack, names.stack),
        (np.zeros_like(people.topic), ("",)),
    )
    # Who stays at home has few to change with: their cohorts are tried among those of their LEA's.
    found: list[Pool] = []
    for level, (codes, called) in enumerate(levels):
        found += _pools(people, names, everybody[mine == level], codes, called, str(level))
    return found


def _pools(people: Columns, names: Names, rows: Ints, codes: Ints, called: Sequence[str], *key: str) -> Iterator[Pool]:
    for language, speaking in _split(rows, people.language).items():
        for code, pool in _split(speaking, codes).items():
            yield Pool((*key, names.language[language], called[code] if code != UNKNOWN else ""), pool)


def _split(rows: Ints, codes: Ints) -> Mapping[int, Ints]:
    """Rows by their code, in the order of codes; rows of one code stay in their order."""
    if not len(rows):
        return {}
    order = np.argsort(codes[rows], kind="stable")
    ordered = rows[order]
    found, starts = np.unique(codes[ordered], return_index=True)
    return dict(zip(found.tolist(), np.split(ordered, starts[1:]), strict=True))


def _sharing(people: Columns, rows: Ints) -> Ints:
    return rows[people.share[rows] == 1]


def _alike(people: Columns, everybody: Ints, guests: Ints, codes: Ints) -> Ints:
    """Everybody of the guests' language and code."""
    first = guests[0]
    return everybody[(people.language == people.language[first]) & (codes == codes[first])]


def _cohorts_of(shop: Workshop, rows: Ints) -> Ints:
    """Everybody in a cohort with one of these people."""
    inside = np.zeros(int(shop.place.max(initial=NONE)) + 2, bool)
    inside[shop.place[rows]] = True  # who waits has the last place
    inside[-1] = False
    return np.flatnonzero(inside[shop.place]).astype(np.int64)


def freed(people: Columns) -> Columns:
    """Marks the singletons who find two near peers only in the stack, not in the microcredential."""
    alone = (people.level > 0) & (people.share == 1) & (people.widest > 0) & (people.stack != UNKNOWN)
    own = _count_near(people, people.topic)
    wider = _count_near(people, people.stack)
    only_wider = alone & (own < ENOUGH_NEAR) & (wider >= ENOUGH_NEAR)
    return people._replace(freed=only_wider.astype(np.uint8))


def _count_near(people: Columns, codes: Ints) -> npt.NDArray[np.int64]:
    """How many near peers who share there are for each one among those of their language and code."""
    half = np.where(np.isnan(people.band), -9, np.rint(np.nan_to_num(people.band) * 2)).astype(np.int64)
    known = (half >= 0) & (people.subject_family != UNKNOWN) & (codes != UNKNOWN)
    key = ((codes.astype(np.int64) * 64 + people.language) * 256 + people.subject_family) * 32 + half + 8
    found, counts = np.unique(key[known & (people.share == 1)], return_counts=True)
    total = np.zeros(len(key), np.int64)
    for step in range(-2, 3):
        at = np.minimum(np.searchsorted(found, key + step), max(0, len(found) - 1))
        if len(found):
            total += np.where(found[at] == key + step, counts[at], 0)
    return np.where(known, total - people.share, 0)
