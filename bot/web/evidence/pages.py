"""My evidence: everything on it is the reader's own, whoever they are."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from bot.web.pages_frame import educator_of, pressable_page
from bot.web.session import desk_of, reader_of
from cohorts.evidence.gaps import Gap
from cohorts.evidence.show import gap_line
from cohorts.ports import MissingError, Transaction
from cohorts.usecases.board.evidence import EvidenceBoard, evidence_board

from .parts import parts_shown

GAPS_SHOWN = 4


async def show_evidence(request: Request) -> Response:
    """The microcredential in the address, or the one this person works on first."""
    reader = await reader_of(request)
    wanted = request.path_params.get("microcredential", "")
    board = await desk_of(request).read(_board, reader.user, wanted, desk_of(request).now())
    if board is None:
        if wanted:
            raise MissingError(wanted)
        return await pressable_page(request, "evidence_none.html", reader)
    lines = [gap_line(gap, board.evidence, board.microcredential, reader.language) for gap in board.gaps[:GAPS_SHOWN]]
    return await pressable_page(
        request,
        "evidence.html",
        reader,
        board=board,
        parts=parts_shown(board),
        gaps=lines,
        more_gaps=len(board.gaps) - len(lines),
        next_action=_open(board, board.gaps[0]) if board.gaps else None,
    )


def _board(tx: Transaction, user: str, wanted: str, now: datetime) -> EvidenceBoard | None:
    return evidence_board(tx, educator_of(tx, user), wanted, now)


def _open(board: EvidenceBoard, gap: Gap) -> tuple[str, str]:
    """The action and value that open just this and ask what the page asks.

    A criterion to revise may need any piece of its part.
    """
    item = gap.prompt_id or gap.request_id
    if not item:
        return "evidence.choose.open", board.microcredential.id
    asked = board.question.removeprefix("questions.")
    return "evidence.open", f"{board.microcredential.id}/{gap.part_id}/{item}/{asked}"
