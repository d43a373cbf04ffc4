"""A search for cohorts: read in one transaction, searched beside the loop, kept in another transaction."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from cohorts.forming.form import Progress
from cohorts.forming.model import Proposal
from cohorts.usecases.propose import Kept, Wanted, keep_found, read_wanted, search
from storage.database import Database
from storage.inline import InlineDatabase
from storage.transaction import SqlTransaction

Keep = Callable[[SqlTransaction, Wanted | None, Proposal | None, datetime, bool], bool]
"""Keeps what was found, anyhow or if nothing has changed meanwhile; False when it is to be searched for again."""


async def search_for_cohorts(
    database: Database, seed: int, now: Callable[[], datetime], keep: Keep, progress: Progress | None = None
) -> None:
    """At most twice: what changes during the second search as well is left out of what it found.

    No transaction is open while it is searched, which takes from a moment to minutes; killed in between it has changed
    nothing. `progress` is called on the searching thread; what it raises ends the search.
    """
    for anyhow in (False, True):
        wanted = await database.read(read_wanted, seed, now())
        found = await _beside(database, wanted, progress) if wanted else None
        if await database.transact(keep, wanted, found, now(), anyhow):
            return


async def _beside(database: Database, wanted: Wanted, progress: Progress | None) -> Proposal:
    if isinstance(database, InlineDatabase):  # nothing runs beside that one
        return search(wanted, progress)
    return await asyncio.to_thread(search, wanted, progress)


async def propose_now(
    database: Database, seed: int, now: Callable[[], datetime], progress: Progress | None = None
) -> Kept | None:
    """A proposal for everybody who waits, for whoever waits for it themselves; None when nobody waits."""
    kept: list[Kept | None] = []

    def keep(tx: SqlTransaction, wanted: Wanted | None, found: Proposal | None, at: datetime, anyhow: bool) -> bool:
        # Where the server has another transaction go first, this is called again.
        kept[:] = [keep_found(tx, wanted, found, at, anyhow=anyhow) if wanted and found else None]
        return not wanted or kept[0] is not None

    await search_for_cohorts(database, seed, now, keep, progress)
    return kept[0]
