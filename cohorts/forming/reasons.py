"""Why somebody waits, found by counting: which single thing would have to be otherwise."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .model import RUNGS, Candidate, Policy, Reason, ReasonCode
from .similarity import band


@dataclass(frozen=True, slots=True)
class _Asker:
    """What of a candidate counts here."""

    language: str
    lea: str
    share: bool
    keys: tuple[str, ...]
    shunned: frozenset[str]


class Reasons:
    """Counts of all who could have been placed, and from them the reason of anybody who was not."""

    def __init__(self, candidates: Iterable[Candidate], policy: Policy) -> None:
        self._missing = policy.smallest - 1
        self._all: Counter[str] = Counter()
        self._speaking: Counter[tuple[str, str]] = Counter()
        self._sharing: Counter[tuple[str, str]] = Counter()
        self._here: Counter[tuple[str, str, str]] = Counter()
        self._grades: Counter[tuple[str, str, float | None]] = Counter()
        self._known: dict[str, _Asker] = {}
        self._shunned_by: Counter[str] = Counter()
        self._shy: dict[str, set[str]] = {}
        for candidate in candidates:
            self._count(candidate)

    def _count(self, candidate: Candidate) -> None:
        email = candidate.email.lower()
        shunned = frozenset(other.lower() for other in (*candidate.avoid, *candidate.evaluators)) - {email}
        mine = _Asker(candidate.language, candidate.lea_id, candidate.share_across_leas, _keys(candidate), shunned)
        for key in dict.fromkeys(mine.keys):
            self._all[key] += 1
            self._speaking[key, mine.language] += 1
            self._sharing[key, mine.language] += mine.share
            self._grades[key, mine.language, band(candidate.grade_band)] += 1
            if mine.lea:
                self._here[key, mine.language, mine.lea] += 1
        if email:
            self._known[email] = mine
            for other in shunned:
                self._shy.setdefault(other, set()).add(email)

    def find(self, candidate: Candidate) -> Reason:
        """The first cause that explains it: own LEA only and it is unknown, language, own grade band only, own LEA
        only, rules between people, too few; else the numbers did not work out (`uneven`).

        `needed` counts people with whom there would be a cohort: for whoever keeps to their own, such people alone.
        """
        if not candidate.share_across_leas and not candidate.lea_id:
            return Reason(code="no_district")
        widest = RUNGS.index(candidate.widest)
        key = _keys(candidate)[min(widest, 3)]
        language, share = candidate.language, candidate.share_across_leas
        speaking = self._speaking[key, language] - 1
        if speaking < self._missing <= self._all[key] - 1:
            return Reason(code="language", needed=self._missing - speaking)
        here = self._here[key, language, candidate.lea_id] - 1 if candidate.lea_id else 0
        alone = self._alone_by_wish(candidate, key, here)
        for why, beside in alone.items():
            if beside < self._missing:
                return Reason(code=why, needed=self._missing - beside)
        consenting = here if not share else self._sharing[key, language] - 1
        if consenting < self._missing:
            return Reason(code="too_few", needed=self._missing - consenting)
        if consenting - self._forbidden(candidate, key) < self._missing:
            return Reason(code="all_conflict")
        return Reason(code=next(iter(alone), "uneven"))

    def _alone_by_wish(self, candidate: Candidate, key: str, here: int) -> Mapping[ReasonCode, int]:
        """What the candidate keeps to, with how many others there are of it."""
        place = band(candidate.grade_band)
        found: dict[ReasonCode, int] = {}
        if candidate.grades == "own" and place is not None:
            found["own_grades"] = self._grades[key, candidate.language, place] - 1
        if not candidate.share_across_leas:
            found["no_consent_alone"] = here
        return found

    def _forbidden(self, candidate: Candidate, key: str) -> int:
        """How many of those a candidate could be with stand on one of the two lists."""
        email = candidate.email.lower()
        listed = {other.lower() for other in (*candidate.avoid, *candidate.evaluators)} | self._shy.get(email, set())
        found = (self._known[other] for other in listed - {email} if other in self._known)
        return sum(
            key in other.keys
            and other.language == candidate.language
            and ((other.share and candidate.share_across_leas) or other.lea == candidate.lea_id != "")
            for other in found
        )


def _keys(candidate: Candidate) -> tuple[str, ...]:
    """What a candidate is counted under on each step of the ladder; without a stack or family, as a step before."""
    topic = f"m {candidate.microcredential_id}"
    stack = f"s {candidate.stack}" if candidate.stack else topic
    family = f"f {candidate.family}" if candidate.family else stack
    return topic, stack, family, "everybody"


def reasons_for(candidates: Iterable[Candidate], waiting: Iterable[Candidate], policy: Policy) -> Mapping[str, Reason]:
    """The reason of each of those who wait, by educator id; the candidates are all who could have been placed."""
    reasons = Reasons(candidates, policy)
    return {candidate.educator_id: reasons.find(candidate) for candidate in waiting}
