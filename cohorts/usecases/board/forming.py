"""The newest open proposal as a facilitator looks at it, and who waits."""

from collections.abc import Mapping

from cohorts.catalogue.speak import in_language, tongue_of
from cohorts.forming.edit import NEW, WAITING, keep_waiting, unready
from cohorts.forming.model import Group, Policy, Proposal, Refusal, SingletonLevel
from cohorts.people.model import Educator, Interest
from cohorts.people.names import tidy_lea
from cohorts.ports import Transaction
from cohorts.usecases.candidates import waiting_candidates
from cohorts.usecases.sight import may_approve, people_in, unseen
from cohorts.values import Frozen


class Hopeful(Frozen):
    """Somebody who wants a cohort, with what their cohort would read of them. Never their times or whom they avoid."""

    educator_id: str
    name: str
    lea: str
    language: str
    subject: str
    grade_band: str
    problem: str
    microcredential_id: str
    singleton: SingletonLevel


class FormingBoard(Frozen):
    """As one reader may see it. `proposal` is None when none is open. `people` are those of it whom they may see.

    `tongues` are the languages of those microcredentials' names that there are not in the reader's.
    `newcomers` wait and are not in it; `undoable`: something was moved; `approvable`: nobody with a seat is hidden
    from this reader, or they are an operator.
    """

    waiting: int
    newcomers: int
    proposal_id: str
    proposal: Proposal | None
    people: Mapping[str, Hopeful]
    microcredentials: Mapping[str, str]
    tongues: Mapping[str, str]
    problems: tuple[Refusal, ...]
    undoable: bool
    approvable: bool


def forming_board(tx: Transaction, reader: Educator) -> FormingBoard:
    interests = {interest.educator_id: interest for interest in tx.interests.with_status("waiting")}
    found = tx.proposals.newest("open")
    proposal_id, proposal = found or ("", None)
    known = people_in(proposal) if proposal else frozenset[str]()
    hidden = unseen(tx, reader, known)
    catalogue = [in_language(one, reader.language) for one in tx.catalogue.all()]
    return FormingBoard(
        waiting=len(interests),
        newcomers=len(interests.keys() - known) if proposal else 0,
        proposal_id=proposal_id,
        proposal=proposal,
        people=_people(tx, known - hidden, interests, proposal) if proposal else {},
        microcredentials={one.id: one.name for one in catalogue},
        tongues={one.id: tongue_of(one, one.name, reader.language) for one in catalogue},
        problems=_problems(tx, proposal) if proposal else (),
        undoable=len(tx.proposals.versions(proposal_id)) > 1 if proposal else False,
        approvable=proposal is not None and may_approve(reader, proposal, hidden),
    )


def _problems(tx: Transaction, proposal: Proposal) -> tuple[Refusal, ...]:
    """What an approval would say now, of those who still wait."""
    candidates = waiting_candidates(tx)
    return unready(keep_waiting(proposal, Policy(), candidates), Policy(), candidates)


def targets(board: FormingBoard, educator_id: str) -> tuple[str, ...]:
    """Where this person could be tried: groups of their language that have room and a microcredential in common
    first, then NEW and WAITING. Whether it can be is decided when it is asked."""
    if board.proposal is None:
        return ()
    here, me = board.proposal.group_of(educator_id), board.people[educator_id]
    open_groups = [g for g in board.proposal.groups if g != here and g.language == me.language and _has_room(g)]
    near = sorted(open_groups, key=lambda group: me.microcredential_id != group.microcredential_id)
    alone = here is not None and len(here.members) == 1
    return (*(group.id for group in near), *(() if alone else (NEW,)), *((WAITING,) if here else ()))


def _has_room(group: Group) -> bool:
    return len(group.members) < Policy().largest


def _people(
    tx: Transaction, known: frozenset[str], interests: Mapping[str, Interest], proposal: Proposal
) -> Mapping[str, Hopeful]:
    educators = tx.people.known_educators(sorted(known))
    leas = {lea_id: tx.people.find_lea(lea_id) for lea_id in {person.lea_id for person in educators.values()}}
    names = {lea_id: tidy_lea(lea.name) if lea else lea_id for lea_id, lea in leas.items()}
    return {
        person.id: _hopeful(person, interests.get(person.id), names, proposal)
        for person in sorted(educators.values(), key=lambda person: person.name)
    }


def _hopeful(person: Educator, interest: Interest | None, leas: Mapping[str, str], proposal: Proposal) -> Hopeful:
    seat = proposal.seat_of(person.id)
    return Hopeful(
        educator_id=person.id,
        name=person.name,
        lea=leas[person.lea_id],
        language=interest.language if interest else person.language,
        subject=interest.subject if interest else "",
        grade_band=interest.grade_band if interest else "",
        problem=interest.problem_of_practice if interest else "",
        microcredential_id=interest.microcredential_id if interest else seat.microcredential_id if seat else "",
        singleton=proposal.singletons.get(person.id, "none"),
    )
