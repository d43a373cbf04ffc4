"""What makes a cohort good: the measure, and the rules no measure may break.

A person's value is hours·A + closeness·mean w + size·Z − isolation·iso, as `Policy` weighs them. A waiting person
counts 0. `People` prepares candidates once; pairs are computed when first asked for.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from .hours import count_hours, week_of
from .model import Candidate, DuplicateCandidateError, Policy, SingletonLevel
from .similarity import Bag, bag, band, cosine, fold, problem_text, subject_family, weigh_bags

ENOUGH_NEAR = 2
BANDS = 3
STAGES = 4
ENOUGH_HOURS = 3


@dataclass(frozen=True, slots=True)
class Person:
    """A candidate made ready to be compared. `week` is the free half-hours; None when unknown."""

    candidate: Candidate
    week: int | None
    problem: Bag
    subject: str
    family: str
    band: float | None
    level: SingletonLevel
    shunned: frozenset[str]
    met: frozenset[str]


def singleton_levels(candidates: Sequence[Candidate]) -> Mapping[str, SingletonLevel]:
    """Per educator: `lea` when nobody else in the LEA wants the microcredential, `school` when nobody else in the
    school does, else `none`. An unknown LEA has no colleagues; an unknown school is not judged."""
    in_lea = Counter((c.lea_id, c.microcredential_id) for c in candidates if c.lea_id)
    in_school = Counter((c.lea_id, c.school_id, c.microcredential_id) for c in candidates if c.school_id)
    levels: dict[str, SingletonLevel] = {}
    for c in sorted(candidates, key=lambda c: c.educator_id):
        if in_lea[c.lea_id, c.microcredential_id] <= 1:
            levels[c.educator_id] = "lea"
        elif in_school[c.lea_id, c.school_id, c.microcredential_id] == 1:
            levels[c.educator_id] = "school"
        else:
            levels[c.educator_id] = "none"
    return levels


def refuse_duplicates(candidates: Sequence[Candidate]) -> None:
    """Raises DuplicateCandidateError naming the first id or e-mail that stands twice."""
    for what in ("interest_id", "educator_id", "email"):
        counts = Counter(getattr(candidate, what).lower() for candidate in candidates)
        twice = sorted(value for value, count in counts.items() if value and count > 1)
        if twice:
            raise DuplicateCandidateError(f"{what} {twice[0]!r} stands {counts[twice[0]]} times among the candidates.")


class People:
    """All candidates by index, in the order of their educator ids. Without `words` nobody's problem is compared: who
    may not be with whom needs none."""

    def __init__(self, candidates: Sequence[Candidate], policy: Policy, starts: date, *, words: bool = True) -> None:
        refuse_duplicates(candidates)
        levels = singleton_levels(candidates)
        ordered = sorted(candidates, key=lambda candidate: candidate.educator_id)
        self.policy = policy
        self.starts = starts
        problems = _problems(ordered) if words else [{}] * len(ordered)
        self.all = [
            _prepare(candidate, levels[candidate.educator_id], starts, problem)
            for candidate, problem in zip(ordered, problems, strict=True)
        ]
        self.index = {person.candidate.educator_id: i for i, person in enumerate(self.all)}

    def near(self, i: int, j: int) -> bool:
        return near(self.all[i], self.all[j])

    def apart(self, i: int, j: int) -> bool:
        return apart(self.all[i], self.all[j])


def _problems(candidates: Sequence[Candidate]) -> list[Bag]:
    """Each one's words, weighed among all different texts."""
    said = [problem_text(candidate.problem_of_practice, candidate.problem_tags) for candidate in candidates]
    different = sorted(set(said))
    bags = dict(zip(different, weigh_bags([bag(text) for text in different]), strict=True))
    return [bags[text] for text in said]


def _prepare(candidate: Candidate, level: SingletonLevel, starts: date, problem: Bag) -> Person:
    known = bool(candidate.availability)
    return Person(
        candidate=candidate,
        week=week_of(candidate.availability, candidate.zone, starts) if known else None,
        problem=problem,
        subject=fold(candidate.subject),
        family=subject_family(candidate.subject),
        band=band(candidate.grade_band),
        level=level,
        shunned=frozenset(email.lower() for email in (*candidate.avoid, *candidate.evaluators)),
        met=frozenset(peer.lower() for peer in candidate.recent_peers),
    )


def weigh(policy: Policy) -> tuple[tuple[str, float], ...]:
    """Names of what `compare` tells, with their weights; what costs is negative."""
    weights = policy.weights
    return (
        ("subject", weights.subject),
        ("grade_band", weights.grade_band),
        ("problem", weights.problem),
        ("stage", weights.stage),
        ("platform", weights.platform),
        ("other_lea", weights.other_lea),
        ("shared_hours", weights.shared_hours),
        ("other_microcredential", -weights.other_microcredential),
        ("repeat", -weights.repeat),
    )


def compare(one: Person, other: Person) -> Mapping[str, float]:
    """What two people have for each other, each 0 to 1. What is unknown of either counts as half or nothing."""
    a, b = one.candidate, other.candidate
    both_known = one.week is not None and other.week is not None
    shared = count_hours(one.week & other.week) if one.week is not None and other.week is not None else 0
    return {
        "subject": _subject(one, other),
        "grade_band": 0.5 if one.band is None or other.band is None else 1 - abs(one.band - other.band) / BANDS,
        "problem": cosine(one.problem, other.problem),
        "stage": 1 - min(STAGES, abs(a.stage - b.stage)) / STAGES,
        "platform": float(bool(a.platform) and a.platform == b.platform),
        "other_lea": float(bool(a.lea_id and b.lea_id) and a.lea_id != b.lea_id),
        "shared_hours": min(ENOUGH_HOURS, shared) / ENOUGH_HOURS if both_known else 0.0,
        "other_microcredential": float(a.microcredential_id != b.microcredential_id),
        "repeat": float(a.educator_id.lower() in other.met or b.educator_id.lower() in one.met),
    }


def _subject(one: Person, other: Person) -> float:
    if one.subject and one.subject == other.subject:
        return 1.0
    return 0.6 if one.family and one.family == other.family else 0.2


def same_family(one: Person, other: Person) -> bool:
    return _subject(one, other) > 0.5


def near(one: Person, other: Person) -> bool:
    """A near peer: same subject family, grade bands at most one apart."""
    if one.band is None or other.band is None:
        return False
    return same_family(one, other) and abs(one.band - other.band) <= 1


def apart(one: Person, other: Person) -> bool:
    """Whether a rule forbids one cohort: language, consent, grade band, or a name on either one's list."""
    a, b = one.candidate, other.candidate
    if a.language != b.language or a.email.lower() in other.shunned or b.email.lower() in one.shunned:
        return True
    if one.band != other.band and (keeps_band(one) or keeps_band(other)):
        return True
    same_lea = bool(a.lea_id) and a.lea_id == b.lea_id
    return not same_lea and not (a.share_across_leas and b.share_across_leas)


def keeps_band(person: Person) -> bool:
    """Whether somebody asked for people of their own grade band alone. Without a known one that means nothing."""
    return person.candidate.grades == "own" and person.band is not None


def worth_of_hours(policy: Policy, hours: int) -> float:
    return policy.hours_value[min(hours, len(policy.hours_value) - 1)]


def isolation(near_peers: int, level: SingletonLevel) -> float:
    """How alone a singleton stays: 1 with no near peer, 0 with two."""
    return 0.0 if level == "none" else max(0, ENOUGH_NEAR - near_peers) / ENOUGH_NEAR
