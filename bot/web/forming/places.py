"""Where one person could be, as the board asks for it and as a page of its own: the score before anything is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cohorts.forming.alternatives import Alternative, Exchange, best_alternatives
from cohorts.forming.edit import NEW, WAITING
from cohorts.forming.explain import explain_refusal
from cohorts.forming.model import Refusal
from cohorts.usecases.board.forming import FormingBoard
from cohorts.words import say


@dataclass(frozen=True, slots=True)
class PlaceShown:
    """`says` is the change of the total in a few words, or why it cannot be; `why` what the person would have more
    and less of; `value` the move itself, "" where it cannot be."""

    to: str
    label: str
    topic: str
    says: str
    why: str
    value: str
    change: int
    best: bool


def places_shown(
    board: FormingBoard, educator_id: str, found: Sequence[Alternative], language: str
) -> Sequence[PlaceShown]:
    """The best first, then the rest by what they do to the total; what cannot be at the end."""
    best = {one.to for one in best_alternatives(found)}
    groups = board.proposal.groups if board.proposal else ()
    numbered = {group.id: (at, group.microcredential_id) for at, group in enumerate(groups, start=1)}
    ordered = sorted(found, key=lambda one: (one.to not in best, one.refused is not None, -one.change, one.to))
    return [
        _place(board, educator_id, one, _Where(*numbered.get(one.to, (0, "")), one.to in best), language)
        for one in ordered
    ]


class _Where(NamedTuple):
    """The number of a cohort on the board and its microcredential, 0 and "" for none; whether it is among the best."""

    number: int
    topic: str
    best: bool


@dataclass(frozen=True, slots=True)
class ExchangeShown:
    name: str
    label: str
    says: str
    value: str


def exchanges_shown(
    board: FormingBoard, educator_id: str, found: Sequence[Exchange], language: str
) -> Sequence[ExchangeShown]:
    groups = board.proposal.groups if board.proposal else ()
    numbers = {group.id: number for number, group in enumerate(groups, start=1)}
    return [
        ExchangeShown(
            name=board.people[one.other].name,
            label=say(language, "pages.group", number=numbers[one.to]),
            says=points_said(one.change, language),
            value=f"{board.proposal_id}/{educator_id}/{one.other}",
        )
        for one in found
    ]


def points_said(change: int, language: str) -> str:
    return say(language, "pages.points_change", change=change)


def _place(board: FormingBoard, educator_id: str, one: Alternative, where: _Where, language: str) -> PlaceShown:
    names = {NEW: say(language, "pages.move_new"), WAITING: say(language, "pages.move_waiting")}
    refused = explain_refusal(Refusal(reason=one.refused), language) if one.refused else ""
    return PlaceShown(
        to=one.to,
        label=names.get(one.to) or say(language, "pages.group", number=where.number),
        topic=board.microcredentials.get(where.topic, where.topic),
        says=refused or points_said(one.change, language),
        why="" if refused else _why(one, language),
        value="" if refused else f"{board.proposal_id}/{educator_id}/{one.to}",
        change=one.change,
        best=where.best,
    )


def _why(one: Alternative, language: str) -> str:
    def goods(names: Sequence[str]) -> str:
        return ", ".join(say(language, f"forming.good_{name}") for name in names)

    sentences = [
        say(language, "pages.place_more", goods=goods(one.better)) if one.better else "",
        say(language, "pages.place_less", goods=goods(one.worse)) if one.worse else "",
        say(language, "pages.place_small") if one.leaves_small else "",
    ]
    return " ".join(filter(None, sentences))
