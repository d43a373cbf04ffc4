"""People as columns of numbers, one row a person: what the compiled search and the measure read."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

WORDS = 6
UNKNOWN = -1


class Columns(NamedTuple):
    """Shapes are (n,) unless said; codes are UNKNOWN where nothing is known.

    `week` (n, 6): bit s is set when the half-hours s and s + 1 of the UTC week are free, so an hour may begin there.
    `band` 0 to 3, NaN unknown; `stage` 0 to 4; `level` 0 none, 1 alone in the school, 2 alone in the LEA with
    the microcredential; `problem_level` the same with the problem of practice.
    `own_band` is 1 for who is with their own grade band alone; never where that is unknown.
    `widest` is the farthest rung agreed to, 0 to 4; `freed` is 1 for who finds near peers only in the
    stack, so that the first step costs nothing more. `text` is a row of the texts below.
    `text_start`, `text_word`, `text_weight`: each text's words in rising order with weights of length 1, as
    compressed rows. `shun_start`, `shun_row` and `met_start`, `met_row`: whom a person may not be with, and whom they
    were with lately, both ways round, in rising order.
    """

    language: Ints
    lea: Ints
    topic: Ints
    stack: Ints
    family: Ints
    subject: Ints
    subject_family: Ints
    platform: Ints
    band: Floats
    stage: Floats
    share: Bytes
    own_band: Bytes
    level: Bytes
    problem_level: Bytes
    widest: Bytes
    freed: Bytes
    week: Words
    text: Ints
    text_start: Ints
    text_word: Ints
    text_weight: Floats
    shun_start: Ints
    shun_row: Ints
    met_start: Ints
    met_row: Ints


class Goods(NamedTuple):
    """The policy as numbers. `hours_worth` by common hours, the last for more; `size_worth` by size, to `largest`.

    `mixing` is a further cost of each step of the ladder between
    two people, `repeat` of a pair that was together lately; `kept` is the gain of a pair that stays together.
    """

    smallest: int
    largest: int
    target: int
    closeness: float
    isolation: float
    subject: float
    grade_band: float
    problem: float
    stage: float
    platform: float
    other_lea: float
    shared_hours: float
    other_microcredential: float
    repeat: float
    mixing: float
    kept: float
    hours_worth: Floats
    size_worth: Floats
