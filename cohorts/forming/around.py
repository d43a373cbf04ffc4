"""Proposing anew around what stays: locked cohorts keep everybody, pinned people keep each other."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from math import fsum

from .edit import ground, places_of, rebuild
from .form import Progress, form_cohorts, propose
from .model import RUNGS, Candidate, Policy, Proposal
from .objective import People
from .terms import describe, rung_between, too_wide

Group = tuple[int, ...]
Groups = dict[str, Group]
Change = Mapping[str, Group]
WAITING = ""
"""The name under which those without a seat stand among the cohorts."""
SEAT = 10.0
"""Worth of a seat in a cohort that can start: more than any score can outweigh."""
HOLD = 3
FORBIDDEN = 1e4
MOST_CHANGES = 200
MANY = 600
NEIGHBOURS = 40
BETTER = 1e-6


def form_around(  # noqa: PLR0913 - the last says how it is told of, not what is done
    kept: Proposal,
    candidates: Sequence[Candidate],
    policy: Policy,
    seed: int,
    now: datetime,
    *,
    fixed: Sequence[Sequence[str]] = (),
    progress: Progress | None = None,
) -> Proposal:
    """A proposal for everybody: locked cohorts as they are, each pinned person with the others pinned to their cohort.

    Whoever no longer waits is in none of it. Pins that cannot make a cohort are kept all the same: they are the
    facilitator's wish, and `unready` says what to mend. `fixed` and `progress` are `form_cohorts`'s. Equal input gives
    an equal proposal.
    """
    people = People(candidates, policy, kept.starts)
    places = places_of(kept, people)
    locked = {group_id: places[group_id] for group_id in kept.locked if places.get(group_id)}
    still = {i for members in locked.values() for i in members}
    others = [one.candidate for i, one in enumerate(people.all) if i not in still]
    fresh = form_cohorts(_kept_apart(others, kept), policy, seed, now, fixed=fixed, progress=progress)
    people = People(candidates, policy, max(kept.starts, fresh.starts))
    pins = {
        group_id: tuple(i for i in members if people.all[i].candidate.educator_id in kept.pinned)
        for group_id, members in places.items()
        if group_id not in locked
    }
    now_there = {group_id: members for group_id, members in places.items() if group_id not in locked}
    ready = {people.index[one.educator_id] for one in candidates}.difference(
        still, _later(people, fresh), _hindered(people)
    )
    # Of many people the new proposal alone is put right: it is good everywhere that no pin touches.
    starts = [places_of(fresh, people), *([now_there] if len(ready) <= MANY else [])]
    tried = [_Seating(people, _with_waiting(start, ready), pins) for start in starts]
    groups = {**locked, **max(tried, key=lambda seating: seating.settled()).groups}
    described = [describe(people, group_id, members) for group_id, members in groups.items() if members]
    later = {who: reason for who, reason in fresh.unplaced.items() if reason.code == "start_later"}
    seated = {seat.educator_id for group in described for seat in group.members}
    made = propose(people, described, {who: reason for who, reason in later.items() if who not in seated})
    marked = made.model_copy(
        update={"pinned": kept.pinned, "locked": kept.locked, "problem_singletons": fresh.problem_singletons}
    )
    return rebuild(marked, people, places_of(marked, people), "")


def _kept_apart(candidates: Sequence[Candidate], kept: Proposal) -> list[Candidate]:
    """As they are, but that those pinned to different cohorts avoid each other: else the search would bring some
    together, and parting them afterwards costs more than never having counted on it."""
    homes = {seat.educator_id: group.id for group in kept.groups for seat in group.members}
    homes = {who: homes[who] for who in kept.pinned if who in homes}
    if len(homes) > MANY:
        return list(candidates)
    pinned = [(one.email, homes[one.educator_id]) for one in candidates if one.educator_id in homes]

    def apart(one: Candidate) -> Candidate:
        home = homes.get(one.educator_id)
        others = tuple(email for email, other in pinned if home and other != home)
        return one.model_copy(update={"avoid": (*one.avoid, *others)}) if others else one

    return [apart(one) for one in candidates]


def _later(people: People, fresh: Proposal) -> Iterator[int]:
    return (people.index[who] for who, reason in fresh.unplaced.items() if reason.code == "start_later")


def _hindered(people: People) -> Iterator[int]:
    return (i for i, one in enumerate(people.all) if one.candidate.hindrance)


def _with_waiting(groups: Mapping[str, Group], ready: Collection[int]) -> Groups:
    seated = {i for members in groups.values() for i in members}
    return {**groups, WAITING: tuple(sorted({*ready} - seated))}


class _Seating:
    """Cohorts while they are put right around the pins."""

    def __init__(self, people: People, groups: Mapping[str, Group], pins: Mapping[str, Group]) -> None:
        self._people = people
        self._groups: Groups = dict(groups)
        self._pins = {group_id: members for group_id, members in sorted(pins.items()) if members}
        self._held = {i for members in self._pins.values() for i in members}
        self._known: dict[Group, float] = {}

    @property
    def groups(self) -> Groups:
        return {name: group for name, group in self._groups.items() if name != WAITING and group}

    def settled(self) -> float:
        """Puts it right, each cohort with pins under the name its cohort had; what it is all worth then."""
        touched = {WAITING}
        homes: dict[str, str] = {}
        for group_id, members in sorted(self._pins.items(), key=lambda item: (-len(item[1]), item[0])):
            homes[group_id] = self._home(group_id, members, list(homes.values()))
            touched |= self._gather(members, homes[group_id])
        self._settle(sorted(touched), sorted(touched))
        if len(self._people.all) <= MANY:
            self._settle([WAITING], sorted(self._groups))
        if small := self._small(touched):
            self._settle(small, [WAITING, *self._neighbours(small)])
            self._dissolve(self._small({*self._groups}))
        names = {home: group_id for group_id, home in homes.items()}
        self._groups = {names.get(name, name): group for name, group in self._groups.items()}
        return sum(self._worth(name, group) for name, group in self._groups.items())

    def _home(self, group_id: str, members: Group, taken: Sequence[str]) -> str:
        """Where most of them are already; else a cohort of their own."""
        together = {name: len({*members} & {*group}) for name, group in self._groups.items()}
        possible = [name for name in together if name not in (WAITING, *taken) and together[name]]
        if possible:
            return max(possible, key=lambda name: (together[name], name))
        self._groups[group_id] = ()
        return group_id

    def _gather(self, members: Group, home: str) -> set[str]:
        """Brings them there; who may not be with them, or has no room beside them, waits. Names the cohorts touched."""
        touched = {home}
        for i in members:
            source = next((name for name, group in self._groups.items() if i in group), home)
            if source != home:
                touched.add(source)
                self._groups[source] = tuple(j for j in self._groups[source] if j != i)
                self._groups[home] += (i,)
        beside = [i for i in self._groups[home] if i not in self._held]
        fitting = [i for i in beside if not ground(self._people, i, members)]
        stay = {*fitting[: max(0, self._people.policy.largest - len(members))]}
        self._groups[home] = tuple(i for i in self._groups[home] if i in self._held or i in stay)
        self._groups[WAITING] += tuple(i for i in beside if i not in stay)
        return touched

    def _small(self, names: Iterable[str]) -> list[str]:
        smallest = self._people.policy.smallest
        return [name for name in names if name != WAITING and 0 < len(self._groups[name]) < smallest]

    def _neighbours(self, names: Sequence[str]) -> list[str]:
        """Cohorts from which somebody could come, or to which somebody could go: the likest first, of many a few."""
        inside = [self._people.all[i] for name in names for i in self._groups[name]]

        def distance(name: str) -> int:
            first = self._people.all[self._groups[name][0]]
            return min(RUNGS.index(rung_between(one, first)) for one in inside)

        others = [name for name, group in self._groups.items() if group and name != WAITING and name not in names]
        return sorted(others, key=lambda name: (distance(name), name))[:NEIGHBOURS]

    def _dissolve(self, names: Sequence[str]) -> None:
        """A cohort too small to start is nobody's wish, unless somebody is pinned to it."""
        for name in names:
            if not self._held.intersection(self._groups[name]):
                self._groups[WAITING] += self._groups.pop(name)

    def _settle(self, these: Sequence[str], others: Sequence[str]) -> None:
        """The best move or exchange between one of these cohorts and one of the others, until none helps."""
        pairs = sorted({(min(one, other), max(one, other)) for one in these for other in others if one != other})
        known: dict[tuple[str, str], tuple[float, Change]] = {}
        for _ in range(MOST_CHANGES):
            for pair in pairs:
                if pair not in known:
                    known[pair] = self._best_between(*pair)
            best = max(pairs, key=lambda pair: known[pair][0], default=None)
            if best is None or known[best][0] <= BETTER:
                return
            self._groups |= known[best][1]
            known = {pair: found for pair, found in known.items() if not {*pair} & {*best}}

    def _best_between(self, one: str, other: str) -> tuple[float, Change]:
        """The best move or exchange between two, and what it brings."""
        before = self._worth(one, self._groups[one]) + self._worth(other, self._groups[other])
        tried = (
            (sum(self._worth(name, group) for name, group in change.items()) - before, change)
            for change in self._changes(one, other)
        )
        return max(tried, key=lambda found: found[0], default=(0.0, {}))

    def _changes(self, one: str, other: str) -> Iterator[Change]:
        left, right = ([i for i in self._groups[name] if i not in self._held] for name in (one, other))
        pairs = [(i, j) for i in left for j in right]
        for out, into in (*((i, None) for i in left), *((None, j) for j in right), *pairs):
            yield {one: _with(self._groups[one], out, into), other: _with(self._groups[other], into, out)}

    def _worth(self, name: str, group: Group) -> float:
        """Of a cohort, in scores and seats; less than nothing where a rule forbids it. Waiting is worth nothing."""
        if name == WAITING or not group:
            return 0.0
        key = tuple(sorted(group))
        if key not in self._known:
            self._known[key] = self._worked_out(key)
        return self._known[key]

    def _worked_out(self, group: Group) -> float:
        policy, persons = self._people.policy, {i: self._people.all[i] for i in group}
        wrong = sum(bool(ground(self._people, i, [j])) for place, i in enumerate(group) for j in group[:place])
        wrong += sum(too_wide(persons[i], [persons[j] for j in group if j != i]) for i in group if i not in self._held)
        wrong += max(0, len(group) - policy.largest)
        if wrong:
            return -FORBIDDEN * wrong
        value = fsum(seat.terms.value for seat in describe(self._people, "", group).members)
        missing = policy.smallest - len(group)
        seats = SEAT * len(group) if missing <= 0 else 0.0
        if missing > 0 and self._held.intersection(group):
            # Whoever fills up a cohort that pins hold open may cost a seat elsewhere, but never a whole cohort.
            seats = -HOLD * SEAT * missing
        return value + seats


def _with(group: Group, out: int | None, into: int | None) -> Group:
    return tuple(i for i in group if i != out) + (() if into is None else (into,))
