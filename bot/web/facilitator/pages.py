"""The facilitator's pages: every cohort I lead at a glance, and one of them in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.web.pages_frame import Target, leader_of, pressable_page
from bot.web.session import desk_of, reader_of
from cohorts.forming.explain import explain_group
from cohorts.ports import Transaction
from cohorts.usecases.board.cohort import AssignmentRow, CohortBoard, cohort_board
from cohorts.usecases.board.formed import formed_as
from cohorts.usecases.board.glance import Glance, cohorts_led, glance

from .timeline import draw_timeline

ON_A_PAGE = 12


@dataclass(frozen=True, slots=True)
class Overview:
    """One page of the cohorts; `number` of `pages`, both from 1."""

    cohorts: Sequence[Glance]
    number: int
    pages: int


async def show_cohorts(request: Request) -> Response:
    """What wants a decision first, then each cohort."""
    reader = await reader_of(request)
    given = request.query_params.get("page", "1")
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 5 else 1
    overview = await desk_of(request).read(_overview, reader.user, number, desk_of(request).now())
    decisions = [(look.cohort, decision) for look in overview.cohorts for decision in look.decisions]
    return await pressable_page(request, "facilitator.html", reader, overview=overview, decisions=decisions)


async def show_cohort(request: Request) -> Response:
    reader = await reader_of(request)
    board = await desk_of(request).read(_cohort, reader.user, request.path_params["cohort"], desk_of(request).now())
    formed = await desk_of(request).read(formed_as, board.glance.cohort)
    return await pressable_page(
        request,
        "facilitator_cohort.html",
        reader,
        board=board,
        decisions=[(board.glance.cohort, decision) for decision in board.glance.decisions],
        targets={row.assignment.id: _targets(row) for row in board.assignments},
        why=explain_group(*formed, reader.language, reader.zone) if formed else "",
        drawing=draw_timeline(board.timeline, reader.language) if board.timeline else "",
    )


def _targets(row: AssignmentRow) -> list[Target]:
    return [Target(f"{row.assignment.id}/{other.educator_id}", other.name) for other in row.others]


def _overview(tx: Transaction, user: str, number: int, now: datetime) -> Overview:
    me = leader_of(tx, user)
    cohorts = cohorts_led(tx, me)
    pages = max(1, -(-len(cohorts) // ON_A_PAGE))
    number = max(1, min(number, pages))
    shown = cohorts[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
    return Overview(cohorts=[glance(tx, cohort, me, now) for cohort in shown], number=number, pages=pages)


def _cohort(tx: Transaction, user: str, cohort_id: str, now: datetime) -> CohortBoard:
    """Raises HTTPException 403 for a cohort that is not this person's to lead, whether it exists or not."""
    me = leader_of(tx, user)
    cohort = next((cohort for cohort in cohorts_led(tx, me) if cohort.id == cohort_id), None)
    if cohort is None:
        raise HTTPException(403)
    return cohort_board(tx, cohort, me, now)
