"""One's own evidence: the map, what is missing, every version of every draft, links, and the reviews received."""

from collections.abc import Iterator
from datetime import datetime

from cohorts.catalogue.model import Microcredential
from cohorts.catalogue.questions import question_for
from cohorts.catalogue.speak import foreign_texts, in_language
from cohorts.evidence.gaps import Gap, find_gaps
from cohorts.evidence.map import EvidenceMap
from cohorts.evidence.model import Artifact, Draft, Result
from cohorts.feedback.model import Review
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.usecases.share import cohort_on
from cohorts.usecases.unfinished import map_of
from cohorts.values import Frozen


class ReceivedReview(Frozen):
    """Shared words of a colleague. `criterion` is a name, "" for the draft as a whole; `rated` by me already."""

    review: Review
    reviewer: str
    criterion: str
    rated: bool


class EvidenceBoard(Frozen):
    """All of one educator's and nobody else's. `question` is a message key about the first gap; `mine` are all the
    microcredentials they work on, this one among them; `sharing`: there is a running cohort to share a link with;
    `foreign`: the issuer's texts that there are not in their language."""

    microcredential: Microcredential
    mine: tuple[Microcredential, ...]
    evidence: EvidenceMap
    gaps: tuple[Gap, ...]
    question: str
    drafts: tuple[Draft, ...]
    artifacts: tuple[Artifact, ...]
    results: tuple[Result, ...]
    reviews: tuple[ReceivedReview, ...]
    sharing: bool
    foreign: frozenset[str]


def evidence_board(tx: Transaction, me: Educator, wanted: str, now: datetime) -> EvidenceBoard | None:
    """The microcredential named, or without a name the first this person works on; None for any other."""
    mine = _mine(tx, me)
    microcredential = next((one for one in mine if not wanted or one.id == wanted), None)
    if microcredential is None:
        return None
    evidence = map_of(tx, me.id, microcredential.id)
    gaps = find_gaps(evidence)
    return EvidenceBoard(
        microcredential=microcredential,
        mine=mine,
        evidence=evidence,
        gaps=gaps,
        question=_question(me, microcredential, gaps[0], now) if gaps else "",
        drafts=tuple(tx.evidence.drafts(me.id, microcredential.id)),
        artifacts=tuple(a for a in tx.evidence.artifacts(me.id, microcredential.id) if not a.withdrawn),
        results=tuple(tx.evidence.results(me.id, microcredential.id)),
        reviews=tuple(_reviews(tx, me, microcredential)),
        sharing=cohort_on(tx, me.id, microcredential.id) is not None,
        foreign=foreign_texts(microcredential, me.language),
    )


def _mine(tx: Transaction, me: Educator) -> tuple[Microcredential, ...]:
    """What a running cohort works on first, then the rest."""
    cohorts = sorted(tx.cohorts.of(me.id), key=lambda cohort: cohort.status != "active")
    ids = [cohort.microcredential_id for cohort in cohorts]
    ids += [interest.microcredential_id for interest in tx.interests.of(me.id) if interest.status != "withdrawn"]
    return tuple(in_language(found, me.language) for one in dict.fromkeys(ids) if (found := tx.catalogue.find(one)))


def _question(me: Educator, microcredential: Microcredential, gap: Gap, now: datetime) -> str:
    """The same one that a nudge asks this week."""
    return question_for(microcredential, gap.part_id, gap.criterion_id, f"{me.id}/{now.isocalendar().week}")


def _reviews(tx: Transaction, me: Educator, microcredential: Microcredential) -> Iterator[ReceivedReview]:
    """Reviews exist only once they are revealed, so all of this is shared text. Newest draft first."""
    names = {f"{part.id}/{one.id}": one.name for part in microcredential.parts for one in part.criteria}
    runs = [
        run
        for cohort in tx.cohorts.of(me.id)
        if cohort.microcredential_id == microcredential.id
        for run in tx.runs.of_cohort(cohort.id)
        if me.id in run.role("presenter")
    ]
    for run in sorted(runs, key=lambda run: run.started_at, reverse=True):
        reviews = tx.feedback.reviews(run.id)
        people = tx.people.known_educators([review.reviewer for review in reviews])
        rated = {rating.assignment_id for rating in tx.feedback.ratings(run.id)}
        for review in reviews:
            reviewer = people.get(review.reviewer)
            yield ReceivedReview(
                review=review,
                reviewer=reviewer.name if reviewer else "",
                criterion=names.get(review.criterion, ""),
                rated=review.assignment_id in rated,
            )
