"""The newest open proposal as a facilitator looks at it, and who waits."""

from collections.abc import Mapping

from cohorts.catalogue.speak import in_language, tongue_of
from cohorts.due_ports import Failed
from cohorts.forming.alternatives import Alternative, Exchange, alternatives, best_exchanges, total_points
from cohorts.forming.edit import keep_waiting, unready
from cohorts.forming.model import Proposal, Refusal, SingletonLevel
from cohorts.people.model import Educator, Interest
from cohorts.people.names import tidy_lea
from cohorts.ports import Transaction
from cohorts.usecases.candidates import waiting_candidates
from cohorts.usecases.look_for_cohorts import look_at_search
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
    `newcomers` wait and are not in it; `undoable`: something was changed; `redoable`: something was undone last;
    `approvable`: nobody with a seat is hidden from this reader, or they are an operator. `points` is what all seats
    are worth together. `searching`: this reader has asked for a new one, or its round has come, and it is not there
    yet; `failed`: searching for it failed.
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
    redoable: bool
    points: int
    approvable: bool
    searching: bool
    failed: Failed | None


def forming_board(tx: Transaction, reader: Educator) -> FormingBoard:
    interests = {interest.educator_id: interest for interest in tx.interests.with_status("waiting")}
    found = tx.proposals.newest("open")
    proposal_id, proposal = found or ("", None)
    known = people_in(proposal) if proposal else frozenset[str]()
    hidden = unseen(tx, reader, known)
    look = look_at_search(tx, reader.id)
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
        redoable=proposal is not None and tx.proposals.undone(proposal_id) is not None,
        points=total_points(proposal) if proposal else 0,
        approvable=proposal is not None and may_approve(reader, proposal, hidden),
        searching=look.under_way,
        failed=look.failed if interests else None,
    )


def _problems(tx: Transaction, proposal: Proposal) -> tuple[Refusal, ...]:
    """What an approval would say now, of those who still wait."""
    candidates = waiting_candidates(tx)
    return unready(keep_waiting(proposal, tx.forming.policy, candidates), tx.forming.policy, candidates)


def places_for(tx: Transaction, board: FormingBoard, educator_id: str) -> tuple[Alternative, ...]:
    """Every place where this person could be tried, and why some cannot be; nothing for whom the reader may not see."""
    if board.proposal is None or educator_id not in board.people:
        return ()
    return alternatives(board.proposal, educator_id, tx.forming.policy, waiting_candidates(tx))


def exchanges_for(tx: Transaction, board: FormingBoard, educator_id: str) -> tuple[Exchange, ...]:
    """The best with whom they could change places, among those the reader may see."""
    if board.proposal is None or educator_id not in board.people:
        return ()
    found = best_exchanges(board.proposal, educator_id, tx.forming.policy, waiting_candidates(tx))
    return tuple(one for one in found if one.other in board.people)


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
