"""The newest open proposal as a facilitator looks at it, and who waits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cohorts.catalogue.speak import in_language, tongue_of
from cohorts.due_ports import Failed
from cohorts.forming.alternatives import Alternative, Exchange, alternatives, best_exchanges, total_points
from cohorts.forming.edit import unready
from cohorts.forming.model import Proposal, Refusal, SingletonLevel
from cohorts.people.model import Educator, Interest
from cohorts.people.names import tidy_lea
from cohorts.ports import Transaction
from cohorts.usecases.candidates import look_at, waiting_candidates
from cohorts.usecases.look_for_cohorts import look_at_search
from cohorts.usecases.sight import may_approve, people_in, unseen
from cohorts.usecases.who_waits import who_waits
from cohorts.values import Frozen


@dataclass(frozen=True, slots=True)
class _Told:
    """What people are told of from: their interests by educator id, names of LEAs by id, and the proposal."""

    interests: Mapping[str, Interest]
    leas: Mapping[str, str]
    proposal: Proposal


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


class Hopefuls(Mapping[str, Hopeful]):
    """By educator id, in the order of their names. Each is made when it is asked for: a page shows a few of many."""

    def __init__(self, educators: Sequence[Educator], told: _Told) -> None:
        self._educators = {one.id: one for one in sorted(educators, key=lambda one: one.name)}
        self._told = told

    def __getitem__(self, educator_id: str) -> Hopeful:
        return _hopeful(self._educators[educator_id], self._told)

    def __iter__(self) -> Iterator[str]:
        return iter(self._educators)

    def __len__(self) -> int:
        return len(self._educators)

    def __contains__(self, educator_id: object) -> bool:
        return educator_id in self._educators


@dataclass(frozen=True, slots=True)
class FormingBoard:
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
    interests = {interest.educator_id: interest for interest in who_waits(tx)}
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
        problems=_problems(tx, proposal, interests.values()) if proposal else (),
        undoable=proposal is not None and tx.proposals.count_versions(proposal_id) > 1,
        redoable=proposal is not None and tx.proposals.is_undone(proposal_id),
        points=total_points(proposal) if proposal else 0,
        approvable=proposal is not None and may_approve(reader, proposal, hidden),
        searching=look.under_way,
        failed=look.failed if interests else None,
    )


def _problems(tx: Transaction, proposal: Proposal, waiting: Iterable[Interest]) -> tuple[Refusal, ...]:
    """What an approval would say now, of those who still wait."""
    seated = {seat.interest_id for group in proposal.groups for seat in group.members}
    return unready(proposal, tx.forming.policy, look_at(tx, [one for one in waiting if one.id in seated]))


Around = tuple[tuple[Alternative, ...], tuple[Exchange, ...]]


def look_around(tx: Transaction, board: FormingBoard, educator_id: str, *, exchanges: bool) -> Around:
    """Every place where this person could be tried, and why some cannot be; with `exchanges` also the best with whom
    they could change places, among those the reader may see. Nothing for whom the reader may not see."""
    if board.proposal is None or educator_id not in board.people:
        return (), ()
    asked = board.proposal, educator_id, tx.forming.policy, waiting_candidates(tx)
    found = best_exchanges(*asked) if exchanges else ()
    return alternatives(*asked), tuple(one for one in found if one.other in board.people)


def _people(
    tx: Transaction, known: frozenset[str], interests: Mapping[str, Interest], proposal: Proposal
) -> Mapping[str, Hopeful]:
    educators = tx.people.warm(sorted(known))
    leas = {lea_id: tx.people.find_lea(lea_id) for lea_id in {person.lea_id for person in educators}}
    names = {lea_id: tidy_lea(lea.name) if lea else lea_id for lea_id, lea in leas.items()}
    return Hopefuls(educators, _Told(interests, names, proposal))


def _hopeful(person: Educator, told: _Told) -> Hopeful:
    interest, seat = told.interests.get(person.id), told.proposal.seat_of(person.id)
    return Hopeful(
        educator_id=person.id,
        name=person.name,
        lea=told.leas[person.lea_id],
        language=interest.language if interest else person.language,
        subject=interest.subject if interest else "",
        grade_band=interest.grade_band if interest else "",
        problem=interest.problem_of_practice if interest else "",
        microcredential_id=interest.microcredential_id if interest else seat.microcredential_id if seat else "",
        singleton=told.proposal.singletons.get(person.id, "none"),
    )
