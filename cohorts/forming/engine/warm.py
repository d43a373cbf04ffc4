"""Compile the search ahead of the first use: `python -m cohorts.forming.engine.warm`, some forty seconds, once."""

import numpy as np

from .arrange import Effort, Names, arrange
from .columns import WORDS, Columns, Goods
from .descent import NONE
from .measure import find_alone, near_counts, rungs_of, values_of

_PEOPLE = 160


def warm() -> None:
    """Form cohorts of nobody in particular: a table, a pool of several tiles, a guest, those who come from a cohort."""
    people, goods = _people(), _goods()
    names = Names(["a", "b"], ["t", "u"], ["s"], ["f"], [str(lea) for lea in range(_PEOPLE)])
    effort = Effort(tile=40, rounds=2, depth=1.0, replicas=2)
    bound = np.full(_PEOPLE, NONE, np.int64)
    place = arrange(people, names, goods, seed=1, effort=effort, bound=bound)
    arrange(people, names, goods, seed=1, effort=effort, bound=place, workers=1)
    members = np.flatnonzero(place >= 0)
    starts = np.array([0, len(members)])
    values_of(people, goods, starts, members, np.zeros(len(members)))
    for count in (near_counts, rungs_of, find_alone):
        count(people, starts, members, np.zeros(len(members), np.uint8))


def _people() -> Columns:
    rows = np.arange(_PEOPLE)
    empty = np.zeros(0, np.int64)
    return Columns(
        language=rows // (_PEOPLE - 20),
        lea=rows,
        topic=np.where(rows % 40 == 0, 1, 0),
        stack=np.zeros(_PEOPLE, np.int64),
        family=np.zeros(_PEOPLE, np.int64),
        subject=rows % 3,
        subject_family=rows % 2,
        platform=rows % 2,
        band=(rows % 4).astype(np.float64),
        stage=(rows % 5).astype(np.float64),
        share=(rows % 11 > 0).astype(np.uint8),
        own_band=(rows % 13 == 0).astype(np.uint8),
        level=np.full(_PEOPLE, 2, np.uint8),
        problem_level=np.zeros(_PEOPLE, np.uint8),
        widest=np.full(_PEOPLE, 4, np.uint8),
        freed=np.zeros(_PEOPLE, np.uint8),
        week=np.full((_PEOPLE, WORDS), 7, np.uint64),
        text=rows % 2,
        text_start=np.array([0, 1, 2]),
        text_word=np.array([0, 1]),
        text_weight=np.ones(2),
        shun_start=np.zeros(_PEOPLE + 1, np.int64),
        shun_row=empty,
        met_start=np.zeros(_PEOPLE + 1, np.int64),
        met_row=empty,
    )


def _goods() -> Goods:
    sizes = np.array([0, 0, 0, 0, 0.3, 0.8, 1, 0.9, 0.6])
    weights = (0.55, 0.3, 0.28, 0.16, 0.24, 0.08, 0.04, 0.1, 0.1, 0.25, 1.0, 0.0, 0.1)
    return Goods(4, 8, 6, *weights, hours_worth=np.array([0, 0.6, 0.85, 1]), size_worth=sizes)


if __name__ == "__main__":
    warm()
