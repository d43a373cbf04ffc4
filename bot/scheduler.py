"""The bell. APScheduler rings at the next due instant, and at least once a minute; the database knows what is due."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from bot import clock
from bot.dispatcher import Dispatcher
from bot.leaving import Leaving
from bot.metrics import Metrics
from bot.searching import Searches
from cohorts.ports import Transaction
from cohorts.usecases.ask_facilitator import tell_of_stuck_work
from cohorts.usecases.carry_out import advance_due_run
from cohorts.usecases.close_rooms import close_due_rooms
from cohorts.usecases.form import begin_cycle
from cohorts.usecases.living.consent import part_due_cohort
from cohorts.usecases.living.merge import move_due_merge
from cohorts.usecases.living.rolling import propose_due_round
from cohorts.usecases.living.work import settle_due_offer, watch_due_wait
from cohorts.usecases.look_for_cohorts import SEARCH, tell_of_failed_search
from cohorts.usecases.meet_due import watch_due_meeting
from cohorts.usecases.nudge import send_due_digest
from cohorts.usecases.pause import return_from_pause
from cohorts.usecases.read_ahead import read_ahead
from cohorts.usecases.replan import replan_due_cohort
from cohorts.usecases.watch_cohort import watch_due_cohort
from cohorts.usecases.watch_reviews import watch_due_reviews
from cohorts.values import UnreadableError
from storage.database import Database
from storage.listening import stir
from storage.queues import due
from storage.queues.due import DueItem
from storage.queues.notes import LAST_TICK, keep_note
from storage.transaction import SqlTransaction

log = structlog.get_logger()

LONGEST_SILENCE = timedelta(minutes=1)
AGAIN = timedelta(seconds=5)
"""After a database that did not answer it is asked again so soon."""
LEASE = timedelta(seconds=20)
"""Of due work: so long it waits for the worker that died before another one takes it."""
BACKOFF = (
    timedelta(minutes=5),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
)
"""Between tries. After the last one it rests, and somebody is told."""
BATCH = 50
"""So many items are taken together and done in one transaction: few enough that another worker finds some too, and
that nobody waits long for what else is to be written."""
AT_ONCE = 2
"""Batches: while one waits for the database, the other is decided."""

NOTED_FOR = timedelta(seconds=10)
"""In a round that takes long the tick is remembered anew after so long: whoever watches sees that the bell rings."""

Work = Callable[[Transaction, str, datetime], None]
WORK: Mapping[str, Work] = {
    "run": advance_due_run,
    "begin": begin_cycle,
    "reviews": watch_due_reviews,
    "cohort": watch_due_cohort,
    "digest": send_due_digest,
    "return": return_from_pause,
    "replan": replan_due_cohort,
    "close": close_due_rooms,
    "wait": watch_due_wait,
    "offer": settle_due_offer,
    "merge": move_due_merge,
    "round": propose_due_round,
    "part": part_due_cohort,
    "meeting": watch_due_meeting,
}


KINDS = frozenset({*WORK, SEARCH})
"""Of all work that this version does."""


class NotMovedError(Exception):
    """The work was done and is still due at once: it would be done for ever."""


class Bell:
    """Rings, does what is due, wakes the dispatcher, and asks the database when to ring next."""

    def __init__(
        self,
        database: Database,
        dispatcher: Dispatcher,
        now: Callable[[], datetime],
        *,
        metrics: Metrics | None = None,
        longest_silence: timedelta = LONGEST_SILENCE,
        work: Mapping[str, Work] = WORK,
    ) -> None:
        self._database, self._dispatcher, self._now = database, dispatcher, now
        self._metrics, self._longest_silence = metrics or Metrics(), longest_silence
        self._work = work
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._ringing = asyncio.Lock()
        self._sending: asyncio.Task[None] | None = None
        self._at_the_latest: asyncio.TimerHandle | None = None
        self._woken: asyncio.Task[None] | None = None
        self._wakings = 0
        self._noted: datetime | None = None
        """When the tick was last remembered."""
        self._next_work: datetime | None = None
        self._next_search: datetime | None = None
        """When there is more to do, as it was found when nothing was left."""
        self._stopped = False
        self._leaving = Leaving()
        self._searches = Searches(database, dispatcher.owner, now, self._put_off, self._metrics, self._leaving)

    @asynccontextmanager
    async def ringing(self) -> AsyncIterator[None]:
        """While the block runs it rings; the first round, which may be long after an outage, goes on beside it."""
        started = asyncio.create_task(self.start())
        try:
            yield
        finally:
            await self.stop()
            await started

    async def start(self) -> None:
        """From now on it rings by itself, and what it causes is delivered beside it. Returns after the first round."""
        if self._stopped:
            return
        self._scheduler.start()
        self._sending = asyncio.create_task(self._dispatcher.run())
        self._database.listen(self.wake)
        await self.ring()

    async def stop(self) -> None:
        """The batches under way are finished, and so is what is being sent; the rest, and what was being searched for,
        is left to whoever is next."""
        self._stopped, searches = True, self._searches.stop()
        async with self._ringing:
            if self._scheduler.running:
                self._scheduler.shutdown(wait=False)
            if self._at_the_latest:
                self._at_the_latest.cancel()
        try:
            await self._dispatcher.stop(self._sending)
            await searches
        finally:
            await self._database.transact(lambda tx: due.end_leases(tx.connection, self._dispatcher.owner))

    def wake(self) -> None:
        """Something was written down that may be due, or may go, at once."""
        self._dispatcher.wake()
        self._wakings += 1
        if not self._stopped and (self._woken is None or self._woken.done()):
            self._woken = asyncio.create_task(self._ring_until_heard())

    async def ring(self) -> None:
        """Does what is due and plans the next ring; safe to call at any time, from anywhere."""
        async with self._ringing:
            if self._stopped:
                return
            try:
                await self._work_off()
                self._plan_next()
            except Exception as error:  # noqa: BLE001 - the database may be away: it is asked again, for as long as it takes
                log.warning("tick_failed", error=type(error).__name__)
                self._ring_at(clock.now() + AGAIN)
            self._dispatcher.wake()

    async def _ring_until_heard(self) -> None:
        """What was written down while it rang may have come too late for that ring: it rings once more."""
        heard = None
        while heard != self._wakings and not self._stopped:
            heard = self._wakings
            await self.ring()

    async def tick(self) -> int:
        """Everything due now, then everything that may be delivered; returns how many due items were done."""
        done = await self.do_due()
        await self._dispatcher.deliver_due()
        return done

    def search(self) -> asyncio.Task[int]:
        """Does the searches that are due, beside everything else; how many they were."""
        return self._searches.begin()

    async def do_due(self) -> int:
        """Everything due now that is nobody else's, until it is stopped; returns how many items were done."""
        done = await self._work_off()
        while self._may_search() and (searched := await self.search()):
            done += searched + await self._work_off()
        return done

    def _may_search(self) -> bool:
        """A search is due; or one is under way, and what comes of it is waited for."""
        is_due = self._next_search is not None and self._next_search <= self._now()
        return is_due or self._searches.under_way

    async def _work_off(self) -> int:
        """All but searches."""
        begun, done = clock.elapsed(), 0
        under_way: list[asyncio.Task[None]] = []
        while not self._stopped:
            now, items = await self._database.transact(self._take, not under_way)
            if not items and not under_way:
                break
            under_way += [asyncio.create_task(self._do_all(items, now))] if items else []
            if len(under_way) == AT_ONCE or not items:
                await asyncio.gather(*under_way)
                under_way.clear()
            done += len(items)
        await asyncio.gather(*under_way)
        self._metrics.ticked(clock.elapsed() - begun)
        return done

    def _take(self, tx: SqlTransaction, alone: bool) -> tuple[datetime, Sequence[DueItem]]:
        """The instant, and what is due then, ours for the lease: also what was left behind since the batch before. Not
        what this version does not know: a newer one may have begun beside it.

        The tick is remembered when nothing is left, here or under way, and every few seconds until then. What comes
        next is then known too: whatever is written down after this wakes the bell.
        """
        now = self._now()
        unread = not self._leaving.goes_on(now)
        items = due.take(tx.connection, self._dispatcher.owner, now, LEASE, BATCH, self._work, unread=unread)
        ended = not items and alone
        if ended:
            asked = (self._work, (SEARCH,))
            self._next_work, self._next_search = due.next_of_each(tx.connection, asked, unread=unread)
        if ended or self._noted is None or not timedelta() <= now - self._noted < NOTED_FOR:
            keep_note(tx.connection, LAST_TICK, now.isoformat())
            self._noted = now
        return now, items

    async def _do_all(self, items: Sequence[DueItem], now: datetime) -> None:
        """All of them in one transaction. Where one of them fails, or is locked, each is done in one of its own."""
        left = list(items)
        if len(items) > 1:
            try:
                done = await self._database.transact(_perform_all, self._work, items, now)
            except Exception as error:  # noqa: BLE001 - nothing of it is kept: whichever item it was fails again, alone
                log.info("batch_taken_back", items=len(items), error=type(error).__name__)
            else:
                left = [item for item in items if item not in done]
                for item in done:
                    self._metrics.worked(item.kind, "done")
        await asyncio.gather(*(self._do(item, now) for item in left))

    async def _do(self, item: DueItem, now: datetime) -> None:
        """One item, one transaction."""
        try:
            await self._database.transact(_perform, self._work[item.kind], item, now)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is this item's
            await self._put_off(item, error, now)
        else:
            self._metrics.worked(item.kind, "done")

    async def _put_off(self, item: DueItem, error: Exception, now: datetime) -> None:
        """What fails backs off alone, and rests after its last try; what only a newer version can read is left."""
        if isinstance(error, UnreadableError):
            log.warning("left_to_newer", kind=item.kind, ref=item.ref)
            self._leaving.begin(now)
            await self._database.transact(_leave, item)
            return
        log.error("due_failed", kind=item.kind, ref=item.ref, exc_info=error)
        await self._database.transact(_put_off_or_bury, item, type(error).__name__, now)
        self._metrics.worked(item.kind, "failed")

    @property
    def rings_at(self) -> datetime | None:
        """When it will ring by itself; None when it will not."""
        job = self._scheduler.get_job("bell")
        at: datetime | None = job and job.next_run_time
        return at

    def _plan_next(self) -> None:
        """Ring at the next due instant, and at least once a minute. A search that is due begins, beside it."""
        now, next_at, search_at = self._now(), self._next_work, self._next_search
        if search_at and search_at <= now:
            self.search()
        elif search_at:
            next_at = min(search_at, next_at or search_at)
        at = min(next_at or now + self._longest_silence, now + self._longest_silence)
        self._ring_at(clock.now() + max(at - now, timedelta(milliseconds=20)))

    def _ring_at(self, at: datetime) -> None:
        """At the latest a little after the longest silence, whatever the wall clock is set to meanwhile."""
        when = DateTrigger(at)
        self._scheduler.add_job(
            self.ring, when, id="bell", replace_existing=True, misfire_grace_time=None, max_instances=2
        )
        if self._at_the_latest:
            self._at_the_latest.cancel()
        silence = 1.1 * self._longest_silence / timedelta(seconds=1)
        self._at_the_latest = asyncio.get_running_loop().call_later(silence, self.wake)


def _perform_all(
    tx: SqlTransaction, work: Mapping[str, Work], items: Sequence[DueItem], now: datetime
) -> Collection[DueItem]:
    """Each as `_perform` does it, one after the other; returns those that need no more of it.

    Not those that somebody else has locked. Whatever raises takes all of them back.
    """
    ours = due.are_ours(tx.connection, items, now)
    mine = [item for item in items if item in ours]
    read_ahead(tx, [(item.kind, item.ref) for item in mine], now)
    for item in mine:
        # What was done before it in here may have moved it, or made it nobody's.
        if not tx.due.touched(item.kind, item.ref) or due.is_ours(tx.connection, item, now):
            work[item.kind](tx, item.ref, now)
    if still := due.are_ours(tx.connection, mine, now):
        raise NotMovedError(f"{', '.join(sorted(f'{item.kind}/{item.ref}' for item in still))}: still due.")
    return ours


def _perform(tx: SqlTransaction, work: Work, item: DueItem, now: datetime) -> None:
    """The item is looked at again here: it may have been done, moved or taken over since we took it."""
    if not due.is_ours(tx.connection, item, now):
        return
    work(tx, item.ref, now)
    if due.is_ours(tx.connection, item, now):
        raise NotMovedError(f"{item.kind}/{item.ref} is still due.")


def _leave(tx: SqlTransaction, item: DueItem) -> None:
    """Those who can read it hear of it at once."""
    due.leave(tx.connection, item)
    stir(tx.connection)


def _put_off_or_bury(tx: SqlTransaction, item: DueItem, error: str, now: datetime) -> None:
    if item.attempts < len(BACKOFF):
        due.put_off(tx.connection, item, now + BACKOFF[item.attempts], error)
    elif due.bury(tx.connection, item, error, now):
        asked_by = (item.ref,) if item.kind == SEARCH else ()
        for asker in asked_by:
            tell_of_failed_search(tx, asker, error, now)
        tell_of_stuck_work(tx, item.kind, item.ref, error, now, asked_by)
