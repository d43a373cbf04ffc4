"""Another facilitator for a cohort that is under way."""

from datetime import datetime

from cohorts.cards.living import handed_over_card, new_leader_card
from cohorts.people.model import Cohort
from cohorts.ports import Transaction
from cohorts.protocols.run import RoleChanged
from cohorts.usecases.carry_out import move_run
from cohorts.usecases.membership import seated
from cohorts.usecases.spoken import call_cohort
from cohorts.usecases.tell import Note, change_people, tell, tell_room

from .leaders import choose_facilitators
from .seats import open_door


def replace_facilitator(tx: Transaction, cohort: Cohort, now: datetime) -> Cohort:
    """The one who may lead everybody in it now; nobody where there is none, and the cycle goes on by its own rules.

    The room is told, and so is whoever led it until now.
    """
    people = seated(cohort)
    leader = choose_facilitators(tx, {cohort.id: people}, {cohort.id: cohort.language}, now.date())[cohort.id]
    if leader == cohort.facilitator_id:
        return cohort
    if cohort.facilitator_id and cohort.facilitator_id not in people:
        change_people(tx, cohort, "remove_people", cohort.facilitator_id, now)
    changed = cohort.model_copy(update={"facilitator_id": leader})
    tx.cohorts.save(changed)
    for run in tx.runs.of_cohort(cohort.id):
        if run.status != "ended":
            event = RoleChanged(role="facilitator", members=(leader,) if leader else ())
            move_run(tx, tx.runs.get(run.id), event, now)
    if leader:
        open_door(tx, changed, leader, now)
    name = tx.people.get_educator(leader).name if leader else ""
    note = Note(key=f"{cohort.id}:leader:{now.isoformat()}", message=new_leader_card(name, cohort.language))
    tell_room(tx, changed, note, now)
    if cohort.facilitator_id:
        _tell_former(tx, cohort, name, now)
    return changed


def _tell_former(tx: Transaction, cohort: Cohort, name: str, now: datetime) -> None:
    """Whoever led it until now learns that they do not, and why: the room is gone from their list."""
    former = tx.people.get_educator(cohort.facilitator_id)
    message = handed_over_card(call_cohort(tx, cohort, former.language), name, former.language)
    key = f"{cohort.id}:handed-over:{former.id}:{now.isoformat()}"
    tell(tx, former.id, Note(key=key, message=message), now, "facilitator")
