"""A proposal as a cooperative reads it: who is less alone, how districts mix, who waits and why, and where one group of
people fares worse than the others. Counts alone, and no small one."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Literal

from cohorts.values import Frozen

from .form import count_sizes
from .model import Candidate, Group, Policy, Proposal, ReasonCode
from .objective import ENOUGH_NEAR, People, near
from .suppress import FEWEST, FEWEST_LEAS, hidden_cells

By = Literal["locale", "district", "need", "language", "singleton"]
Alone = Mapping[str, bool]
UNFAIR = 0.8
"""A group of people whose mean value is below this share of everybody's is flagged."""
TENTH = 0.1
FULL_MIX, THREE_HOURS = 3, 3
_ORDER = ("city", "suburb", "town", "rural", "one", "few", "many", "high", "other", "none", "school", "lea")
_LOCALES = {"1": "city", "2": "suburb", "3": "town", "4": "rural"}


class Share(Frozen):
    """`part` of `whole`; None where the whole is too small to tell."""

    part: int | None
    whole: int

    @property
    def percent(self) -> int | None:
        return None if self.part is None else round(100 * self.part / self.whole) if self.whole else 0


class Cell(Frozen):
    """One group of people: with a `people` of None it is too small, and nothing of it is told. `value` is the mean of
    all of them, who waits counting 0."""

    name: str
    people: int | None
    seated: Share | None = None
    alone: Share | None = None
    value: float | None = None


class Balance(Frozen):
    """Everybody, parted in one way. `worst` is the cell that fares worst; `ratio` its mean value ÷ everybody's."""

    by: By
    cells: tuple[Cell, ...]
    worst: str = ""
    ratio: float | None = None

    @property
    def flagged(self) -> bool:
        return self.ratio is not None and self.ratio < UNFAIR


class Report(Frozen):
    """`before` and `after`: singletons with fewer than two near peers, in their own LEA and in their cohort (who waits
    has none). `leas`: cohorts with one, two, and three or more LEAs; `one_sided` those of which one LEA is more than
    half. `hours`: people with no, one or two, three or more weekly hours for all. `tenth`: a tenth of all people are
    worth at most that, who waits counting 0. `waiting`: cause → people, None where too few to tell."""

    people: int
    seated: int
    groups: int
    before: Share
    after: Share
    leas: Mapping[int, int]
    one_sided: int
    hours: Mapping[int, int]
    sizes: Mapping[int, int]
    mean: float
    tenth: float
    waiting: Mapping[ReasonCode, int | None]
    balances: tuple[Balance, ...]


def report_on(
    proposal: Proposal, policy: Policy, candidates: Sequence[Candidate], high_need: Collection[str] | None = None
) -> Report:
    """The candidates are those the proposal was formed from. `high_need` are ids of LEAs; None when it is not known."""
    people = People(candidates, policy, proposal.starts)
    seats = {seat.educator_id: seat for group in proposal.groups for seat in group.members}
    values = {
        one.educator_id: seats[one.educator_id].terms.value if one.educator_id in seats else 0.0 for one in candidates
    }
    before = alone_before(people)
    after = {who: who not in seats or seats[who].terms.near_peers < ENOUGH_NEAR for who in before}
    causes = Counter(reason.code for who, reason in proposal.unplaced.items() if who in values)
    hidden = hidden_cells({str(code): count for code, count in causes.items()})
    ordered = sorted(values.values())
    return Report(
        people=len(values),
        seated=len(seats),
        groups=len(proposal.groups),
        before=_share(before),
        after=_share(after),
        leas=_counted((min(FULL_MIX, group.leas) for group in proposal.groups), (1, 2, FULL_MIX)),
        one_sided=sum(_one_sided(group) for group in proposal.groups),
        hours=_counted((_hours(group) for group in proposal.groups for _ in group.members), (0, 1, THREE_HOURS)),
        sizes=count_sizes(proposal),
        mean=fsum(ordered) / len(ordered) if ordered else 0.0,
        tenth=ordered[int(TENTH * (len(ordered) - 1))] if ordered else 0.0,
        waiting={code: None if code in hidden else count for code, count in sorted(causes.items())},
        balances=_balances(people, _Fates(values, after, seats.keys()), high_need),
    )


def alone_before(people: People) -> Alone:
    """Singleton → whether fewer than two near peers work on the same microcredential in their own LEA."""
    beside: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, person in enumerate(people.all):
        if person.candidate.lea_id:
            beside[person.candidate.lea_id, person.candidate.microcredential_id].append(i)
    return {
        me.candidate.educator_id: not _enough(
            near(me, people.all[j])
            for j in beside.get((me.candidate.lea_id, me.candidate.microcredential_id), ())
            if j != i
        )
        for i, me in enumerate(people.all)
        if me.level != "none"
    }


def _enough(found: Iterable[bool]) -> bool:
    count = 0
    for one in found:
        count += one
        if count >= ENOUGH_NEAR:
            return True
    return False


def locale_of(candidate: Candidate) -> str:
    """city, suburb, town, rural or "": from an NCES code (11 to 43) or a word."""
    text = candidate.locale.strip().lower()
    return _LOCALES.get(text[:1], next((name for name in _LOCALES.values() if text.startswith(name[:5])), ""))


@dataclass(frozen=True, slots=True)
class _Fates:
    """What became of everybody: their value, and of singletons whether they stay alone."""

    values: Mapping[str, float]
    alone: Alone
    seated: Collection[str]

    @property
    def mean(self) -> float:
        return fsum(self.values.values()) / len(self.values) if self.values else 0.0


def _balances(people: People, fates: _Fates, high_need: Collection[str] | None) -> tuple[Balance, ...]:
    candidates = [person.candidate for person in people.all]
    sizes = Counter(one.lea_id for one in candidates)
    levels = {person.candidate.educator_id: person.level for person in people.all}
    ways: dict[By, Callable[[Candidate], str]] = {
        "locale": locale_of,
        "district": lambda one: "one" if sizes[one.lea_id] == 1 else "few" if sizes[one.lea_id] < FEWEST else "many",
        "need": lambda one: "" if high_need is None else "high" if one.lea_id in high_need else "other",
        "language": lambda one: one.language,
        "singleton": lambda one: levels[one.educator_id],
    }
    found = (_balance(by, key, candidates, fates) for by, key in ways.items())
    return tuple(one for one in found if len(one.cells) > 1)


def _balance(by: By, key: Callable[[Candidate], str], candidates: Sequence[Candidate], fates: _Fates) -> Balance:
    members: dict[str, list[Candidate]] = defaultdict(list)
    for one in candidates:
        if name := key(one):
            members[name].append(one)
    hidden = hidden_cells({name: len(who) for name, who in members.items()}, _narrow(members))
    ordered = sorted(members, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))
    cells = tuple(
        Cell(name=name, people=None)
        if name in hidden
        else _cell(name, [one.educator_id for one in members[name]], fates)
        for name in ordered
    )
    told = {cell.name: cell.value for cell in cells if cell.value is not None}
    if len(told) < 2 or not fates.mean:
        return Balance(by=by, cells=cells)
    worst = min(told, key=lambda name: (told[name], name))
    return Balance(by=by, cells=cells, worst=worst, ratio=told[worst] / fates.mean)


def _narrow(members: Mapping[str, Sequence[Candidate]]) -> list[str]:
    """Cells in which another LEA could be recognised; in a network of one there is no other."""
    leas = {name: {one.lea_id for one in who} for name, who in members.items()}
    if len(set().union(*leas.values())) <= 1:
        return []
    return [name for name, found in leas.items() if len(found) < FEWEST_LEAS]


def _cell(name: str, who: Sequence[str], fates: _Fates) -> Cell:
    return Cell(
        name=name,
        people=len(who),
        seated=Share(part=sum(one in fates.seated for one in who), whole=len(who)),
        alone=_share({one: fates.alone[one] for one in who if one in fates.alone}),
        value=fsum(fates.values[one] for one in who) / len(who),
    )


def _share(alone: Alone) -> Share:
    whole = len(alone)
    return Share(part=None if 0 < whole < FEWEST else sum(alone.values()), whole=whole)


def _counted(found: Iterable[int], wanted: Sequence[int]) -> Mapping[int, int]:
    counts = Counter(found)
    return {name: counts[name] for name in wanted}


def _one_sided(group: Group) -> bool:
    leas = Counter(seat.lea_id or seat.educator_id for seat in group.members)
    return max(leas.values(), default=0) * 2 > len(group.members) and len(leas) > 1


def _hours(group: Group) -> int:
    return 0 if not group.common_hours else 1 if group.common_hours < THREE_HOURS else THREE_HOURS
