"""Some dozens of people side by side, with all that the search asks of a pair looked up once."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .columns import WORDS, Bytes, Columns, Floats, Goods, Ints, Words
from .kernels import kernel, leaf
from .measure import ENOUGH_HOURS, apart, closeness_given, count_hours, near


class Table(NamedTuple):
    """Of m people, by their place at the table: `close`, `near` and `apart` are (m, m), `week` is (m, 6).

    `scarce` (m,): by how many others somebody has fewer than FEW + 1 that they may be with; 0 with too few for any
    cohort. `lonely`: has nobody on the same work nearby. `seat` is the worth of a seat at all, more for who is alone,
    so large that no measure outweighs it.
    """

    close: Floats
    near: Bytes
    apart: Bytes
    week: Words
    scarce: Ints
    lonely: Bytes
    seat: Floats


# With so few others that they may be with, somebody fits into so few cohorts that these are best looked at first.
FEW = 10
SEAT = 10.0
# Alone with one's problem of practice counts less than alone with one's microcredential.
PROBLEM = 0.25


class _Said(NamedTuple):
    """Everybody's words, those of a at `word[start[a] : start[a + 1]]`, numbered from 0 at this table."""

    start: Ints
    word: Ints
    weight: Floats
    number: int


@kernel
def _listen(people: Columns, members: Ints) -> _Said:
    start = np.zeros(len(members) + 1, np.int64)
    for a in range(len(members)):
        text = people.text[members[a]]
        start[a + 1] = start[a] + (people.text_start[text + 1] - people.text_start[text] if text >= 0 else 0)
    word, weight = np.empty(start[-1], np.int64), np.empty(start[-1])
    for a in range(len(members)):
        text = people.text[members[a]]
        for place in range(start[a + 1] - start[a]):
            word[start[a] + place] = people.text_word[people.text_start[text] + place]
            weight[start[a] + place] = people.text_weight[people.text_start[text] + place]
    words = np.unique(word)
    return _Said(start, np.searchsorted(words, word), weight, len(words))


@leaf
def _speak(said: _Said, a: int, voice: Floats, loud: float) -> None:
    """Write one's words down in `voice` by their number, so many times their weight; with 0 they are gone again."""
    for at in range(said.start[a], said.start[a + 1]):
        voice[said.word[at]] = loud * said.weight[at]


@leaf
def _cosine(said: _Said, b: int, voice: Floats) -> float:
    total = 0.0
    # In the order of words, and nothing for those of one of the two alone: to the last bit what `same_problem` is.
    for at in range(said.start[b], said.start[b + 1]):
        total += voice[said.word[at]] * said.weight[at]
    return min(1.0, total)


@kernel
def lay(people: Columns, goods: Goods, members: Ints, bound: Ints) -> Table:
    """The table of these people. `bound`: per person the cohort that they are in now, or -1; pairs of one are closer
    by `goods.kept`."""
    size = len(members)
    close = np.zeros((size, size))
    nearby = np.zeros((size, size), np.uint8)
    parted = np.zeros((size, size), np.uint8)
    week = np.empty((size, WORDS), np.uint64)
    company = np.zeros(size, np.int64)
    lonely = np.empty(size, np.uint8)
    seat = np.empty(size)
    shared = np.empty(WORDS, np.uint64)
    said = _listen(people, members)
    voice = np.zeros(said.number)
    for a in range(size):
        i = members[a]
        week[a] = people.week[i]
        lonely[a] = people.level[i] > 0
        seat[a] = SEAT + people.level[i] + PROBLEM * people.problem_level[i]
        _speak(said, a, voice, 1.0)
        for b in range(a):
            j = members[b]
            if apart(people, i, j):
                parted[a, b] = parted[b, a] = 1
                continue
            company[a] += 1
            company[b] += 1
            for word in range(WORDS):
                shared[word] = week[a, word] & week[b, word]
            same = people.text[i] >= 0 and people.text[i] == people.text[j]
            cosine = 1.0 if same else _cosine(said, b, voice)
            hours = count_hours(shared, ENOUGH_HOURS)
            worth = closeness_given(people, goods, hours, cosine, min(i, j), max(i, j))
            if bound[i] >= 0 and bound[i] == bound[j]:
                worth += goods.kept
            close[a, b] = close[b, a] = worth
            nearby[a, b] = nearby[b, a] = near(people, i, j)
        _speak(said, a, voice, 0.0)
    scarce = np.where(company + 1 >= goods.smallest, np.maximum(0, FEW + 1 - company), 0)
    return Table(close, nearby, parted, week, scarce, lonely, seat)


@leaf
def next_random(state: npt.NDArray[np.uint64]) -> np.uint64:
    """splitmix64 (Steele, Lea and Flood 2014): chance as a function of its seed; `state` (1,) moves on."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@leaf
def below(state: npt.NDArray[np.uint64], limit: int) -> int:
    """0 … limit − 1."""
    return int(np.int64(next_random(state) % np.uint64(limit)))


@leaf
def fraction(state: npt.NDArray[np.uint64]) -> float:
    """0 up to 1, without 1."""
    return (next_random(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)
