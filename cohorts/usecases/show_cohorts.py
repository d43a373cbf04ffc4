"""Somebody has come to one more platform: the cohorts they are in are seen there from now on."""

from datetime import datetime

from cohorts.cards.forming import cohort_topic
from cohorts.cards.running import header_card, opening_card
from cohorts.cards.threads import thread_name
from cohorts.people.model import Account, Cohort
from cohorts.ports import Transaction
from cohorts.protocols.load import protocol_of

from .carry_out import scene_of, view
from .meet_tell import announce_in
from .rounds import rounds_of
from .spoken import read_microcredential
from .tell import Note, Room, change_account, open_one_room, said_in, tell_one_room


def show_cohorts(tx: Transaction, account: Account, now: datetime) -> None:
    """They join their cohorts' rooms there; a room that is not there yet is opened with what stands in it now."""
    person, room = account.educator_id, (account.platform, account.workspace)
    seats = (cohort for cohort in tx.cohorts.of(person) if person in cohort.active_members)
    for cohort in (*seats, *tx.cohorts.led_by(person)):
        if cohort.status != "active":
            continue
        topic = cohort_topic(read_microcredential(tx, cohort.microcredential_id, cohort.language), cohort.language)
        if open_one_room(tx, cohort, room, topic, now):
            welcome = f"{cohort.id}:welcome"
            furnish(tx, cohort, room, Note(key=welcome, message=said_in(tx, cohort, welcome)), now)
        else:
            change_account(tx, cohort, "add_people", account, now)


def furnish(tx: Transaction, cohort: Cohort, room: Room, first: Note, now: datetime) -> None:
    """The first words where there are any, for each run its header and open steps, and the meetings that are ahead."""
    if first.message:
        tell_one_room(tx, cohort, room, first, now)
    for run in tx.runs.of_cohort(cohort.id):
        if run.status == "ended":
            continue
        protocol = protocol_of(run)
        seen = view(tx, scene_of(tx, run, now))
        header = f"{run.id}:header"
        said = Note(key=header, message=header_card(seen, rounds_of(tx, protocol, run)), name=thread_name(seen))
        tell_one_room(tx, cohort, room, said, now)
        for step in run.steps:
            if step.status == "open":
                message = opening_card(seen, protocol.step(step.id))
                tell_one_room(
                    tx, cohort, room, Note(key=f"{run.id}:{step.id}:open", message=message, thread=header), now
                )
    announce_in(tx, cohort, room, now)
