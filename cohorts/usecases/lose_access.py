"""A workspace has taken our access away: its people are told elsewhere, and written to there from now on.

What is for the workspace itself is held by whoever sends, not lost.
"""

from collections.abc import Collection
from datetime import datetime

from cohorts.cards.leading import lost_access_card, moved_card
from cohorts.people.model import Account
from cohorts.ports import Transaction

from .ask_facilitator import operators_of
from .tell import Note, Room, tell_account


def lose_access(tx: Transaction, gone: Room, places: Collection[Room], closed: Collection[Room], now: datetime) -> None:
    """`gone` is what let us in, `places` the workspaces in it, `closed` all that refuse us now, these among them.

    Whoever has no account but there hears nothing before access is back.
    """
    operators = operators_of(tx)
    for reader in operators:
        if account := _elsewhere(tx, reader, closed):
            message = lost_access_card(*gone, tx.people.get_educator(reader).language)
            tell_account(tx, account, Note(key=_key(gone, "lost", reader, now), message=message), now)
    people = {one.educator_id for one in tx.people.all_accounts(gone[0]) if (one.platform, one.workspace) in places}
    for person in sorted(people):
        _move(tx, person, gone, closed, now, told=person in operators)


def _move(tx: Transaction, person: str, gone: Room, closed: Collection[Room], now: datetime, *, told: bool) -> None:
    """Only whoever was written to there; where they told us something last, they have been all along."""
    first, account = tx.people.accounts(person)[0], _elsewhere(tx, person, closed)
    educator = tx.people.get_educator(person)
    if account is None or (first.platform, first.workspace) not in closed or not educator.active:
        return
    tx.people.use_account(account, now)
    if not told:
        note = Note(key=_key(gone, "moved", person, now), message=moved_card(gone[0], educator.language))
        tell_account(tx, account, note, now)


def _elsewhere(tx: Transaction, person: str, closed: Collection[Room]) -> Account | None:
    return next((one for one in tx.people.accounts(person) if (one.platform, one.workspace) not in closed), None)


def _key(gone: Room, what: str, person: str, now: datetime) -> str:
    return f"{gone[0]}/{gone[1]}:{what}:{now.isoformat()}:{person}"
