"""A proposal as a network: which LEAs meet in which cohorts, and how many of those who were alone are connected."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import fsum

from cohorts.values import Frozen

from .model import Proposal

WAITING = "waiting"
UNTOLD = ""
ROUNDS = 6


class Link(Frozen):
    """So many people of an LEA in a cohort, or WAITING; `singletons` of them were alone in school or LEA."""

    lea: str
    to: str
    people: int
    singletons: int


class Network(Frozen):
    """`leas` by name and `cohorts` by id, each in an order in which few links cross. The name UNTOLD stands for all the
    LEAs that the reader is not told of; WAITING, where somebody waits, is the last of the cohorts."""

    leas: tuple[str, ...]
    cohorts: tuple[str, ...]
    links: tuple[Link, ...]

    @property
    def connected(self) -> int:
        """Singletons with a seat."""
        return sum(link.singletons for link in self.links if link.to != WAITING)

    @property
    def alone(self) -> int:
        """Singletons who wait."""
        return sum(link.singletons for link in self.links if link.to == WAITING)


def network_of(proposal: Proposal, homes: Mapping[str, str]) -> Network:
    """`homes`: educator → the name of their LEA; who is missing there is of an LEA that is not told."""
    people: Counter[tuple[str, str]] = Counter()
    singletons: Counter[tuple[str, str]] = Counter()
    seats = [(seat.educator_id, group.id) for group in proposal.groups for seat in group.members]
    for who, to in [*seats, *((who, WAITING) for who in proposal.unplaced)]:
        pair = homes.get(who, UNTOLD), to
        people[pair] += 1
        singletons[pair] += proposal.singletons.get(who, "none") != "none"
    links = tuple(
        Link(lea=lea, to=to, people=people[lea, to], singletons=singletons[lea, to]) for lea, to in sorted(people)
    )
    leas, cohorts = _untangled(sorted({link.lea for link in links}), [group.id for group in proposal.groups], links)
    return Network(leas=leas, cohorts=(*cohorts, *([WAITING] if proposal.unplaced else [])), links=links)


def _untangled(
    leas: Sequence[str], cohorts: Sequence[str], links: Sequence[Link]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Each side in turn by the mean place of what it is linked to (Sugiyama's barycentres)."""
    beside: dict[str, list[tuple[str, int]]] = defaultdict(list)
    met: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for link in links:
        if link.to != WAITING:
            beside[link.lea].append((link.to, link.people))
            met[link.to].append((link.lea, link.people))
    for _ in range(ROUNDS):
        leas = _by_mean(leas, beside, cohorts)
        cohorts = _by_mean(cohorts, met, leas)
    return tuple(leas), tuple(cohorts)


def _by_mean(names: Sequence[str], linked: Mapping[str, Sequence[tuple[str, int]]], others: Sequence[str]) -> list[str]:
    places = {other: (place + 0.5) / len(others) for place, other in enumerate(others)}

    def mean(name: str) -> float:
        weights = linked.get(name, ())
        total = sum(people for _, people in weights)
        # Whoever is linked to nobody goes to the end, beside those who wait.
        return fsum(places[other] * people for other, people in weights) / total if total else 1.0

    return sorted(names, key=lambda name: (round(mean(name), 9), name == UNTOLD, name))
