"""Any number of people into cohorts: small pools at one table, large ones at many, then the worst again and again."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from .hours import SLOTS
from .objective import People
from .search import BETTER, SEAT_BONUS, Dice, Table, bits, divide

ONE_TABLE = 60
TILE = 30
TOGETHER = 4
WAITING_AT_ONCE = 8
MIXING = 2.0
HOSTS_AT_ONCE = (1, 3)

Grouping = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Cohorts and who waits, by index."""

    groups: Grouping
    waiting: tuple[int, ...]


def arrange(people: People, pool: Sequence[int], key: Sequence[str]) -> Arrangement:
    """Everybody of one pool into cohorts, as far as rules and sizes allow. The key decides chance."""
    dice = _dice(key)
    hopeless = _hopeless(people, pool)
    hopeful = [i for i in pool if i not in hopeless]
    found = _seat(people, hopeful, dice) if len(hopeful) <= ONE_TABLE else _seat_many(people, hopeful, dice)
    rounds = (4 if len(hopeful) <= ONE_TABLE else 1) * len(found.groups)
    found = _improve(people, found, dice, rounds)
    return Arrangement(found.groups, tuple(sorted({*found.waiting, *hopeless})))


def widen(people: People, start: Arrangement, key: Sequence[str]) -> Arrangement:
    """Seats for those who wait: among themselves, or beside cohorts that are there already. Nobody loses a seat,
    and microcredentials mix only where that seats somebody."""
    dice = _dice(key)
    fresh = arrange(people, start.waiting, (*key, "waiting"))
    found = Arrangement(start.groups + fresh.groups, fresh.waiting)
    hopeless = _hopeless(people, [i for group in found.groups for i in group] + list(found.waiting))
    for guest in _in_turn(people, [i for i in found.waiting if i not in hopeless]):
        # Who stays within an LEA is not worth breaking up several cohorts: consent, not search, is the remedy.
        for at_once in HOSTS_AT_ONCE if _shares(people, guest) else HOSTS_AT_ONCE[:1]:
            if guest not in found.waiting:
                break
            hosts = sorted(_hosts(people, found.groups, guest)[:at_once])
            guests = [guest, *(i for i in found.waiting if i != guest and i not in hopeless)][:WAITING_AT_ONCE]
            again = _again(found, hosts, Table(people, _members(found, hosts, guests), MIXING), dice)
            if set(again.waiting) < set(found.waiting):
                found = again
    return found


def _hopeless(people: People, pool: Sequence[int]) -> frozenset[int]:
    """Those who stay within their LEA and have too few here from it."""
    leas = Counter(people.all[i].candidate.lea_id for i in pool)
    return frozenset(
        i
        for i in pool
        if not _shares(people, i)
        and (not people.all[i].candidate.lea_id or leas[people.all[i].candidate.lea_id] < people.policy.smallest)
    )


def _in_turn(people: People, waiting: Sequence[int]) -> list[int]:
    """Singletons of an LEA, then of a school, then the others."""
    return sorted(waiting, key=lambda i: (-SEAT_BONUS[people.all[i].level], i))


def _hosts(people: People, groups: Grouping, guest: int) -> list[int]:
    """Places of cohorts, the likeliest to take the guest in first."""

    def unlikely(place: int) -> tuple[int, bool, int]:
        group = groups[place]
        fitting = sum(not people.apart(guest, i) for i in group)
        stays = not _shares(people, guest)
        return (-fitting if stays else len(group) - fitting, len(group) >= people.policy.largest, place)

    return sorted(range(len(groups)), key=unlikely)


def _dice(key: Sequence[str]) -> Dice:
    return Dice(int.from_bytes(blake2b("\x1f".join(key).encode(), digest_size=8).digest(), "big"))


def _seat(people: People, members: Sequence[int], dice: Dice) -> Arrangement:
    table = Table(people, members)
    attempts = 8 if len(members) <= TILE // 2 else 3 if len(members) <= TILE else 1
    found = divide(table, dice, attempts)
    return Arrangement(
        tuple(tuple(table.members[a] for a in bits(group)) for group in found.groups),
        tuple(table.members[a] for a in bits(found.waiting)),
    )


def _seat_many(people: People, pool: Sequence[int], dice: Dice) -> Arrangement:
    groups: list[tuple[int, ...]] = []
    rest = set(pool)
    for tile in _home_tiles(people, pool):
        found = _seat(people, tile, dice)
        groups += [group for group in found.groups if not all(_shares(people, i) for i in group)]
        rest.difference_update(*groups)
    stay = tuple(i for i in sorted(rest) if not _shares(people, i))
    waiting = list(stay)
    for tile in _tiles(people, sorted(rest.difference(stay))):
        found = _seat(people, tile, dice)
        groups += found.groups
        waiting += found.waiting
    return Arrangement(tuple(groups), tuple(waiting))


def _shares(people: People, i: int) -> bool:
    return people.all[i].candidate.share_across_leas


def _home_tiles(people: People, pool: Sequence[int]) -> list[list[int]]:
    """Per LEA, those who stay within it, with just enough others of it to make a cohort."""
    staying: dict[str, list[int]] = defaultdict(list)
    sharing: dict[str, list[int]] = defaultdict(list)
    for i in pool:
        lea = people.all[i].candidate.lea_id
        (sharing if _shares(people, i) else staying)[lea].append(i)
    tiles = []
    for lea in sorted(staying):
        missing = max(0, people.policy.target - len(staying[lea])) if lea else 0
        tiles += _tiles(people, staying[lea] + sharing[lea][:missing])
    return tiles


def _tiles(people: People, members: Sequence[int]) -> list[list[int]]:
    """Halves of halves until each fits a table, parted by the half-hour nearest half of them can meet in."""
    if len(members) <= TILE:
        return [list(members)]
    weeks = [people.all[i].week or 0 for i in members]
    free = [sum(week >> slot & 1 for week in weeks) for slot in range(0, SLOTS, 2)]
    slot = 2 * min(range(len(free)), key=lambda at: (abs(2 * free[at] - len(members)), at))
    ordered = sorted(members, key=lambda i: ((people.all[i].week or 0) >> slot & 1, people.all[i].family, i))
    middle = len(ordered) // 2
    return _tiles(people, ordered[:middle]) + _tiles(people, ordered[middle:])


def _improve(people: People, start: Arrangement, dice: Dice, rounds: int) -> Arrangement:
    """Some cohorts at a time, with some of those who wait, are dissolved and made anew; kept when better."""
    found = start
    for _ in range(rounds):
        number = len(found.groups)
        # Neighbours in the list came from one tile; every third time, cohorts from anywhere meet.
        first = dice.below(number)
        span = number if dice.below(3) == 0 else min(number, 2 * TOGETHER + 1)
        chosen = sorted({first, *((first + dice.below(span)) % number for _ in range(TOGETHER - 1))})
        if len(chosen) > 1 or found.waiting:
            guests = _in_turn(people, found.waiting)[:WAITING_AT_ONCE]
            found = _again(found, chosen, Table(people, _members(found, chosen, guests)), dice)
    return found


def _members(start: Arrangement, chosen: Sequence[int], guests: Sequence[int]) -> list[int]:
    return [*(i for place in chosen for i in start.groups[place]), *guests]


def _again(start: Arrangement, chosen: Sequence[int], table: Table, dice: Dice) -> Arrangement:
    """The arrangement with everybody at the table divided anew, the chosen cohorts among them; or as it was."""
    local = {member: a for a, member in enumerate(table.members)}
    before = table.division([sum(1 << local[i] for i in start.groups[place]) for place in chosen])
    after = divide(table, dice, 1, before)
    if after.value <= before.value + BETTER:
        return start
    made = [tuple(table.members[a] for a in bits(group)) for group in after.groups]
    # In their old places, so that neighbours stay neighbours.
    fresh = dict(zip(chosen, made, strict=False))
    kept = [group if place not in chosen else fresh.get(place, ()) for place, group in enumerate(start.groups)]
    waiting = {*start.waiting}.difference(table.members).union(table.members[a] for a in bits(after.waiting))
    groups = tuple(group for group in (*kept, *made[len(chosen) :]) if group)
    return Arrangement(groups, tuple(sorted(waiting)))
