"""A seat for somebody in a cohort that is there: the best that fits, or by rebuilding the nearest few."""

import numpy as np
import numpy.typing as npt

from .columns import WORDS, Columns, Floats, Goods, Ints
from .descent import NONE, gain_of_joining, no_groups, seat
from .kernels import kernel, leaf
from .measure import apart, rung_among
from .table import lay
from .workshop import Workshop

NEAREST = 64
REBUILT = 3


@leaf
def fits(people: Columns, members: Ints, guest: int) -> bool:
    for member in members:  # noqa: SIM110 - a compiled loop
        if apart(people, member, guest):
            return False
    return True


@kernel
def gains(people: Columns, goods: Goods, bound: Ints, guest: int, starts: Ints, members: Ints, found: Floats) -> None:
    """What it is worth to each cohort that the guest joins it; −inf where no seat is free or a rule forbids it.

    Cohort g is members[starts[g] : starts[g + 1]].
    """
    week = np.empty(WORDS, np.uint64)
    for g in range(len(found)):
        here = members[starts[g] : starts[g + 1]]
        found[g] = -np.inf
        if not 0 < len(here) < goods.largest or not fits(people, here, guest):
            continue
        together = np.empty(len(here) + 1, np.int64)
        together[:-1] = here
        together[-1] = guest
        table = lay(people, goods, together, bound)
        groups = no_groups(len(together), 1, goods.largest)
        pool = np.arange(len(together)).astype(np.int64)
        for place in range(len(here)):
            seat(table, goods, groups, pool, place, 0)
        found[g] = gain_of_joining(table, goods, groups, len(here), 0, week)


@kernel
def withdraw(people: Columns, goods: Goods, place: Ints) -> None:
    """Take back each seat that goes beyond what somebody agreed to, and each cohort that is then too small."""
    order = np.argsort(place)
    low = 0
    while low < len(order):
        high = low
        while high < len(order) and place[order[high]] == place[order[low]]:
            high += 1
        members = order[low:high].astype(np.int64)
        low = high
        if place[members[0]] == NONE:
            continue
        again = True
        while again and len(members):
            again = False
            for at in range(len(members)):
                too_wide = rung_among(people, members, at) > people.widest[members[at]]
                if too_wide or len(members) < goods.smallest:
                    place[members[at]] = NONE
                    members = np.concatenate((members[:at], members[at + 1 :]))
                    again = True
                    break


@kernel
def part_ways(people: Columns, goods: Goods, place: Ints) -> None:
    """Take back seats until no two of a cohort are forbidden to each other and none is too large; of those in the way
    of each other, whoever is in the way of most goes."""
    order = np.argsort(place)
    low = 0
    while low < len(order):
        high = low
        while high < len(order) and place[order[high]] == place[order[low]]:
            high += 1
        members = np.sort(order[low:high]).astype(np.int64)
        low = high
        if place[members[0]] == NONE:
            continue
        while len(members):
            worst, most = len(members) - 1, 0
            for at in range(len(members)):
                foes = 0
                for other in range(len(members)):
                    foes += other != at and apart(people, members[at], members[other])
                if foes > most:
                    worst, most = at, foes
            if most == 0 and len(members) <= goods.largest:
                break
            place[members[worst]] = NONE
            members = np.concatenate((members[:worst], members[worst + 1 :]))


def take_in(shop: Workshop, guests: Ints, seated: Ints, mixing: float, least: float | None = None) -> None:
    """Seats for the guests beside people who have one, singletons first. Nobody loses a seat; who fits nowhere waits.

    `mixing` is what a pair on different microcredentials costs more when cohorts are rebuilt for a guest. With `least`
    no cohort is rebuilt, and only a seat that is worth so much to all in the cohort is taken.
    """
    if not len(seated):
        return
    order = np.argsort(-shop.people.level[guests].astype(np.int64), kind="stable")
    house = _House(shop, seated)
    for guest in guests[order]:
        if shop.place[guest] != NONE:
            continue
        joined = house.join(int(guest), -np.inf if least is None else least)
        if not joined and least is None:
            house.rebuild(int(guest), mixing)


class _House:
    """Cohorts of a pool, by number, with where they stand."""

    def __init__(self, shop: Workshop, seated: Ints) -> None:
        self._shop = shop
        rows = seated[np.argsort(shop.place[seated], kind="stable")]
        numbers, starts = np.unique(shop.place[rows], return_index=True)
        self._members = dict(zip(numbers.tolist(), np.split(rows, starts[1:]), strict=True))
        self._numbers = numbers
        self._middle = np.stack([shop.points[members].mean(axis=0) for members in self._members.values()])
        self._first = np.array([members.min() for members in self._members.values()])
        self._size = np.array([len(members) for members in self._members.values()])
        self._common = np.stack(
            [np.bitwise_and.reduce(shop.people.week[members], axis=0) for members in self._members.values()]
        )

    def join(self, guest: int, least: float) -> bool:
        shop = self._shop
        near = self._nearest(guest, self._size < shop.goods.largest)[:NEAREST]
        if not len(near):
            return False
        hosts = [self._members[number] for number in self._numbers[near].tolist()]
        starts = np.cumsum([0, *map(len, hosts)]).astype(np.int64)
        found: Floats = np.empty(len(hosts))
        gains(shop.people, shop.goods, shop.bound, guest, starts, np.concatenate(hosts), found)
        best = int(np.argmax(found))
        if not np.isfinite(found[best]) or found[best] < least:
            return False
        self._set(int(near[best]), np.append(hosts[best], np.int64(guest)))
        return True

    def rebuild(self, guest: int, mixing: float) -> None:
        """The nearest cohorts with somebody fit for the guest, taken apart with them; kept when all get a seat."""
        shop = self._shop
        near = self._nearest(guest, self._size > 0)[:REBUILT]
        hosts = [self._members[number] for number in self._numbers[near].tolist()]
        rows = np.concatenate([*hosts, [guest]]).astype(np.int64)
        label = np.concatenate([np.repeat(np.arange(len(hosts)), list(map(len, hosts))), [NONE]]).astype(np.int64)
        again = shop.rebuild(rows, label, mixing)
        if (again == NONE).any():
            return
        for number in range(max(len(hosts), int(again.max()) + 1)):
            members = rows[again == number]
            if number < len(hosts):
                self._set(int(near[number]), members)
            elif len(members):
                shop.settle(members, np.zeros(len(members), np.int64))

    def _nearest(self, guest: int, may: npt.NDArray[np.bool_]) -> Ints:
        """Cohorts by how well the guest's place and hours suit them."""
        shop = self._shop
        away = ((self._middle - shop.points[guest]) ** 2).sum(axis=1)
        meets = (self._common & shop.people.week[guest]).any(axis=1)
        score = away - 0.3 * meets
        rows = np.flatnonzero(may)
        return rows[np.lexsort((self._first[rows], score[rows]))].astype(np.int64)

    def _set(self, at: int, members: Ints) -> None:
        shop, number = self._shop, int(self._numbers[at])
        self._members[number] = members
        self._size[at] = len(members)
        if len(members):
            shop.place[members] = number
            self._middle[at] = shop.points[members].mean(axis=0)
            self._common[at] = np.bitwise_and.reduce(shop.people.week[members], axis=0)
