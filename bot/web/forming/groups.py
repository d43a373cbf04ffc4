"""The proposal's cohorts and those who wait, as the board draws them: each with what they would be told."""

from collections.abc import Sequence
from dataclasses import dataclass

from cohorts.forming.alternatives import POINTS
from cohorts.forming.explain import explain, explain_group
from cohorts.forming.model import Group
from cohorts.forming.own_words import own_words
from cohorts.usecases.board.forming import FormingBoard, Hopeful

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
    """How one reader looks at the board: their words and wall clock, and what they search for."""

    language: str
    zone: str
    wanted: str = ""


def groups_shown(board: FormingBoard, look: Look, problems: Sequence[tuple[int, str]]) -> Sequence[GroupShown]:
    """With a search, only cohorts in which somebody is found."""
    if board.proposal is None:
        return ()
    wrong = dict(problems)
    shown = [
        GroupShown(
            number=number,
            group=group,
            microcredential=board.microcredentials.get(group.microcredential_id, group.microcredential_id),
            people=_people(board, [seat.educator_id for seat in group.members], look),
            locked=group.id in board.proposal.locked,
            problem=wrong.get(number, ""),
            why=explain_group(board.proposal, group, look.language, look.zone),
        )
        for number, group in enumerate(board.proposal.groups, start=1)
    ]
    return [one for one in shown if not look.wanted or any(matches(person, look) for person in one.people)]


def waiting_shown(board: FormingBoard, look: Look) -> Sequence[PersonShown]:
    people = _people(board, list(board.proposal.unplaced) if board.proposal else [], look)
    return [one for one in people if not look.wanted or matches(one, look)]


def matches(one: PersonShown, look: Look) -> bool:
    """Every word that is searched for stands in what is known of the person."""
    return all(word in one.words for word in look.wanted.casefold().split())


def told_of(board: FormingBoard, educator_id: str, look: Look) -> str:
    """What this person would read of why they are where they are."""
    if board.proposal is None:
        return ""
    group = board.proposal.group_of(educator_id)
    others = [seat.educator_id for seat in group.members if seat.educator_id != educator_id] if group else []
    written = [board.people[who].problem for who in others if who in board.people]
    words = own_words(board.people[educator_id].problem, written)
    return explain(board.proposal, educator_id, look.language, look.zone, words)


def _people(board: FormingBoard, educator_ids: Sequence[str], look: Look) -> tuple[PersonShown, ...]:
    if board.proposal is None:
        return ()
    return tuple(
        PersonShown(
            person=(person := board.people[educator_id]),
            told=told_of(board, educator_id, look),
            pinned=educator_id in board.proposal.pinned,
            words=" ".join((person.name, person.subject, person.grade_band, person.lea, person.problem)).casefold(),
        )
        for educator_id in educator_ids
        if educator_id in board.people
    )
