"""The bell. APScheduler rings at the next due instant, and at least once a minute; the database knows what is due."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from bot import clock
from bot.dispatcher import Dispatcher
from cohorts.ports import Transaction
from cohorts.usecases.carry_out import advance_due_run
from cohorts.usecases.form import begin_cycle
from cohorts.usecases.nudge import send_due_digest
from cohorts.usecases.pause import return_from_pause
from cohorts.usecases.replan import replan_due_cohort
from cohorts.usecases.watch_cohort import watch_due_cohort
from cohorts.usecases.watch_reviews import watch_due_reviews
from storage import claims
from storage.claims import DueItem
from storage.database import Database
from storage.transaction import SqlTransaction

log = structlog.get_logger()

LONGEST_SILENCE = timedelta(minutes=1)
BACKOFF = timedelta(minutes=5)
BATCH = 200
LAST_TICK = "last_tick"
"""Under this key the installation remembers when the bell last did its work."""

WORK: Mapping[str, Callable[[Transaction, str, datetime], None]] = {
    "run": advance_due_run,
    "begin": begin_cycle,
    "reviews": watch_due_reviews,
    "cohort": watch_due_cohort,
    "digest": send_due_digest,
    "return": return_from_pause,
    "replan": replan_due_cohort,
}


class Bell:
    """Rings, does what is due, lets the dispatcher deliver, and asks the database when to ring next."""

    def __init__(self, database: Database, dispatcher: Dispatcher, now: Callable[[], datetime]) -> None:
        self._database, self._dispatcher, self._now = database, dispatcher, now
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._ringing = asyncio.Lock()

    async def start(self) -> None:
        self._scheduler.start()
        await self.ring()

    async def stop(self) -> None:
        async with self._ringing:  # a tick under way is finished, not cut
            self._scheduler.shutdown(wait=False)

    async def ring(self) -> None:
        """One tick; safe to call at any time, from anywhere."""
        async with self._ringing:
            try:
                await self.tick()
            except Exception:
                log.exception("tick_failed")
            await self.plan_next()

    async def tick(self) -> int:
        """Everything due now, then everything that may be delivered; returns how many due items were done."""
        now, done = self._now(), 0
        while items := await self._database.transact(_list_due, now):
            # Asked for together, so one commit may carry many; each is still a transaction of its own.
            await asyncio.gather(*(self._do(item, now) for item in items))
            done += len(items)
        await self._dispatcher.deliver_due()
        return done

    async def _do(self, item: DueItem, now: datetime) -> None:
        """One item, one transaction. What fails backs off alone."""
        try:
            await self._database.transact(_perform, item, now)
        except Exception as error:
            log.exception("due_failed", kind=item.kind, ref=item.ref)
            until = now + BACKOFF * (item.attempts + 1)
            reason = type(error).__name__
            await self._database.transact(lambda tx: claims.put_off(tx.connection, item, until, reason))

    async def plan_next(self) -> None:
        """Ring at the next due instant; called again whenever something may have become due sooner."""
        now = self._now()
        next_at = await self._database.transact(lambda tx: claims.next_due(tx.connection))
        at = min(next_at or now + LONGEST_SILENCE, now + LONGEST_SILENCE)
        wait = max(at - now, timedelta(milliseconds=20))
        run_date = clock.now() + wait
        self._scheduler.add_job(
            self.ring, DateTrigger(run_date), id="bell", replace_existing=True, misfire_grace_time=None
        )


def _list_due(tx: SqlTransaction, now: datetime) -> Sequence[DueItem]:
    """What is due now; when nothing is left, the tick is remembered as done."""
    items = claims.due_items(tx.connection, now, BATCH)
    if not items:
        claims.keep_note(tx.connection, LAST_TICK, now.isoformat())
    return items


def _perform(tx: SqlTransaction, item: DueItem, now: datetime) -> None:
    """The item is looked at again here: it may have been done or moved since it was listed."""
    due = tx.due.at(item.kind, item.ref)
    if due is not None and due <= now:
        WORK[item.kind](tx, item.ref, now)
