"""What a proposal does for those who were alone, region by region."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from cohorts.values import Frozen

from .model import Candidate, Policy, Proposal
from .objective import ENOUGH_NEAR, People
from .report import alone_before


class Region(Frozen):
    """`before` and `after`: singletons with fewer than two near peers, in their own LEA and in their cohort, who waits
    having none. `leas` are those with anybody in it."""

    name: str
    leas: int
    people: int
    singletons: int
    before: int
    after: int
    waiting: int


def regions_of(
    proposal: Proposal, policy: Policy, candidates: Sequence[Candidate], regions: Mapping[str, str]
) -> tuple[Region, ...]:
    """By name; `regions`: LEA → its region's name. An LEA without one is of the region ""."""
    before = alone_before(People(candidates, policy, proposal.starts))
    near = {seat.educator_id: seat.terms.near_peers for group in proposal.groups for seat in group.members}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    leas: dict[str, set[str]] = defaultdict(set)
    for one in candidates:
        here, who = regions.get(one.lea_id, ""), one.educator_id
        leas[here].add(one.lea_id)
        counts[here].update(
            people=1,
            waiting=who not in near,
            singletons=who in before,
            before=before.get(who, False),
            after=who in before and near.get(who, 0) < ENOUGH_NEAR,
        )
    return tuple(Region(name=name, leas=len(leas[name]), **counts[name]) for name in sorted(counts))


def together(regions: Sequence[Region], name: str) -> Region:
    """All of them as one."""
    fields = ("leas", "people", "singletons", "before", "after", "waiting")
    return Region(name=name, **{field: sum(getattr(region, field) for region in regions) for field in fields})
