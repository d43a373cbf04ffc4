"""Home's part about live meetings: what is ahead, and the way to set one."""

from datetime import datetime

from cohorts.cards.basics import button, row, words
from cohorts.cards.meeting import meet_button
from cohorts.messages import Buttons, Section
from cohorts.people.model import Cohort, Educator
from cohorts.ports import Transaction

from .meet_tell import ahead
from .spoken import call_cohort

SHOWN = 3
MOST_DOORS = 3


def meetings_home(tx: Transaction, educator: Educator, now: datetime) -> list[Section | Buttons]:
    """A line and a door for each of the next meetings, and a door to set one in each cohort."""
    language, mine = educator.language, _cohorts(tx, educator)
    found = [(meeting, cohort) for cohort in mine for meeting in ahead(tx, cohort, now)]
    parts: list[Section | Buttons] = []
    for meeting, cohort in sorted(found, key=lambda pair: (pair[0].starts_at, pair[0].id))[:SHOWN]:
        about = {"topic": meeting.topic, "cohort": cohort.name, "at": meeting.starts_at}
        parts.append(words(language, "meeting.home", **about, comes=educator.id in meeting.coming))
        parts.append(row(button(language, "meeting.button.look", "meet.look.open", meeting.id)))
    doors = [meet_button(language, cohort, named=len(mine) > 1) for cohort in mine[:MOST_DOORS]]
    return [*parts, *([row(*doors)] if doors else [])]


def _cohorts(tx: Transaction, educator: Educator) -> list[Cohort]:
    """Those that run and in which this person has a seat or which they lead, the newest first."""
    known = {one.id: one for one in (*tx.cohorts.of(educator.id), *tx.cohorts.led_by(educator.id))}
    mine = (
        one
        for one in known.values()
        if one.status == "active" and (educator.id in one.active_members or educator.id == one.facilitator_id)
    )
    newest = sorted(mine, key=lambda one: (one.formed_at, one.id), reverse=True)
    return [call_cohort(tx, one, educator.language) for one in newest]
