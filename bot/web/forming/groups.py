"""The proposal's cohorts and those who wait, as the board draws them: each with what they would be told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from cohorts.forming.alternatives import POINTS
from cohorts.forming.explain import explain, explain_group
from cohorts.forming.model import Group
from cohorts.forming.own_words import own_words
from cohorts.usecases.board.forming import FormingBoard, Hopeful

AT_ONCE = 24
"""So many cohorts, and so many of those who wait, are on one page."""
OPEN_AT_ONCE = 12
"""With more cohorts than this each shows its summary first, and opens by a press."""


@dataclass(frozen=True, slots=True)
class PersonShown:
    """`told` is what they would read of why they are here; `words` what a search looks through."""

    person: Hopeful
    told: str
    pinned: bool
    words: str


@dataclass(frozen=True, slots=True)
class GroupShown:
    """`points` is what its seats are worth together; `problem` why it cannot begin, or ""; `why` what its people share,
    when all can meet and where it is weak."""

    number: int
    group: Group
    microcredential: str
    people: tuple[PersonShown, ...]
    locked: bool
    problem: str
    why: str

    @property
    def hidden(self) -> int:
        """How many have a seat here and are not the reader's to see."""
        return len(self.group.members) - len(self.people)

    @property
    def points(self) -> int:
        return round(POINTS * sum(seat.terms.value for seat in self.group.members))


@dataclass(frozen=True, slots=True)
class Look:
    """How one reader looks at the board: their words and wall clock, what they search for, and on which page of the
    cohorts and of those who wait they are, from 1."""

    language: str
    zone: str
    wanted: str = ""
    page: int = 1
    waiting: int = 1


F = TypeVar("F")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """One page of many: what is `shown` on it, its `number` among the `pages`, and the places of the first and last of
    what it shows among the `total`; all from 1."""

    shown: Sequence[T]
    number: int
    pages: int
    first: int
    last: int
    total: int


def groups_shown(board: FormingBoard, look: Look, problems: Sequence[tuple[int, str]]) -> Sheet[GroupShown]:
    """With a search, only cohorts in which somebody is found."""
    groups = enumerate(board.proposal.groups if board.proposal else (), start=1)
    found = [(number, group) for number, group in groups if _is_found(board, look, _members(group))]
    wrong = dict(problems)
    return _sheet(found, look.page, lambda one: _group(board, one, look, wrong.get(one[0], "")))


def waiting_shown(board: FormingBoard, look: Look) -> Sheet[PersonShown]:
    known = [who for who in (board.proposal.unplaced if board.proposal else ()) if who in board.people]
    found = [who for who in known if _is_found(board, look, [who])]
    return _sheet(found, look.waiting, lambda who: _person(board, who, look))


def page_of(number: int) -> int:
    """On which page the cohort of this number is."""
    return (number - 1) // AT_ONCE + 1


def _sheet(found: Sequence[F], number: int, show: Callable[[F], T]) -> Sheet[T]:
    """The page of this number, or the nearest there is. Only what is on it is made ready."""
    pages = max(1, page_of(len(found)))
    number = min(max(1, number), pages)
    begin = (number - 1) * AT_ONCE
    shown = [show(one) for one in found[begin : begin + AT_ONCE]]
    return Sheet(shown, number, pages, begin + 1, begin + len(shown), len(found))


def _is_found(board: FormingBoard, look: Look, educator_ids: Sequence[str]) -> bool:
    """Every word that is searched for stands in what is known of one of these people."""
    wanted = look.wanted.casefold().split()
    known = (words_of(board.people[who]) for who in educator_ids if who in board.people) if wanted else ()
    return not wanted or any(all(word in words for word in wanted) for words in known)


def words_of(person: Hopeful) -> str:
    return " ".join((person.name, person.subject, person.grade_band, person.lea, person.problem)).casefold()


def _members(group: Group) -> Sequence[str]:
    return [seat.educator_id for seat in group.members]


def _group(board: FormingBoard, numbered: tuple[int, Group], look: Look, problem: str) -> GroupShown:
    number, group = numbered
    proposal = board.proposal
    return GroupShown(
        number=number,
        group=group,
        microcredential=board.microcredentials.get(group.microcredential_id, group.microcredential_id),
        people=tuple(_person(board, who, look) for who in _members(group) if who in board.people),
        locked=proposal is not None and group.id in proposal.locked,
        problem=problem,
        why=explain_group(proposal, group, look.language, look.zone) if proposal else "",
    )


def told_of(board: FormingBoard, educator_id: str, look: Look) -> str:
    """What this person would read of why they are where they are."""
    if board.proposal is None:
        return ""
    group = board.proposal.group_of(educator_id)
    others = [seat.educator_id for seat in group.members if seat.educator_id != educator_id] if group else []
    written = [board.people[who].problem for who in others if who in board.people]
    words = own_words(board.people[educator_id].problem, written)
    return explain(board.proposal, educator_id, look.language, look.zone, words)


def _person(board: FormingBoard, educator_id: str, look: Look) -> PersonShown:
    person = board.people[educator_id]
    return PersonShown(
        person=person,
        told=told_of(board, educator_id, look),
        pinned=board.proposal is not None and educator_id in board.proposal.pinned,
        words=words_of(person),
    )
