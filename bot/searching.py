"""A search for cohorts: read in one transaction, searched beside the loop, kept in another transaction."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import structlog

from bot.leaving import Leaving
from bot.metrics import Metrics
from cohorts.forming.form import Progress
from cohorts.forming.model import Proposal
from cohorts.usecases.look_for_cohorts import SEARCH, end_search
from cohorts.usecases.propose import SEED, Kept, Wanted, keep_found, read_wanted, search
from storage.database import Database
from storage.inline import InlineDatabase
from storage.queues import due
from storage.queues.due import DueItem
from storage.transaction import SqlTransaction

log = structlog.get_logger()

SEARCH_LEASE = timedelta(seconds=20)
"""So long a search waits for the worker that died before another one begins it anew. Who searches holds on to it."""

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


class StoppedError(Exception):
    """Whoever searches is being stopped."""


class Searches:
    """Those that are due, one after the other, beside everything else. `put_off` is for one that failed; `leaving` says
    which are left to others."""

    renews_every = SEARCH_LEASE / 4

    def __init__(
        self,
        database: Database,
        owner: str,
        now: Callable[[], datetime],
        put_off: Callable[[DueItem, Exception, datetime], Awaitable[None]],
        metrics: Metrics,
        leaving: Leaving | None = None,
    ) -> None:
        self._database, self._owner, self._now = database, owner, now
        self._put_off, self._metrics, self._leaving = put_off, metrics, leaving or Leaving()
        self._one_by_one = asyncio.Lock()
        self._next: asyncio.Task[int] | None = None
        self._running = set[asyncio.Task[int]]()
        self._stopped = False

    def begin(self) -> asyncio.Task[int]:
        """Does what is due by the time its turn comes; how many searches they were."""
        if self._next is None:
            self._next = task = asyncio.create_task(self._do_all())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return self._next

    @property
    def under_way(self) -> bool:
        return bool(self._running)

    def stop(self) -> Awaitable[object]:
        """None is begun from now on; what is returned is done when the one under way is left to whoever is next."""
        self._stopped = True
        return asyncio.gather(*self._running)

    async def _do_all(self) -> int:
        async with self._one_by_one:
            self._next = None  # what comes from now on is asked for again
            done = 0
            while not self._stopped and (taken := await self._take()):
                await self._do(*taken)
                done += 1
            return done

    async def _take(self) -> tuple[DueItem, datetime] | None:
        """The first that is due and nobody's; None also where the database is away: the next ring asks again."""
        now = self._now()
        unread = not self._leaving.goes_on(now)
        try:
            items = await self._database.transact(
                lambda tx: due.take(tx.connection, self._owner, now, SEARCH_LEASE, 1, (SEARCH,), unread=unread)
            )
        except Exception as error:  # noqa: BLE001 - as in a ring: the database may be away
            log.warning("search_not_taken", error=type(error).__name__)
            return None
        return (items[0], now) if items else None

    async def _do(self, item: DueItem, now: datetime) -> None:
        """What fails backs off alone, as other work does; what is stopped is due again at once."""

        def keep(tx: SqlTransaction, wanted: Wanted | None, found: Proposal | None, at: datetime, anyhow: bool) -> bool:
            ours = due.is_ours(tx.connection, item, at)
            return not ours or end_search(tx, item.ref, wanted, found, at, anyhow=anyhow)

        try:
            async with self._held(item):
                await search_for_cohorts(self._database, SEED, self._now, keep, self._go_on)
        except StoppedError:
            await self._database.transact(lambda tx: due.give_back(tx.connection, item))
        except Exception as error:  # noqa: BLE001 - whatever it was, it is this search's
            await self._put_off(item, error, now)
        else:
            self._metrics.worked(item.kind, "done")

    def _go_on(self, _what: str, _share: float) -> None:
        if self._stopped:
            raise StoppedError

    @asynccontextmanager
    async def _held(self, item: DueItem) -> AsyncIterator[None]:
        """While the block runs nobody else takes it, unless this process dies."""
        done = asyncio.Event()
        holding = asyncio.create_task(self._hold(item, done))
        try:
            yield
        finally:
            done.set()
            await holding

    async def _hold(self, item: DueItem, done: asyncio.Event) -> None:
        while not done.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self.renews_every / timedelta(seconds=1)):
                    await done.wait()
                    return
            try:
                await self._database.transact(lambda tx: due.renew(tx.connection, item, self._now() + SEARCH_LEASE))
            except Exception as error:  # noqa: BLE001 - as in a ring: the database may be away; it is tried again
                log.warning("search_not_held", error=type(error).__name__)
