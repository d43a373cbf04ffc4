"""The forming page: look at the proposal, move people, undo, approve. Every change is the core's, by its own door."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.web.desk import Reader
from bot.web.pages_frame import leader_of, pressable_page
from bot.web.session import desk_of, reader_of
from cohorts.forming.explain import explain_refusal, summarise
from cohorts.ports import Transaction
from cohorts.usecases.board.forming import FormingBoard, forming_board

from .groups import groups_shown, waiting_shown


async def show_forming(request: Request) -> Response:
    reader = await reader_of(request)
    board = await desk_of(request).read(_board, reader.user)
    if board.proposal is None:
        return await pressable_page(request, "forming_none.html", reader, board=board)
    return await pressable_page(
        request,
        "forming.html",
        reader,
        board=board,
        summary=summarise(board.proposal, reader.language),
        groups=groups_shown(board, reader.language, reader.zone),
        waiting=waiting_shown(board, reader.language, reader.zone),
        problems=_problems(board, reader),
    )


async def show_approval(request: Request) -> Response:
    """What approving would do, and one more button: rooms open and people are told, which nothing undoes."""
    reader = await reader_of(request)
    board = await desk_of(request).read(_board, reader.user)
    if board.proposal is None or not board.proposal.groups or not board.approvable:
        return RedirectResponse("/forming", 303)
    people = sum(len(group.members) for group in board.proposal.groups)
    return await pressable_page(
        request, "forming_approve.html", reader, board=board, people=people, problems=_problems(board, reader)
    )


def _board(tx: Transaction, user: str) -> FormingBoard:
    return forming_board(tx, leader_of(tx, user))


def _problems(board: FormingBoard, reader: Reader) -> list[tuple[int, str]]:
    """The number of each group that cannot start, and why."""
    groups = board.proposal.groups if board.proposal else ()
    numbers = {group.id: number for number, group in enumerate(groups, start=1)}
    return [(numbers[refusal.group_id], explain_refusal(refusal, reader.language)) for refusal in board.problems]
