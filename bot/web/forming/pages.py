"""The forming pages: look at the proposal, move people, pin, lock, undo, approve all or some. Every change is the
core's, by its own door."""

from functools import partial
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.web.desk import Reader
from bot.web.pages_frame import leader_of, pressable_page
from bot.web.session import desk_of, reader_of
from bot.web.views import live
from cohorts.cards.leading import why_failed
from cohorts.forming.alternatives import Alternative, Exchange
from cohorts.forming.explain import explain_refusal, summarise
from cohorts.forming.tell_report import tell_report
from cohorts.ports import Transaction
from cohorts.usecases.board.forming import FormingBoard, forming_board, look_around
from cohorts.usecases.board.forming_report import ReportBoard, report_board
from cohorts.words import say

from .groups import OPEN_AT_ONCE, Look, groups_shown, page_of, told_of, waiting_shown
from .picture import draw_network, network_rows
from .places import exchanges_shown, places_shown

LONGEST_SEARCH = 100
LONGEST_NUMBER = 9
Places = tuple[FormingBoard, tuple[Alternative, ...], tuple[Exchange, ...]]


async def show_forming(request: Request) -> Response:
    reader = await reader_of(request)
    board = await desk_of(request).read(_board, reader.user)
    if board.proposal is None:
        return await pressable_page(request, "forming_none.html", reader, board=board, why=_why(board, reader))
    problems = _problems(board, reader)
    look = _look(request, reader)
    return await pressable_page(
        request,
        "forming.html",
        reader,
        board=board,
        why=_why(board, reader),
        summary=summarise(board.proposal, reader.language),
        groups=groups_shown(board, look, problems),
        waiting=waiting_shown(board, look),
        problems=problems,
        page_of=page_of,
        sheet=partial(_sheet_path, look),
        wanted=look.wanted,
        folded=len(board.proposal.groups) > OPEN_AT_ONCE and not look.wanted,
    )


async def show_places(request: Request) -> Response:
    """Where else somebody could be, with what each place does to the total; as a piece for the board's script."""
    reader, educator_id = await reader_of(request), request.path_params["educator"]
    board, found, swaps = await desk_of(request).read(_places, reader.user, educator_id, not live(request))
    if board.proposal is None or educator_id not in board.people:
        raise HTTPException(404)
    numbers = {group.id: number for number, group in enumerate(board.proposal.groups, start=1)}
    here = board.proposal.group_of(educator_id)
    number = numbers[here.id] if here else 0
    return await pressable_page(
        request,
        "forming_places.html" if live(request) else "forming_person_page.html",
        reader,
        board=board,
        person=board.people[educator_id],
        number=number,
        page=page_of(number),
        pinned=educator_id in board.proposal.pinned,
        told=told_of(board, educator_id, Look(reader.language, reader.zone)),
        places=places_shown(board, educator_id, found, reader.language),
        exchanges=exchanges_shown(board, educator_id, swaps, reader.language),
    )


async def show_report(request: Request) -> Response:
    """For the cooperative: counts, gaps, and the network of districts."""
    reader = await reader_of(request)
    board = await desk_of(request).read(_report, reader.user)
    if board is None:
        return await pressable_page(request, "forming_report.html", reader, tables=(), drawing="", rows=())
    names = {group: say(reader.language, "pages.group", number=number) for group, number in board.numbers.items()}
    return await pressable_page(
        request,
        "forming_report.html",
        reader,
        tables=tell_report(board.report, reader.language),
        drawing=draw_network(board.network, names, reader.language),
        rows=list(network_rows(board.network, names, reader.language)),
    )


async def show_approval(request: Request) -> Response:
    """What approving would do, and one more button: rooms open and people are told, which nothing undoes."""
    reader = await reader_of(request)
    board = await desk_of(request).read(_board, reader.user)
    if board.proposal is None or not board.proposal.groups:
        return RedirectResponse("/forming", 303)
    wanted = set(request.query_params.getlist("group"))
    every = not request.query_params.get("some")
    chosen = [group for group in board.proposal.groups if every or group.id in wanted]
    some = 0 < len(chosen) < len(board.proposal.groups)
    seen = all(seat.educator_id in board.people for group in chosen for seat in group.members)
    if not chosen or not (board.approvable or seen):
        return RedirectResponse("/forming", 303)
    numbers = {number for number, group in enumerate(board.proposal.groups, start=1) if group in chosen}
    return await pressable_page(
        request,
        "forming_approve.html",
        reader,
        board=board,
        people=sum(len(group.members) for group in chosen),
        groups=len(chosen),
        stay=len(board.proposal.groups) - len(chosen),
        value=f"{board.proposal_id}/{','.join(group.id for group in chosen)}" if some else board.proposal_id,
        problems=[(number, text) for number, text in _problems(board, reader) if number in numbers],
    )


def _why(board: FormingBoard, reader: Reader) -> str:
    """Why the search failed."""
    return why_failed(board.failed.error, reader.language) if board.failed else ""


def _look(request: Request, reader: Reader) -> Look:
    def number(name: str) -> int:
        given = request.query_params.get(name, "")[:LONGEST_NUMBER]
        return int(given) if given.isdecimal() else 1

    wanted = request.query_params.get("find", "")[:LONGEST_SEARCH].strip()
    return Look(reader.language, reader.zone, wanted, number("page"), number("waiting"))


def _sheet_path(look: Look, name: str, number: int) -> str:
    """The same page with another page of the cohorts (`page`) or of those who wait (`waiting`)."""
    kept = {"find": look.wanted, "page": look.page, "waiting": look.waiting} | {name: number}
    asked = {key: value for key, value in kept.items() if value not in ("", 1) or key == name}
    return f"/forming?{urlencode(asked)}#{'groups' if name == 'page' else 'waiting'}"


def _board(tx: Transaction, user: str) -> FormingBoard:
    return forming_board(tx, leader_of(tx, user))


def _places(tx: Transaction, user: str, educator_id: str, whole: bool) -> Places:
    """The exchanges take longer, and are for the page alone."""
    board = _board(tx, user)
    return board, *look_around(tx, board, educator_id, exchanges=whole)


def _report(tx: Transaction, user: str) -> ReportBoard | None:
    return report_board(tx, leader_of(tx, user))


def _problems(board: FormingBoard, reader: Reader) -> list[tuple[int, str]]:
    """The number of each group that cannot start, and why."""
    groups = board.proposal.groups if board.proposal else ()
    numbers = {group.id: number for number, group in enumerate(groups, start=1)}
    return [(numbers[refusal.group_id], explain_refusal(refusal, reader.language)) for refusal in board.problems]
