"""The open proposal as a whole: the cooperative's counts, and the network of the districts this reader may know of."""

from collections.abc import Collection, Sequence

from cohorts.forming.edit import keep_waiting
from cohorts.forming.model import Candidate, Proposal
from cohorts.forming.network import Network, network_of
from cohorts.forming.report import Report, report_on
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.usecases.candidates import candidates_of, told_apart, waiting_candidates
from cohorts.usecases.sight import people_in
from cohorts.values import Frozen

from .forming import forming_board


class ReportBoard(Frozen):
    """`numbers`: group id → its number on the board."""

    report: Report
    network: Network
    numbers: dict[str, int]


def report_board(tx: Transaction, reader: Educator) -> ReportBoard | None:
    """None when no proposal is open."""
    board, report = forming_board(tx, reader), report_open(tx, None)
    if board.proposal is None or report is None:
        return None
    return ReportBoard(
        report=report,
        network=network_of(board.proposal, {who: person.lea for who, person in board.people.items()}),
        numbers={group.id: number for number, group in enumerate(board.proposal.groups, start=1)},
    )


def report_open(tx: Transaction, high_need: Collection[str] | None) -> Report | None:
    """Of the newest open proposal, without those who have left since; None when there is none.

    `high_need` are LEAIDs; None: those of the settings, and where there are none it is not known.
    """
    found = tx.proposals.newest("open")
    return _report(tx, found[1], waiting_candidates(tx), high_need) if found else None


def report_approved(tx: Transaction, high_need: Collection[str] | None) -> Report | None:
    """Of what was approved last, as far as people still want what they were seated for; None before any approval."""
    found = tx.proposals.newest("approved")
    if found is None:
        return None
    seated = candidates_of(tx, found[1].groups)
    known = {one.educator_id for one in seated}
    others = [one for one in waiting_candidates(tx) if one.educator_id not in known]
    return _report(tx, found[1], told_apart([*seated, *others]), high_need)


def _report(
    tx: Transaction, proposal: Proposal, candidates: Sequence[Candidate], high_need: Collection[str] | None
) -> Report:
    known = people_in(proposal)
    placed = [_placed(tx, one) for one in candidates if one.educator_id in known]
    needy = tx.forming.high_need or None if high_need is None else high_need
    return report_on(keep_waiting(proposal, tx.forming.policy, placed), tx.forming.policy, placed, needy)


def _placed(tx: Transaction, candidate: Candidate) -> Candidate:
    """With the locale of the LEA."""
    lea = tx.people.find_lea(candidate.lea_id)
    return candidate.model_copy(update={"locale": str(lea.locale)}) if lea and lea.locale else candidate
