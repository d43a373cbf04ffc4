"""Forming, on a made-up nation: how good, how fast and how large, beside others in the same run."""

import resource
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from time import perf_counter
from typing import NamedTuple

import numpy as np

from cohorts.forming.engine.arrange import MIXING, Names, arrange, freed, usual_effort
from cohorts.forming.engine.columns import Columns, Goods
from cohorts.forming.engine.descent import NONE
from cohorts.forming.engine.standing import Standing
from cohorts.forming.engine.warm import warm
from cohorts.forming.model import Policy
from cohorts.forming.population import goods_of

from .forming_peers import cp_sat, k_means, random_feasible, score
from .forming_prover import best_there_is
from .measuring import Row, told
from .nation import nation

WORKERS = 2
PROOFS = 20
JOINS = 1_000
BEST = 60.0
NATION = 40.0
LONG = 22
"""So many times that effort takes a million people some ten times as long."""
SEED = 7


class Run(NamedTuple):
    score: float
    seconds: float
    megabytes: float


def names_of(people: Columns) -> Names:
    def numbered(codes: np.ndarray) -> list[str]:
        return [f"{code:06}" for code in range(int(codes.max()) + 1)]

    columns = (people.language, people.topic, people.stack, people.family, people.lea)
    return Names(*map(numbered, columns))


def form(people: Columns, seconds: float, goods: Goods | None = None, bound: np.ndarray | None = None) -> np.ndarray:
    count = len(people.lea)
    return arrange(
        people,
        names_of(people),
        goods or goods_of(Policy()),
        seed=SEED,
        effort=usual_effort(count, seconds),
        bound=np.full(count, NONE) if bound is None else bound,
        workers=WORKERS,
    )


def _run(count: int, seconds: float) -> Run:
    """In a process of its own, so that its memory is only its own; the search is compiled before the clock starts."""
    warm()
    people = nation(count, 1)
    form(nation(300, 2), 0.1)
    begun = perf_counter()
    place = form(people, seconds)
    spent = perf_counter() - begun
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
    return Run(score(people, goods_of(Policy()), place), spent, held)


@cache
def run(count: int, seconds: float) -> Run:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run, count, seconds).result()


def rows() -> Iterator[Row]:
    yield from _small()
    yield from _large()
    yield from _living()


def proof() -> Iterator[Row]:
    """The optimum of 48 people on one microcredential, proved, for twenty populations: about ten minutes."""
    warm()
    goods = goods_of(Policy())
    shares, longest = [], 0.0
    for seed in range(PROOFS):
        people = nation(48, seed, microcredentials=1)
        begun = perf_counter()
        ours = form(people, 1.0)
        longest = max(longest, perf_counter() - begun)
        best, _ = best_there_is(freed(people), goods._replace(mixing=MIXING), seed)
        shares.append(score(people, goods, ours) / score(people, goods, best))
        print(f"proof {seed}: {shares[-1]:.4f}", file=sys.stderr, flush=True)
    mean, least = float(np.mean(shares)), min(shares)
    yield Row("48 people, mean of 20 populations", f"{mean:.4f}", "the proved optimum", mean, least=0.998)
    yield Row("the least of them", f"{least:.4f}", "the proved optimum", least)
    yield Row("the longest of them", told(longest), "1 s", longest, most=1)


def million() -> Iterator[Row]:
    """A million people with the usual effort and for some ten times as long: about ten minutes."""
    ours, long = run(1_000_000, NATION), run(1_000_000, LONG * NATION)
    what = f"1,000,000 people: F in {told(ours.seconds)}, {ours.megabytes:,.0f} MB"
    longer = f"{long.seconds / ours.seconds:.1f} times as long, {told(long.seconds)}"
    peer = f"{longer}, {long.megabytes:,.0f} MB: {long.score:.4f}"
    yield Row(what, f"{ours.score:.4f}", peer, ours.score / long.score, least=0.95)


def _small() -> Iterator[Row]:
    goods = goods_of(Policy())
    people = nation(48, 1, microcredentials=1)
    form(people, 1.0)
    begun = perf_counter()
    ours = score(people, goods, form(people, 1.0))
    spent = told(perf_counter() - begun)
    solver = score(people, goods, cp_sat(people, goods, 60))
    yield Row(f"48 people: F in {spent}", f"{ours:.4f}", f"CP-SAT in a minute: {solver:.4f}", ours / solver)
    chance = score(people, goods, random_feasible(people, goods, 1))
    yield Row("48 people: F", f"{ours:.4f}", f"random feasible: {chance:.4f}", ours / chance)


def _large() -> Iterator[Row]:
    goods = goods_of(Policy())
    for count, seconds, least in ((1_000, 6.0, 0.99), (10_000, 1.0, 0.95), (10_000, 12.0, 0.985)):
        ours, best = run(count, seconds), run(count, BEST)
        what = f"{count:,} people: F in {told(ours.seconds)}, {ours.megabytes:,.0f} MB"
        yield Row(
            what, f"{ours.score:.4f}", f"in {told(best.seconds)}: {best.score:.4f}", ours.score / best.score, least
        )
    for count in (1_000, 10_000):
        people = nation(count, 1)
        ours = run(count, 6.0 if count == 1_000 else 1.0)
        begun = perf_counter()
        means = score(people, goods, k_means(people, goods, 1))
        peer = f"k-means-constrained in {told(perf_counter() - begun)}: {means:.4f}"
        yield Row(f"{count:,} people: F", f"{ours.score:.4f}", peer, ours.score / means, least=1.2)
        chance = score(people, goods, random_feasible(people, goods, 1))
        yield Row(f"{count:,} people: F", f"{ours.score:.4f}", f"random feasible: {chance:.4f}", ours.score / chance)
    for count, seconds in ((100_000, 8.0), (1_000_000, NATION)):
        ours = run(count, seconds)
        people = nation(count, 1)
        chance = score(people, goods, random_feasible(people, goods, 1))
        what = f"{count:,} people: F in {told(ours.seconds)}, {ours.megabytes:,.0f} MB"
        yield Row(what, f"{ours.score:.4f}", f"random feasible: {chance:.4f}", ours.score / chance)
    nationwide = run(1_000_000, NATION)
    yield Row("1,000,000 people: time", told(nationwide.seconds), "60 s", nationwide.seconds / 60, most=1)
    yield Row(
        "1,000,000 people: memory", f"{nationwide.megabytes:,.0f} MB", "2 GB", nationwide.megabytes / 2048, most=1
    )


def _living() -> Iterator[Row]:
    goods = goods_of(Policy())
    lost, kept = _next_season(goods)
    yield Row("5 % out, 5 % in: lose most of their peers", f"{lost:.1%}", "5 %", lost / 0.05, most=1)
    yield Row("the same: F", "kept", "formed from scratch", kept, least=0.99)
    for count in (10_000, 1_000_000):
        people = nation(count, 1)
        place = form(people, 1.0)
        seated = np.flatnonzero(place != NONE)
        standing = Standing(people, goods, place)
        waits = []
        for row in np.random.default_rng(3).choice(seated, JOINS, replace=False).tolist():
            standing.leave(row)
            begun = perf_counter()
            seat = standing.find_seat(row)
            if seat:
                standing.join(row, seat.cohort)
            waits.append(perf_counter() - begun)
        slowest = float(np.quantile(waits, 0.95))
        yield Row(f"one joins {count:,}: 95 in 100 within", told(slowest), "10 ms", slowest / 0.01, most=1)


def _next_season(goods: Goods) -> tuple[float, float]:
    """Of ten thousand, one in twenty leaves and as many come: who of those that stay loses most peers, and F against
    forming anew."""
    everybody = nation(10_500, 1)
    before = _take(everybody, np.arange(10_000))
    place = np.full(10_500, NONE)
    place[:10_000] = form(before, 10.0)
    staying = np.sort(np.random.default_rng(5).permutation(10_000)[:9_500])
    rows = np.concatenate([staying, np.arange(10_000, 10_500)])
    people, bound = _take(everybody, rows), place[rows]
    again = form(people, 10.0, goods, bound)
    anew = form(people, 10.0)
    there = np.flatnonzero((bound != NONE) & (again != NONE))
    losers = 0
    for row in there:
        peers = np.flatnonzero(bound == bound[row])
        losers += 2 * (again[peers] == again[row]).sum() - 2 < len(peers) - 1
    return losers / len(there), score(people, goods, again) / score(people, goods, anew)


def _take(people: Columns, rows: np.ndarray) -> Columns:
    """These people alone; nobody of a nation is apart from anybody."""
    nobody = np.zeros(len(rows) + 1, np.int64)
    shared = {"text_start", "text_word", "text_weight", "shun_row", "met_row", "shun_start", "met_start"}
    taken = {name: getattr(people, name)[rows] for name in Columns._fields if name not in shared}
    return people._replace(**taken, shun_start=nobody, met_start=nobody)
