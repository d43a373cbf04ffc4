"""Where people stand: a few coordinates in which those near to each other would make a good cohort."""

import numpy as np
import numpy.typing as npt

from .columns import UNKNOWN, Columns, Floats, Goods, Ints, Words
from .kernels import kernel
from .table import next_random

AXES = 16
SAMPLE = 20_000
CHUNK = 50_000
_BUCKETS = 16
_HOURS = 168
_AVAILABILITY = 0.25

Points = npt.NDArray[np.float32]


class Landscape:
    """The main axes of what the measure compares, and of a quarter of availability.

    The axes are those of the first SAMPLE of the rows; they only say who is tried with whom.
    """

    def __init__(self, people: Columns, goods: Goods, rows: Ints) -> None:
        self._goods = goods
        sample = _features(people, goods, rows[:SAMPLE])
        self._mean = sample.mean(axis=0)
        away = (sample - self._mean).astype(np.float64)
        _, vectors = np.linalg.eigh(away.T @ away)
        self._axes = vectors[:, ::-1][:, :AXES].astype(np.float32)

    def points(self, people: Columns, rows: Ints) -> Points:
        """(len(rows), AXES)."""
        parts = (rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK))
        return np.concatenate([(_features(people, self._goods, part) - self._mean) @ self._axes for part in parts])


def find_points(people: Columns, goods: Goods, rows: Ints) -> Points:
    if not len(rows):
        return np.zeros((0, AXES), np.float32)
    return Landscape(people, goods, rows).points(people, rows)


def _features(people: Columns, goods: Goods, rows: Ints) -> Points:
    """What closeness is a product of, approximately: one column a subject, a step of grades or stages, an hour."""
    closely = goods.closeness
    columns = [
        _one_of(people.subject[rows], closely * goods.subject * 0.4),
        _one_of(people.subject_family[rows], closely * goods.subject * 0.4),
        _steps(np.nan_to_num(people.band[rows], nan=1.5), 3, closely * goods.grade_band / 3),
        _steps(people.stage[rows], 4, closely * goods.stage / 4),
        _one_of(people.platform[rows], closely * goods.platform),
        _words(people, rows, closely * goods.problem),
        _hours(people.week[rows]),
    ]
    return np.concatenate(columns, axis=1)


def _one_of(codes: Ints, weight: float) -> Points:
    found = np.zeros((len(codes), _BUCKETS), np.float32)
    known = codes != UNKNOWN
    found[np.flatnonzero(known), codes[known] % _BUCKETS] = np.sqrt(weight)
    return found


def _steps(values: Floats, steps: int, weight: float) -> Points:
    return np.asarray(np.sqrt(weight) * (values[:, None] > np.arange(steps)), np.float32)


def _words(people: Columns, rows: Ints, weight: float) -> Points:
    said, place = np.unique(people.text[rows], return_inverse=True)
    texts = np.zeros((len(said), _BUCKETS), np.float32)
    known = np.flatnonzero(said != UNKNOWN)
    first = people.text_start[said[known]]
    lengths = people.text_start[said[known] + 1] - first
    ends = np.cumsum(lengths)
    at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + lengths, lengths)
    word = people.text_word[at]
    sign = 1 - 2 * (word // _BUCKETS % 2)
    told = (np.repeat(known, lengths), word % _BUCKETS)
    np.add.at(texts, told, (sign * people.text_weight[at]).astype(np.float32))
    return np.asarray(np.sqrt(weight) * texts[place.ravel()], np.float32)


def _hours(week: Words) -> Points:
    bits = np.unpackbits(week.astype("<u8").view(np.uint8), axis=1, bitorder="little")[:, : 2 * _HOURS]
    return np.asarray(_AVAILABILITY * (bits[:, ::2] | bits[:, 1::2]), np.float32)


@kernel
def order_by_halves(points: Points, leaf: int, state: Words) -> tuple[Ints, Ints]:
    """Halves of halves along the longest axis, until none has more than `leaf` points; chance stretches the axes.

    Returns the order of the points and where each part of it begins, the end last.
    """
    count, axes = points.shape
    order = np.arange(count).astype(np.int64)
    stretch = np.empty(axes)
    for axis in range(axes):
        stretch[axis] = 0.4 + 1.2 * ((next_random(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0))
    ends = np.zeros(count // max(1, leaf // 2) + 2, np.int64)
    parts = 0
    todo = [(0, count)]
    while todo:
        low, high = todo.pop()
        if high - low <= leaf:
            parts += 1
            ends[parts] = high
            continue
        widest, axis = -1.0, 0
        for at in range(axes):
            mean, square = 0.0, 0.0
            for place in range(low, high):
                value = points[order[place], at]
                mean += value
                square += value * value
            mean /= high - low
            spread = (square / (high - low) - mean * mean) * stretch[at] * stretch[at]
            if spread > widest:
                widest, axis = spread, at
        values = np.empty(high - low, np.float32)
        for place in range(low, high):
            values[place - low] = points[order[place], axis]
        order[low:high] = order[low:high][np.argsort(values, kind="mergesort")]
        middle = (low + high) // 2
        todo.append((middle, high))
        todo.append((low, middle))
    return order, ends[: parts + 1]


@kernel
def middles(points: Points, group: Ints, count: int) -> Points:
    """(count, axes): the mean point of each group; `group` (n,) is negative for who is in none."""
    found = np.zeros((count, points.shape[1]), np.float32)
    sizes = np.zeros(count, np.int64)
    for row in range(len(group)):
        if group[row] >= 0:
            sizes[group[row]] += 1
            for axis in range(points.shape[1]):
                found[group[row], axis] += points[row, axis]
    for g in range(count):
        for axis in range(points.shape[1]):
            found[g, axis] /= max(1, sizes[g])
    return found
