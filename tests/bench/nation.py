"""A made-up nation of educators, shaped after public tables: what forming is measured on.

Districts by size and their share of students: NCES Digest of Education Statistics 2022, table 214.20. Subjects by
grade band: NTPS 2015–16, rounded. Zones: the share of the population in each. Assumed: availability, so that of the
members of random groups of 4 to 8 about one in twenty has an hour when all can meet; 92 % consent to other LEAs; 95 %
speak English, the others Spanish; a microcredential's popularity falls with its rank; seven in ten problems of
practice are of their microcredential's own topics.
"""

from typing import Any

import numpy as np

from cohorts.forming.engine.columns import WORDS, Columns

# Districts and their share of students, from 25,000 students down.
DISTRICTS = (
    (290, 0.35),
    (590, 0.20),
    (1_000, 0.15),
    (1_850, 0.135),
    (3_100, 0.11),
    (1_700, 0.028),
    (2_400, 0.02),
    (2_400, 0.007),
)
ZONES = ((-5, 0.47), (-6, 0.29), (-7, 0.07), (-8, 0.16), (-10, 0.01))
# Subject → family; shares in K–5 and in 6–12.
SUBJECTS = (
    ("general", 0, 0.70, 0.02), ("special education", 1, 0.12, 0.13), ("reading", 2, 0.03, 0.02),
    ("English", 2, 0.01, 0.17), ("social studies", 2, 0.0, 0.12), ("mathematics", 3, 0.01, 0.16),
    ("science", 3, 0.01, 0.09), ("physics and chemistry", 3, 0.0, 0.04), ("computing", 3, 0.0, 0.01),
    ("multilingual learners", 4, 0.03, 0.03), ("world languages", 4, 0.01, 0.05), ("arts and music", 5, 0.04, 0.07),
    ("physical education", 6, 0.04, 0.05), ("career and technical", 7, 0.0, 0.04),
)  # fmt: skip
MICROCREDENTIALS, STACK_OF, FAMILY_OF = 24, 4, 12
TOPICS, PHRASINGS, WORDS_OF_TOPIC = 40, 12, 9
SLOTS = 336


def nation(people: int, seed: int, microcredentials: int = MICROCREDENTIALS, consent: float = 0.92) -> Columns:
    chance = np.random.default_rng([seed, people])
    lea = _leas(chance, people)
    band = chance.choice(4, people, p=[0.24, 0.24, 0.24, 0.28])
    subject = _subjects(chance, band)
    rank = 1 / np.arange(1, microcredentials + 1) ** 0.8
    topic = chance.choice(microcredentials, people, p=rank / rank.sum())
    problem = np.where(
        chance.random(people) < 0.7,
        (topic * 3 + chance.integers(0, 4, people)) % TOPICS,
        chance.integers(0, TOPICS, people),
    )
    start, word, weight = _texts(chance)
    counts = {}
    for key in zip(lea.tolist(), topic.tolist(), strict=True):
        counts[key] = counts.get(key, 0) + 1
    school = lea * 64 + chance.integers(0, 64, people) % np.maximum(1, np.bincount(lea)[lea] // 6)
    at_school: dict[Any, int] = {}
    for key in zip(school.tolist(), topic.tolist(), strict=True):
        at_school[key] = at_school.get(key, 0) + 1
    alone = np.fromiter((counts[k] == 1 for k in zip(lea.tolist(), topic.tolist(), strict=True)), bool, people)
    alone_here = np.fromiter(
        (at_school[k] == 1 for k in zip(school.tolist(), topic.tolist(), strict=True)), bool, people
    )
    nobody = np.zeros(people + 1, np.int64)
    return Columns(
        language=(chance.random(people) < 0.05).astype(np.int64),
        lea=lea.astype(np.int64),
        topic=topic.astype(np.int64),
        stack=(topic // STACK_OF).astype(np.int64),
        family=(topic // FAMILY_OF).astype(np.int64),
        subject=subject.astype(np.int64),
        subject_family=np.array([row[1] for row in SUBJECTS], np.int64)[subject],
        platform=(chance.random(people) < 0.4).astype(np.int64),
        band=band.astype(np.float64),
        stage=chance.choice(5, people, p=[0.5, 0.25, 0.15, 0.07, 0.03]).astype(np.float64),
        share=(chance.random(people) < consent).astype(np.uint8),
        level=np.where(alone, 2, np.where(alone_here, 1, 0)).astype(np.uint8),
        problem_level=np.zeros(people, np.uint8),
        own_band=np.zeros(people, np.uint8),
        widest=np.full(people, 4, np.uint8),
        freed=np.zeros(people, np.uint8),
        week=_weeks(chance, people),
        text=(problem * PHRASINGS + chance.integers(0, PHRASINGS, people)).astype(np.int64),
        text_start=start,
        text_word=word,
        text_weight=weight,
        shun_start=nobody,
        shun_row=np.zeros(0, np.int64),
        met_start=nobody,
        met_row=np.zeros(0, np.int64),
    )


def _leas(chance: np.random.Generator, people: int) -> np.ndarray:
    sizes = np.array([count for count, _ in DISTRICTS])
    share = np.array([part for _, part in DISTRICTS])
    bucket = chance.choice(len(DISTRICTS), people, p=share / share.sum())
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return first[bucket] + (chance.random(people) ** 1.3 * sizes[bucket]).astype(int)


def _subjects(chance: np.random.Generator, band: np.ndarray) -> np.ndarray:
    found = np.empty(len(band), int)
    for column, rows in ((2, band < 2), (3, band >= 2)):
        share = np.array([row[column] for row in SUBJECTS])
        found[rows] = chance.choice(len(SUBJECTS), rows.sum(), p=share / share.sum())
    return found


def _texts(chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Forty topics, each said in twelve ways: seven words of the topic's nine, and two that anybody uses."""
    start, words, weights = [0], [], []
    for topic in range(TOPICS):
        for _ in range(PHRASINGS):
            own = topic * WORDS_OF_TOPIC + chance.choice(WORDS_OF_TOPIC, 7, replace=False)
            common = TOPICS * WORDS_OF_TOPIC + chance.choice(60, 2, replace=False)
            text = np.sort(np.concatenate([own, common]))
            words.append(text)
            weights.append(np.full(len(text), 1 / np.sqrt(len(text))))
            start.append(start[-1] + len(text))
    return np.array(start, np.int64), np.concatenate(words).astype(np.int64), np.concatenate(weights)


def _weeks(chance: np.random.Generator, people: int) -> np.ndarray:
    """Two to four afternoons, now and then a morning, an evening or part of a weekend, in each one's zone."""
    ahead = np.array([hours for hours, _ in ZONES])
    zone = ahead[chance.choice(len(ZONES), people, p=[part for _, part in ZONES])]
    free = np.zeros((people, SLOTS), bool)
    row = np.arange(people)
    for day in range(7):
        for chance_of, earliest, latest, most in _windows(day):
            has = chance.random(people) < chance_of
            begin = chance.integers(2 * earliest, 2 * latest + 1, people)
            length = chance.integers(2, most + 1, people)
            for step in range(most):
                slot = (day * 48 + begin + step - 2 * zone) % SLOTS
                free[row, slot] |= has & (step < length)
    hours = free & np.roll(free, -1, axis=1)
    bits = np.zeros((people, WORDS * 64), np.uint8)
    bits[:, :SLOTS] = hours
    return np.packbits(bits, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def _windows(day: int) -> tuple[tuple[float, int, int, int], ...]:
    if day < 5:
        return ((0.72, 15, 16, 6), (0.14, 7, 7, 2), (0.26, 19, 20, 4))
    return ((0.12, 9, 14, 4),)
