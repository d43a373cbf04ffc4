"""Who of the people could lead which cohort: by every rule, with when most of its members are free."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from math import ceil, sqrt
from typing import NamedTuple, TypeVar

import numpy as np

from cohorts.forming.engine.columns import UNKNOWN, Ints, Words
from cohorts.forming.facilitators import Leader, Need, assign
from cohorts.forming.hours import starts_within, week_of
from cohorts.forming.model import Candidate

from .division import Division

T = TypeVar("T")
MOST_PAIRS = 200_000
"""So many pairs of cohort and facilitator are weighed against each other at once: of a nation, part after part."""
Listed = Mapping[str, frozenset[str]]


class Lead(NamedTuple):
    """A facilitator. `share`: whether they agreed to be with people of other LEAs. `week`: the half-hours of the UTC
    week at which an hour may begin."""

    id: str
    language: str
    lea: str
    share: bool
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
            self.people.append(
                Lead(candidate.educator_id, candidate.language, candidate.lea_id, candidate.share_across_leas, week)
            )


def choose_leads(division: Division, leads: Leads, capacity: int) -> Sequence[str]:
    """Each cohort's facilitator, "" for none. Nobody leads more than `capacity` cohorts, nor one that `may_lead`
    forbids."""
    found = [""] * division.count
    if not leads.people or not capacity:
        return found
    teams = [team_of(division, number) for number in range(division.count)]
    for language in sorted({lead.language for lead in leads.people}):
        here = [number for number, team in enumerate(teams) if team.language == language]
        speaking = [lead for lead in leads.people if lead.language == language]
        parts = ceil(sqrt(max(1.0, len(here) * len(speaking) / MOST_PAIRS)))
        ordered = sorted(here, key=lambda number: (teams[number].lea, number))
        people = sorted(speaking, key=lambda lead: (lead.lea, lead.id))
        for numbers, part in zip(_cut(ordered, parts), _cut(people, parts), strict=True):
            found_here = _assign({number: teams[number] for number in numbers}, part, leads.listed, capacity)
            for number, who in found_here.items():
                found[number] = who
    return found


def _assign(teams: Mapping[int, "Team"], part: Sequence[Lead], listed: Listed, capacity: int) -> Mapping[int, str]:
    leaders = [Leader(educator_id=lead.id, capacity=capacity, room=capacity, week=lead.week) for lead in part]
    # Ids of needs only break ties: the number of a cohort says nothing of anybody's name.
    needs = {number: _need(f"{number:09}", team, part, listed) for number, team in teams.items()}
    given = assign(list(needs.values()), leaders)
    return {number: given[need.id] for number, need in needs.items()}


class Team(NamedTuple):
    """Of a cohort what counts for who leads it. `who` are ids in small letters; `lea` is that of its first member.
    `leas` are those of all, `stay` of those who did not agree to be with people of others; "" where one is unknown."""

    who: frozenset[str]
    language: str
    lea: str
    leas: frozenset[str]
    stay: frozenset[str]
    week: int = 0


def may_lead(team: Team, lead: Lead, listed: Listed) -> bool:
    """Whether no rule forbids it: they speak its language, it is not their own cohort, neither evaluates or avoids the
    other, the consent of both sides covers the LEAs."""
    me = lead.id.lower()
    if lead.language != team.language or me in team.who or any(me in listed.get(who, ()) for who in team.who):
        return False
    bound = team.stay if lead.share else team.leas
    return not (listed.get(me, frozenset()) & team.who) and (not bound or bound == {lead.lea} != {""})


def _need(name: str, team: Team, leads: Sequence[Lead], listed: Listed) -> Need:
    able = frozenset(lead.id for lead in leads if may_lead(team, lead, listed))
    return Need(id=name, able=able, week=team.week)


def team_of(division: Division, number: int) -> Team:
    population = division.population
    people, names = population.columns, population.names
    rows = division.members[division.starts[number] : division.starts[number + 1]]
    leas = [names.lea[code] if code != UNKNOWN else "" for code in people.lea[rows].tolist()]
    return Team(
        who=frozenset(population.ids[row].lower() for row in rows),
        language=names.language[_spoken_most(people.language[rows])],
        lea=leas[0],
        leas=frozenset(leas),
        stay=frozenset(lea for lea, share in zip(leas, people.share[rows], strict=True) if not share),
        week=_mostly_free(people.week[rows]),
    )


def _spoken_most(languages: Ints) -> int:
    """The language of most, of equals the first: a file to be scored may mix them."""
    spoken = languages.tolist()
    return int(max(sorted(set(spoken)), key=spoken.count))


def _mostly_free(weeks: Words) -> int:
    """The half-hours at which an hour may begin for at least half of them."""
    bits = np.unpackbits(weeks.astype("<u8").view(np.uint8), axis=1, bitorder="little")
    mostly = 2 * bits.sum(axis=0, dtype=np.int64) >= len(weeks)
    return int.from_bytes(np.packbits(mostly, bitorder="little").tobytes(), "little")


def _cut(items: Sequence[T], parts: int) -> list[Sequence[T]]:
    """So many runs of about as many each."""
    edges = [round(len(items) * part / parts) for part in range(parts + 1)]
    return [items[low:high] for low, high in pairwise(edges)]
