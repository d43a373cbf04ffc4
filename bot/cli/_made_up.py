"""Made-up educators of real LEAs, in real proportions: what forming would bring is seen before anybody has joined.

An LEA has as many as its share of the students. Subjects by grade band: National Teacher and Principal Survey 2015–16,
rounded. Assumed: 24 microcredentials whose popularity falls with their rank, times after school and now and then in the
morning or evening, and that 92 of 100 agree to be with people of other districts.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from itertools import accumulate

from cohorts.forming.model import Candidate
from cohorts.ids import draw, make_id
from cohorts.people.model import Lea, Window

CONSENT = 0.92
SPANISH = 0.05
MICROCREDENTIALS, OF_STACK, OF_FAMILY = 24, 4, 12
A_SCHOOL = 500
"""Students; how many schools an LEA has where it is not known."""
BANDS = (("K-2", 0.24), ("3-5", 0.24), ("6-8", 0.24), ("9-12", 0.28))
SUBJECTS = (
    ("General", 0.70, 0.02), ("Special education", 0.12, 0.13), ("Reading", 0.03, 0.02), ("English", 0.01, 0.17),
    ("Social studies", 0.0, 0.12), ("Mathematics", 0.01, 0.16), ("Science", 0.01, 0.13), ("Computing", 0.0, 0.01),
    ("English learners", 0.03, 0.03), ("World languages", 0.01, 0.05), ("Arts", 0.04, 0.07),
    ("Physical education", 0.04, 0.05), ("Career and technical", 0.0, 0.04),
)  # fmt: skip
PROBLEMS = (
    "Few students answer when I ask an open question", "Students do not revise their writing after feedback",
    "Talk in small groups is dominated by a few voices", "Exit tickets do not change the next lesson",
    "Families of multilingual learners are not heard", "Fractions on a number line are misread",
    "Reading groups lose focus without me", "Students copy notes instead of making sense of them",
    "Lab reports repeat steps but explain no evidence", "Homework shows effort, not understanding",
    "Students wait for help before they try", "Vocabulary is memorised and forgotten",
)  # fmt: skip
OWN_PROBLEM = 0.7
WEEKDAY = (("after", 0.72, 15, 2, 3), ("before", 0.14, 7, 1, 1), ("evening", 0.26, 19, 2, 2))
WEEKEND = (("weekend", 0.12, 9, 6, 2),)


def make_up(leas: Sequence[Lea], number: int, seed: int, now: datetime) -> list[Candidate]:
    """So many educators; the same LEAs, number and seed give the same. LEAs without students have nobody."""
    ordered = sorted(leas, key=lambda lea: lea.id)
    edges = list(accumulate(float(lea.enrollment or 0) for lea in ordered))
    ranks = list(accumulate(1 / rank**0.8 for rank in range(1, MICROCREDENTIALS + 1)))

    def one(place: int) -> Candidate:
        key = (str(seed), str(place))
        lea = ordered[bisect(edges, draw(*key, "lea") * edges[-1])]
        topic = bisect(ranks, draw(*key, "topic") * ranks[-1])
        name = make_id("educator", *key)
        grade_band = _pick([share for _, share in BANDS], draw(*key, "band"))
        shares = [young if grade_band < 2 else old for _, young, old in SUBJECTS]
        return Candidate(
            interest_id=make_id("interest", *key),
            educator_id=name,
            email=f"{name}@example.org",
            lea_id=lea.id,
            school_id=f"{lea.id}-{int(draw(*key, 'school') * (lea.schools or 1 + (lea.enrollment or 0) // A_SCHOOL))}",
            zone=lea.zone,
            language="es" if draw(*key, "language") < SPANISH else "en",
            subject=SUBJECTS[_pick(shares, draw(*key, "subject"))][0],
            grade_band=BANDS[grade_band][0],
            problem_of_practice=PROBLEMS[_problem(key, topic)],
            availability=tuple(_week(key)),
            microcredential_id=f"microcredential-{topic}",
            stack=f"stack-{topic // OF_STACK}",
            family=f"family-{topic // OF_FAMILY}",
            share_across_leas=draw(*key, "consent") < CONSENT,
            start_from=now.date(),
            platform="slack" if draw(*key, "platform") < 0.4 else "discord",
            waiting_since=now,
            stage=_pick([0.5, 0.25, 0.15, 0.07, 0.03], draw(*key, "stage")),
            locale=str(lea.locale or ""),
            state=lea.state,
        )

    return [one(place) for place in range(number)]


def _pick(shares: Sequence[float], at: float) -> int:
    edges = list(accumulate(shares))
    return min(bisect(edges, at * edges[-1]), len(edges) - 1)


def _problem(key: Sequence[str], topic: int) -> int:
    """Mostly one of the microcredential's own."""
    if draw(*key, "own") < OWN_PROBLEM:
        return (topic * 3 + int(4 * draw(*key, "problem"))) % len(PROBLEMS)
    return int(len(PROBLEMS) * draw(*key, "problem"))


def _week(key: Sequence[str]) -> Iterator[Window]:
    for day in range(7):
        for name, likely, earliest, span, longest in WEEKDAY if day < 5 else WEEKEND:
            if draw(*key, name, str(day)) < likely:
                start = earliest + int(span * draw(*key, name, str(day), "start"))
                yield Window(
                    weekday=day,
                    start=time(start),
                    end=time(start + 1 + int(longest * draw(*key, name, str(day), "length"))),
                )
