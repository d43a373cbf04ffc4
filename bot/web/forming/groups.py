"""The proposal's groups and those who wait, as the page draws them: each with what they would be told."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.web.pages_frame import Target
from cohorts.forming.edit import NEW, WAITING
from cohorts.forming.explain import explain
from cohorts.forming.model import Group
from cohorts.usecases.board.forming import FormingBoard, Hopeful, targets
from cohorts.words import say


@dataclass(frozen=True, slots=True)
class PersonShown:
    """`told` is what they would read of why they are here; `targets` the ways out."""

    person: Hopeful
    told: str
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class GroupShown:
    number: int
    group: Group
    microcredential: str
    people: tuple[PersonShown, ...]

    @property
    def hidden(self) -> int:
        """How many have a seat here and are not the reader's to see."""
        return len(self.group.members) - len(self.people)


def groups_shown(board: FormingBoard, language: str, zone: str) -> Sequence[GroupShown]:
    groups = board.proposal.groups if board.proposal else ()
    return [
        GroupShown(
            number=number,
            group=group,
            microcredential=board.microcredentials.get(group.microcredential_id, group.microcredential_id),
            people=_people(board, [seat.educator_id for seat in group.members], language, zone),
        )
        for number, group in enumerate(groups, start=1)
    ]


def waiting_shown(board: FormingBoard, language: str, zone: str) -> Sequence[PersonShown]:
    return _people(board, list(board.proposal.unplaced) if board.proposal else [], language, zone)


def _people(board: FormingBoard, educator_ids: Sequence[str], language: str, zone: str) -> tuple[PersonShown, ...]:
    if board.proposal is None:
        return ()
    return tuple(
        PersonShown(
            person=board.people[educator_id],
            told=explain(board.proposal, educator_id, language, zone),
            targets=_targets(board, educator_id, language),
        )
        for educator_id in educator_ids
        if educator_id in board.people
    )


def _targets(board: FormingBoard, educator_id: str, language: str) -> tuple[Target, ...]:
    groups = board.proposal.groups if board.proposal else ()
    numbers = {group.id: number for number, group in enumerate(groups, start=1)}
    names = {NEW: say(language, "pages.move_new"), WAITING: say(language, "pages.move_waiting")}
    return tuple(
        Target(
            value=f"{board.proposal_id}/{educator_id}/{target}",
            label=names.get(target) or say(language, "pages.move_group", number=numbers[target]),
        )
        for target in targets(board, educator_id)
    )
