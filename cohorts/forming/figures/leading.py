"""Who of the people could lead which cohort: by every rule, with when most of its members are free."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from math import ceil, sqrt
from typing import NamedTuple, TypeVar

import numpy as np

from cohorts.forming.engine.columns import UNKNOWN, Words
from cohorts.forming.facilitators import Leader, Need, assign
from cohorts.forming.hours import starts_within, week_of
from cohorts.forming.model import Candidate

from .division import Division

T = TypeVar("T")
MOST_PAIRS = 200_000
"""So many pairs of cohort and facilitator are weighed against each other at once: of a nation, part after part."""
Listed = Mapping[str, frozenset[str]]


class Lead(NamedTuple):
    """A facilitator. `week`: the half-hours of the UTC week at which an hour may begin."""

    id: str
    language: str
    lea: str
    week: int


@dataclass(slots=True)
class Leads:
    """Everybody who facilitates, and for whoever names anybody, the ids on their lists, in small letters."""

    people: list[Lead] = field(default_factory=list)
    listed: dict[str, frozenset[str]] = field(default_factory=dict)

    def hear(self, candidate: Candidate, starts: date, *, leads: bool) -> None:
        named = (*candidate.avoid, *candidate.evaluators)
        if named:
            self.listed[candidate.educator_id.lower()] = frozenset(name.lower() for name in named)
        if leads:
            week = starts_within(week_of(candidate.availability, candidate.zone, starts))
            self.people.append(Lead(candidate.educator_id, candidate.language, candidate.lea_id, week))


def choose_leads(division: Division, leads: Leads, capacity: int) -> Sequence[str]:
    """Each cohort's facilitator, "" for none. Nobody leads more than `capacity` cohorts, nor one that `may_lead`
    forbids."""
    if not leads.people or not capacity:
        return [""] * division.count
    teams = [team_of(division, number) for number in range(division.count)]
    parts = ceil(sqrt(max(1.0, len(teams) * len(leads.people) / MOST_PAIRS)))
    ordered = sorted(range(len(teams)), key=lambda number: (teams[number].language, teams[number].lea, number))
    people = sorted(leads.people, key=lambda lead: (lead.language, lead.lea, lead.id))
    found = [""] * len(teams)
    for numbers, part in zip(_cut(ordered, parts), _cut(people, parts), strict=True):
        leaders = [
            Leader(educator_id=lead.id, language=lead.language, capacity=capacity, room=capacity, week=lead.week)
            for lead in part
        ]
        # Ids of needs only break ties: the number of a cohort says nothing of anybody's name.
        needs = [_need(f"{number:09}", teams[number], part, leads.listed) for number in numbers]
        given = assign(needs, leaders)
        for number, need in zip(numbers, needs, strict=True):
            found[number] = given[need.id]
    return found


class Team(NamedTuple):
    """Of a cohort what counts for who leads it. `who` are ids in small letters; `stay`: LEAs of those who did not agree
    to be with people of others; `lea` is that of its first member."""

    who: frozenset[str]
    language: str
    lea: str
    stay: frozenset[str]
    week: int = 0


def may_lead(team: Team, lead: Lead, listed: Listed) -> bool:
    """Whether no rule forbids it: not their own cohort, neither evaluates or avoids the other, consent covers the
    LEA."""
    me = lead.id.lower()
    if me in team.who or any(me in listed.get(who, ()) for who in team.who):
        return False
    return not (listed.get(me, frozenset()) & team.who) and (not team.stay or (team.stay == {lead.lea} != {""}))


def _need(name: str, team: Team, leads: Sequence[Lead], listed: Listed) -> Need:
    able = frozenset(lead.id for lead in leads if may_lead(team, lead, listed))
    return Need(id=name, language=team.language, able=able, week=team.week)


def team_of(division: Division, number: int) -> Team:
    population = division.population
    people, names = population.columns, population.names
    rows = division.members[division.starts[number] : division.starts[number + 1]]
    leas = [names.lea[code] if code != UNKNOWN else "" for code in people.lea[rows].tolist()]
    return Team(
        who=frozenset(population.ids[row].lower() for row in rows),
        language=names.language[people.language[rows[0]]],
        lea=leas[0],
        stay=frozenset(lea for lea, share in zip(leas, people.share[rows], strict=True) if not share),
        week=_mostly_free(people.week[rows]),
    )


def _mostly_free(weeks: Words) -> int:
    """The half-hours at which an hour may begin for at least half of them."""
    bits = np.unpackbits(weeks.astype("<u8").view(np.uint8), axis=1, bitorder="little")
    mostly = 2 * bits.sum(axis=0, dtype=np.int64) >= len(weeks)
    return int.from_bytes(np.packbits(mostly, bitorder="little").tobytes(), "little")


def _cut(items: Sequence[T], parts: int) -> list[Sequence[T]]:
    """So many runs of about as many each."""
    edges = [round(len(items) * part / parts) for part in range(parts + 1)]
    return [items[low:high] for low, high in pairwise(edges)]
