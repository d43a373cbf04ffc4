"""Share one's own: a draft with reviewers, a link with the cohort."""

from cohorts.cards.basics import card, whisper
from cohorts.cards.keeping import shared_link_card
from cohorts.events import Response, Whisper
from cohorts.evidence.model import Artifact
from cohorts.evidence.privacy import check_share
from cohorts.evidence.show import problem_line
from cohorts.ids import make_id
from cohorts.messages import Section
from cohorts.people.model import Cohort
from cohorts.ports import MissingError, Transaction

from .ask import Ask, remember
from .candidates import work_of
from .tell import Note, tell_room


def share_for_review(tx: Transaction, educator_id: str, draft_id: str) -> None:
    """This version of the draft may be read by the cohort. Raises MissingError for somebody else's draft."""
    draft = tx.evidence.get_draft(draft_id)
    if draft.educator_id != educator_id:
        raise MissingError(f"{educator_id} has no draft {draft_id}.")
    tx.evidence.share_draft(draft_id)


def share_link(tx: Transaction, ask: Ask) -> Response:
    """The link is shown in the cohort's room; without consent, or with a name in it, it stays with its owner."""
    artifact = tx.evidence.get_artifact(ask.value)
    cohort = cohort_on(tx, ask.me, artifact.microcredential_id)
    if artifact.educator_id != ask.me or cohort is None:
        raise MissingError(f"{ask.me} cannot share {ask.value}.")
    problem = check_share(artifact)
    if problem:
        return Whisper(message=card(Section(text=problem_line(problem, ask.language))))
    shared = tuple(dict.fromkeys((*artifact.shared_with, cohort.id)))
    tx.evidence.save_artifact(artifact.model_copy(update={"shared_with": shared}))
    message = shared_link_card(artifact, ask.educator.name, cohort.language)
    tell_room(tx, cohort, Note(key=_key(artifact, cohort.id), message=message), ask.now)
    remember(tx, ask, "link_shared", artifact=artifact.id, cohort=cohort.id)
    return whisper(ask.language, "keeping.share.done")


def take_back(tx: Transaction, artifact: Artifact, ask: Ask) -> None:
    """Whatever rooms it was shared in forget it."""
    for cohort_id in artifact.shared_with:
        key = _key(artifact, cohort_id)
        note = Note(key=f"{key}:back", verb="delete", about=key, silent=True)
        tell_room(tx, tx.cohorts.get(cohort_id), note, ask.now)


def _key(artifact: Artifact, cohort_id: str) -> str:
    # What it says is part of the key: a changed link that is shared again is another message.
    return f"{artifact.id}:shared:{cohort_id}:{make_id('link', artifact.title, artifact.link)}"


def cohort_on(tx: Transaction, educator_id: str, microcredential_id: str) -> Cohort | None:
    """This person's running cohort on the microcredential: whom they may share with."""
    mine = (cohort for cohort in tx.cohorts.of(educator_id) if educator_id in cohort.active_members)
    return next((cohort for cohort in mine if work_of(tx, cohort, educator_id) == microcredential_id), None)
