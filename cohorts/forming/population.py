"""Candidates into columns, in an order that depends on what people say of themselves and on no id."""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cohorts.people.model import Window

from .engine.arrange import Names
from .engine.columns import UNKNOWN, WORDS, Bytes, Columns, Floats, Goods, Ints
from .engine.measure import find_alone_with_problem
from .hours import ALWAYS, SLOTS, week_of
from .model import RUNGS, Candidate, DuplicateCandidateError, Policy
from .similarity import bag, band, fold, problem_text, subject_family

_STAGES = 4
_ROUNDS_OF_COMPANY = 3
LABELS = ("language", "lea", "school", "topic", "stack", "family", "subject", "kin", "platform")


@dataclass(frozen=True, slots=True)
class Population:
    """People by row. `ids` are educator ids; `names` what the codes stand for. Rows of equal people lie by id. `came`
    is the place of each row among the candidates as they came, from 0."""

    columns: Columns
    names: Names
    ids: Sequence[str]
    came: Ints


class _Column:
    """Labels as numbers: of a million rows each label is kept once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._rows = array("q")

    def add(self, label: str) -> None:
        self._rows.append(self._numbers.setdefault(label, len(self._numbers)))

    def coded(self, order: Ints) -> tuple[Sequence[str], Ints]:
        """The labels in their order, and of each row its label's place there: UNKNOWN for the empty one."""
        labels = sorted(filter(None, self._numbers))
        places = np.full(len(self._numbers) + 1, UNKNOWN, np.int64)
        for place, label in enumerate(labels):
            places[self._numbers[label]] = place
        return labels, places[np.array(self._rows, np.int64)[order]]


def populate(candidates: Iterable[Candidate], starts: date) -> Population:
    """Columns of all candidates, each looked at once. `starts` is the day whose UTC offsets turn wall clocks into
    the UTC week. Raises DuplicateCandidateError."""
    rows = _Rows(starts)
    for candidate in candidates:
        rows.add(candidate)
    return rows.population()


class _Rows:
    def __init__(self, starts: date) -> None:
        self._starts = starts
        self._keys: list[bytes] = []
        self._ids: list[str] = []
        self._emails: list[str] = []
        self._labels = {name: _Column() for name in LABELS}
        self._numbers = array("d")
        self._weeks = bytearray()
        self._texts: list[str] = []
        self._shunned: list[tuple[str, ...]] = []
        self._met: list[tuple[str, ...]] = []

    def add(self, candidate: Candidate) -> None:
        labels = _labels_of(candidate)
        for name, column in self._labels.items():
            column.add(labels[name])
        place = band(candidate.grade_band)
        week = _hour_starts(candidate.availability, candidate.zone, self._starts)
        text = problem_text(candidate.problem_of_practice, candidate.problem_tags)
        stage = float(max(0, min(_STAGES, candidate.stage)))
        numbers = (np.nan if place is None else place, stage, candidate.share_across_leas)
        said = (*labels.values(), *numbers, candidate.widest, week.hex(), text, len(candidate.avoid))
        self._keys.append(blake2b(repr(said).encode(), digest_size=16).digest())
        me, email = candidate.educator_id, candidate.email.lower()
        self._ids.append(me)
        self._emails.append(me if email == me else email)
        self._numbers.extend((*numbers, RUNGS.index(candidate.widest)))
        self._weeks += week
        self._texts.append(text)
        self._shunned.append(tuple(email.lower() for email in (*candidate.avoid, *candidate.evaluators)))
        self._met.append(candidate.recent_peers)

    def population(self) -> Population:
        refuse_twice(self._ids, "educator_id")
        refuse_twice(self._emails, "email")
        company = self._company()
        order = sorted(range(len(self._ids)), key=lambda row: (self._keys[row], company.get(row, b""), self._ids[row]))
        rows = np.array(order, np.int64)
        labels, codes = {}, {}
        for name, column in self._labels.items():
            labels[name], codes[name] = column.coded(rows)
        numbers = np.array(self._numbers, np.float64).reshape(-1, 4)[rows]
        text, text_rows = _texts([self._texts[row] for row in order])
        shun = _pairs(order, self._emails, self._shunned)
        met = _pairs(order, self._ids, self._met)
        week = np.frombuffer(bytes(self._weeks), "<u8").reshape(-1, WORDS)[rows].astype(np.uint64)
        columns = Columns(
            language=codes["language"],
            lea=codes["lea"],
            topic=codes["topic"],
            stack=codes["stack"],
            family=codes["family"],
            subject=codes["subject"],
            subject_family=codes["kin"],
            platform=codes["platform"],
            band=numbers[:, 0].copy(),
            stage=numbers[:, 1].copy(),
            share=numbers[:, 2].astype(np.uint8),
            level=_levels(codes["lea"], codes["school"], codes["topic"]),
            problem_level=np.zeros(len(order), np.uint8),
            widest=numbers[:, 3].astype(np.uint8),
            freed=np.zeros(len(order), np.uint8),
            week=week,
            text=text,
            text_start=text_rows[0],
            text_word=text_rows[1],
            text_weight=text_rows[2],
            shun_start=shun[0],
            shun_row=shun[1],
            met_start=met[0],
            met_row=met[1],
        )
        columns = columns._replace(problem_level=_problem_levels(columns, codes["school"]))
        names = Names(*(labels[name] for name in ("language", "topic", "stack", "family", "lea")))
        return Population(columns, names, [self._ids[row] for row in order], rows)

    def _company(self) -> Mapping[int, bytes]:
        """What tells equal people apart before their ids do: whom they stand on a list with, and those in turn."""
        beside: dict[int, list[tuple[str, int]]] = {}
        for kind, names, lists in (("shun", self._emails, self._shunned), ("met", self._ids, self._met)):
            if any(lists):
                rows = {name: row for row, name in enumerate(names)}
                for row, listed in enumerate(lists):
                    for other in {rows[name] for name in listed if name in rows} - {row}:
                        beside.setdefault(row, []).append((kind, other))
                        beside.setdefault(other, []).append((f"{kind} by", row))
        said: Mapping[int, bytes] = {}
        for _ in range(_ROUNDS_OF_COMPANY):
            said = {
                row: blake2b(
                    repr(sorted((kind, self._keys[other], said.get(other, b"")) for kind, other in others)).encode(),
                    digest_size=16,
                ).digest()
                for row, others in beside.items()
            }
        return said


def _labels_of(candidate: Candidate) -> Mapping[str, str]:
    school = f"{candidate.lea_id}\x1f{candidate.school_id}" if candidate.school_id else ""
    return {
        "language": candidate.language,
        "lea": candidate.lea_id,
        "school": school,
        "topic": candidate.microcredential_id,
        "stack": candidate.stack,
        "family": candidate.family,
        "subject": _folded(candidate.subject),
        "kin": _kin(candidate.subject),
        "platform": candidate.platform,
    }


@lru_cache(maxsize=1 << 14)
def _folded(subject: str) -> str:
    return fold(subject)


@lru_cache(maxsize=1 << 14)
def _kin(subject: str) -> str:
    return subject_family(subject)


@lru_cache(maxsize=1 << 16)
def _hour_starts(windows: tuple[Window, ...], zone: str, starts: date) -> bytes:
    """The half-hours at which a free hour begins, as six little-endian words; none when nothing is known."""
    week = week_of(windows, zone, starts)
    turned = (week >> 1) | ((week & 1) << (SLOTS - 1))
    return int(week & turned & ALWAYS).to_bytes(8 * WORDS, "little")


def _levels(lea: Ints, school: Ints, topic: Ints) -> Bytes:
    """As `singleton_levels` has it: 2 alone in the LEA, 1 in the school. An unknown LEA has no colleagues."""
    in_lea = _same(lea, topic)
    in_school = _same(school, topic)
    alone = (in_lea <= 1) | (lea == UNKNOWN)
    return np.where(alone, 2, np.where((school != UNKNOWN) & (in_school == 1), 1, 0)).astype(np.uint8)


def _problem_levels(people: Columns, school: Ints) -> Bytes:
    """2 when nobody else in the LEA works on the same problem of practice, 1 when nobody else in the school does."""
    in_lea, in_school = _alone(people, people.lea), _alone(people, school)
    alone = (in_lea == 1) | ((people.lea == UNKNOWN) & (people.text != UNKNOWN))
    return np.where(alone, 2, np.where((school != UNKNOWN) & (in_school == 1), 1, 0)).astype(np.uint8)


def _alone(people: Columns, places: Ints) -> Bytes:
    order = np.argsort(places, kind="stable")
    starts = np.concatenate([[0], np.flatnonzero(np.diff(places[order])) + 1, [len(order)]]) if len(order) else order
    alone: Bytes = np.zeros(len(order), np.uint8)
    find_alone_with_problem(people, order, starts, alone)
    return alone


def _same(codes: Ints, topic: Ints) -> npt.NDArray[np.int64]:
    _, group, counts = np.unique(codes.astype(np.int64) << 32 | topic, return_inverse=True, return_counts=True)
    return counts[group] if len(codes) else np.zeros(0, np.int64)


def _texts(said: Sequence[str]) -> tuple[Ints, tuple[Ints, Ints, Floats]]:
    """Each one's text by number, UNKNOWN without a word that means something, and the texts as compressed rows: words
    by their order, weighed as `weigh_bags` does it, but never all of them as bags at once."""
    different = sorted(set(said))
    known, starts, words, counts = dict[str, int](), array("q", [0]), array("q"), array("d")
    for text in different:
        one = bag(text)
        words.extend(known.setdefault(word, len(known)) for word in one)
        counts.extend(one.values())
        starts.append(len(words))
    start, word = np.array(starts, np.int64), np.array(words, np.int64)
    found = np.bincount(word, minlength=len(known)).tolist()
    rare = np.array([1 + math.log((1 + len(different)) / (1 + count)) for count in found], np.float64)
    weight = np.array(counts, np.float64) * rare[word]
    spans = list(pairwise(starts))
    squares = weight * weight
    lengths = np.array([math.sqrt(math.fsum(squares[first:last])) for first, last in spans], np.float64)
    sizes = np.diff(start)
    weight /= np.repeat(lengths, sizes)
    places = np.empty(len(known), np.int64)
    for place, name in enumerate(sorted(known)):
        places[known[name]] = place
    numbers = {text: number if sizes[number] else UNKNOWN for number, text in enumerate(different)}
    return np.fromiter((numbers[text] for text in said), np.int64, len(said)), (start, places[word], weight)


def _pairs(order: Sequence[int], names: Sequence[str], lists: Sequence[Sequence[str]]) -> tuple[Ints, Ints]:
    """Who stands on whose list, both ways round, as compressed rows. Names of nobody here are nobody's."""
    found: set[tuple[int, int]] = set()
    if any(lists):
        rows = {names[row]: place for place, row in enumerate(order) if names[row]}
        for place, row in enumerate(order):
            others = {rows[name] for name in lists[row] if name in rows} - {place}
            found.update((place, other) for other in others)
            found.update((other, place) for other in others)
    ordered = sorted(found)
    counts = Counter(one for one, _ in ordered)
    start = np.cumsum([0, *(counts[place] for place in range(len(order)))]).astype(np.int64)
    return start, np.array([other for _, other in ordered], np.int64)


def goods_of(policy: Policy) -> Goods:
    weights = policy.weights
    sizes = [weights.size * policy.worth_of_size(size) for size in range(policy.largest + 1)]
    return Goods(
        smallest=policy.smallest,
        largest=policy.largest,
        target=policy.target,
        closeness=weights.closeness,
        isolation=weights.isolation,
        subject=weights.subject,
        grade_band=weights.grade_band,
        problem=weights.problem,
        stage=weights.stage,
        platform=weights.platform,
        other_lea=weights.other_lea,
        shared_hours=weights.shared_hours,
        other_microcredential=weights.other_microcredential,
        repeat=weights.repeat,
        mixing=0.0,
        kept=policy.move_price,
        hours_worth=weights.hours * np.array(policy.hours_value),
        size_worth=np.array(sizes),
    )


def refuse_twice(ids: Iterable[str], what: str) -> None:
    """Raises DuplicateCandidateError naming the first that stands twice."""
    twice = sorted((value, count) for value, count in Counter(ids).items() if value and count > 1)
    if twice:
        value, count = twice[0]
        raise DuplicateCandidateError(f"{what} {value!r} stands {count} times among the candidates.")
