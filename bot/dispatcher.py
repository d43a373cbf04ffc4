"""Outbox → platform: whose turn it is, claim, look again, send, settle."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from math import inf
from typing import NamedTuple

import structlog

from bot.limits import Turns
from bot.metrics import Metrics
from bot.sending import Sender
from cohorts.cards.leading import Failure
from cohorts.ids import draw
from cohorts.ports import Chat, Delivery
from cohorts.send_errors import AccessLostError, NotSentError, RateLimitedError, RoomClosedError, SendFailedError
from cohorts.usecases.ask_facilitator import find_room_closed, tell_of_failure
from cohorts.usecases.check_delivery import LOOK_AGAIN, check_delivery
from cohorts.usecases.lose_access import lose_access
from storage.database import UNREACHABLE, Database
from storage.queues import outbox, workspaces
from storage.queues.outbox import Claimed, Head
from storage.queues.workspaces import Place
from storage.transaction import SqlTransaction

log = structlog.get_logger()

SEND_TIMEOUT = timedelta(seconds=10)
QUIET_PERIOD = timedelta(seconds=5)
"""How long an unknown outcome rests before it is looked up, where nothing else is set: longer than the slowest platform
takes to show it."""
LEASE = SEND_TIMEOUT + QUIET_PERIOD + timedelta(seconds=5)
"""Of a delivery, longer where the quiet period is: whoever takes over after it finds either the message or a platform
that will not show it any more."""
WORKSPACE_LEASE = timedelta(seconds=15)
"""Of a workspace: so long it waits for the worker that died before another one takes it."""
BACKOFF = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 900, 1800, 3600, 7200, 14400, 28800))
"""Between tries: a platform may be away for a working day. After the last one it is a dead letter."""
LONGEST_SILENCE = timedelta(seconds=10)
"""So long it waits at most before it looks again, whatever it was told."""
BATCH = 200
MOST_HEADS = 5_000
"""So many conversations are looked at together; where more wait, some of every workspace."""

Settling = Callable[[SqlTransaction], object]


class Ended(NamedTuple):
    """How a try ended: the outcome's name, and what is to be written down of it."""

    claimed: Claimed
    outcome: str
    settling: Settling


class Dispatcher:
    """Delivers what is in the outbox to each platform's chat, in order in every conversation.

    `elapsed` is seconds of a clock that never jumps; rate limits are kept by it.
    """

    quiet_period, longest_silence = QUIET_PERIOD, LONGEST_SILENCE

    def __init__(
        self,
        database: Database,
        chats: Mapping[str, Chat],
        now: Callable[[], datetime],
        owner: str = "worker",
        *,
        elapsed: Callable[[], float] | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._database, self._now, self.owner = database, now, owner
        self._elapsed = elapsed or (lambda: now().timestamp())
        self._metrics = metrics or Metrics()
        self._sender, self._turns = Sender(database, chats, now), Turns(chats)
        self._held: dict[Place, datetime] = {}
        self._resume_at: float | None = None
        self._next: datetime | None = None
        """When more may go, as it was found when nothing more could."""
        self._rests: dict[int, float] = {}
        """Until when this process leaves a delivery alone: while it sends it, and for the quiet period after it if the
        outcome is unknown. Leases say so too, but by the wall clock, which may be set forward."""
        self._awake = asyncio.Event()
        self._closing = False

    async def deliver_due(self) -> int:
        """Everything that may go now, until nothing is left or the limits are reached; returns how many it handled."""
        handled, under_way, ended = 0, set[asyncio.Task[Ended | None]](), list[Ended]()
        try:
            while True:
                taken, batch = await self._go_on(ended, idle=not under_way)
                # One for each conversation, so they cannot overtake one another; different conversations may.
                under_way |= {asyncio.create_task(self._deliver(claimed)) for claimed in batch}
                handled += len(batch)
                ended = []
                if not under_way and not taken:
                    return handled
                if not under_way:
                    continue  # what was dropped or put off lets go what stood behind it
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                ended = [one for task in done if (one := _look_at(task))]
        finally:
            for task in under_way:
                task.cancel()

    async def _go_on(self, ended: Sequence[Ended], *, idle: bool) -> tuple[int, Sequence[Claimed]]:
        """What has ended is written down and what may go next is taken, in one commit.

        If that fails, each is written down by itself: one that cannot be must not keep the others from it.
        """
        if not ended:
            return await self._database.transact(self._claim, (), idle)
        for one in ended:
            self._let_rest(one.claimed, unknown=one.outcome == "unknown")
        try:
            taken = await self._database.transact(self._claim, ended, idle)
        except Exception:  # noqa: BLE001 - whatever it was, only those that fail alone are left to their lease
            for one in ended:
                await self._settle_alone(one)
            return await self._database.transact(self._claim, (), idle)
        for one in ended:
            self._count(one)
        return taken

    async def _settle_alone(self, one: Ended) -> None:
        try:
            await self._database.transact(one.settling)
        except Exception as error:  # noqa: BLE001 - left to its lease and looked up then; it must not stop the others
            log.error("not_settled", error=type(error).__name__)  # noqa: TRY400 - the error may repeat what people wrote
            self._let_rest(one.claimed, unknown=True)
        else:
            self._count(one)

    def _count(self, one: Ended) -> None:
        delivery = one.claimed.delivery
        if one.outcome in ("sent", "found"):
            self._metrics.late(delivery.platform, (self._now() - delivery.not_before).total_seconds())
        self._metrics.delivered(delivery.platform, one.outcome)

    def wake(self) -> None:
        """There may be something new to deliver."""
        self._awake.set()

    async def run(self) -> None:
        """Delivers as things come, until it is stopped. Cancelled, it leaves what is under way to its lease."""
        while not self._closing:
            self._awake.clear()
            try:
                await self.deliver_due()
                wait = self._wait()
            except Exception as error:  # noqa: BLE001 - the database may be away for a while; deliveries must go on after
                log.warning("dispatch_failed", error=type(error).__name__)
                wait = 1.0
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._awake.wait()

    async def next_at(self) -> datetime | None:
        """When more may go, rate limits included; None when nothing waits."""
        return self._within_limits(await self._database.transact(lambda tx: outbox.next_at(tx.connection, self.owner)))

    def _within_limits(self, at: datetime | None) -> datetime | None:
        if at is None or self._resume_at is None:
            return at
        return max(at, self._now() + timedelta(seconds=max(0.0, self._resume_at - self._elapsed())))

    async def stop(self, running: asyncio.Task[None] | None = None) -> None:
        """What is under way in `running` is finished and nothing new is begun; then others may take over at once."""
        self._closing = True
        self.wake()
        if running:
            await asyncio.wait((running,), timeout=2 * SEND_TIMEOUT / timedelta(seconds=1))
            running.cancel()
        await self._database.transact(lambda tx: workspaces.end_leases(tx.connection, self.owner))
        self._held.clear()

    def _wait(self) -> float:
        """Seconds until it is worth looking again; a little at least, so that clocks that differ cannot spin."""
        at = self._within_limits(self._next)
        span = self.longest_silence if at is None else min(at - self._now(), self.longest_silence)
        return max(0.01, span / timedelta(seconds=1))

    def _claim(
        self, tx: SqlTransaction, ended: Sequence[Ended] = (), idle: bool = False
    ) -> tuple[int, Sequence[Claimed]]:
        """How many were taken, and what is ours for the lease and may go, looked at in the same transaction.

        What has ended is written down before: it makes way for what stood behind it. `idle`: nothing else is under way.
        """
        for one in ended:
            one.settling(tx)
        if self._closing:
            return 0, []
        now = self._now()
        heads = self._rested(outbox.heads(tx.connection, self.owner, now, MOST_HEADS))
        taken = self._take(tx, heads, now)
        going = [claimed for claimed in taken if _is_doubtful(claimed) or self._may_go(tx, claimed, now)]
        if idle and not taken:
            self._next = outbox.wake_at(tx.connection, self.owner, now)
        return len(taken), going

    def _take(self, tx: SqlTransaction, heads: Sequence[Head], now: datetime) -> Sequence[Claimed]:
        turns = self._choose(tx, heads, now)
        if self._resume_at is not None:
            self._metrics.waiting_for_limits()
        lease = max(LEASE, LEASE - QUIET_PERIOD + self.quiet_period)
        return outbox.claim(tx.connection, self.owner, [head.id for head in turns], now, lease)

    def _rested(self, heads: Sequence[Head]) -> Sequence[Head]:
        elapsed = self._elapsed()
        return [head for head in heads if self._rests.get(head.id, 0.0) <= elapsed] if self._rests else heads

    def _choose(self, tx: SqlTransaction, heads: Sequence[Head], now: datetime) -> Sequence[Head]:
        """Heads in workspaces of ours whose turn it is. Each time one more workspace is taken over, however much there
        is to do in those we hold; more only while there are none: workers that wake together then share what there is.
        """
        fresh = self._renew(tx, heads, now)
        if fresh:
            self._own(tx, (fresh.pop(),), now)
        while True:
            mine = (head for head in heads if head.place in self._held)
            turns, self._resume_at = self._turns.choose(mine, self._elapsed(), BATCH)
            if turns or not fresh:
                return turns
            self._own(tx, (fresh.pop(),), now)

    def _renew(self, tx: SqlTransaction, heads: Sequence[Head], now: datetime) -> list[Place]:
        """Holds on to the workspaces that are ours and have something to say; returns those that are nobody's."""
        places = dict.fromkeys(head.place for head in heads)
        expiring = [place for place, until in self._held.items() if until <= now + WORKSPACE_LEASE / 2]
        for place in expiring:
            del self._held[place]
        self._own(tx, (place for place in expiring if place in places), now)
        return [place for place in reversed(places) if place not in self._held]

    def _own(self, tx: SqlTransaction, places: Iterable[Place], now: datetime) -> None:
        owned = workspaces.own(tx.connection, self.owner, places, now, WORKSPACE_LEASE)
        self._held |= dict.fromkeys(owned, now + WORKSPACE_LEASE)

    def _may_go(self, tx: SqlTransaction, claimed: Claimed, now: datetime) -> bool:
        try:
            verdict = check_delivery(tx, claimed.delivery, now)
            if verdict.told:
                tell_of_failure(tx, claimed.delivery, verdict.told, now)
        except UNREACHABLE:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, it is this delivery's: the others must not wait for it
            self._back_off(claimed, error, surely_not=not claimed.unknown).settling(tx)
            return False
        if verdict.what == "wait" and verdict.at:
            outbox.wait(tx.connection, claimed, self.owner, verdict.at)
        if verdict.what == "drop":
            outbox.drop(tx.connection, claimed, self.owner, verdict.why, now)
            log.info("dropped", key=claimed.delivery.key, why=verdict.why)
        return verdict.what == "go"

    async def _deliver(self, claimed: Claimed) -> Ended | None:
        """Looks it up or sends it; None when it is too late to begin: whoever holds it next will look first."""
        if self._now() > claimed.lease_until - SEND_TIMEOUT - self.quiet_period:
            return None
        self._rests[claimed.id] = inf
        try:
            async with asyncio.timeout(SEND_TIMEOUT / timedelta(seconds=1)):
                sent = await (self._sender.find(claimed) if _is_doubtful(claimed) else self._sender.send(claimed))
        except asyncio.CancelledError:
            self._let_rest(claimed, unknown=True)
            raise
        except Exception as error:  # noqa: BLE001 - every kind is answered; one platform's trouble must not stop others
            return self._answer(claimed, error)
        return self._settle(claimed, sent)

    def _let_rest(self, claimed: Claimed, *, unknown: bool) -> None:
        now = self._elapsed()
        self._rests = {known: until for known, until in self._rests.items() if until > now and known != claimed.id}
        if unknown:
            self._rests[claimed.id] = now + self.quiet_period / timedelta(seconds=1)

    def _settle(self, claimed: Claimed, sent: str | None) -> Ended:
        """Sent; or, looked up and not found, free to be looked at and sent like any other."""
        now = self._now()
        if _is_doubtful(claimed):
            log.info("looked_up", key=claimed.delivery.key, found=sent is not None)
        if sent is None:
            return Ended(claimed, "absent", lambda tx: outbox.wait(tx.connection, claimed, self.owner, now))
        outcome = "found" if _is_doubtful(claimed) else "sent"
        return Ended(claimed, outcome, lambda tx: outbox.settle(tx.connection, claimed, self.owner, sent, now))

    def _answer(self, claimed: Claimed, error: Exception) -> Ended:
        """What becomes of a delivery that did not go through."""
        match error:
            case RoomClosedError() if _is_in_room(claimed.delivery):
                return self._wait_for_room(claimed)
            case SendFailedError():
                return self._bury(claimed, str(error), "refused")
            case AccessLostError():
                return self._lose(claimed, str(error))
            case RateLimitedError():
                return self._hold(claimed, error)
            case _:
                surely_not = isinstance(error, NotSentError) and not claimed.unknown
                return self._back_off(claimed, error, surely_not=surely_not)

    def _hold(self, claimed: Claimed, error: RateLimitedError) -> Ended:
        delivery, now = claimed.delivery, self._now()
        place, until = (delivery.platform, delivery.workspace), now + error.retry_after

        def hold(tx: SqlTransaction) -> None:
            settle = outbox.wait_in_doubt if claimed.unknown else outbox.wait
            settle(tx.connection, claimed, self.owner, until)

        log.warning("rate_limited", key=delivery.key, scope=error.scope, seconds=error.retry_after.total_seconds())
        self._turns.hold(place, delivery.conversation, error, self._elapsed())
        return Ended(claimed, "limited", hold)

    def _wait_for_room(self, claimed: Claimed) -> Ended:
        """The cohort's room is closed to us: what is for it waits, and whoever leads the cohort hears, once."""
        now = self._now()

        def wait(tx: SqlTransaction) -> None:
            settle = outbox.wait_in_doubt if claimed.unknown else outbox.wait
            settle(tx.connection, claimed, self.owner, now + LOOK_AGAIN)
            find_room_closed(tx, claimed.delivery, now)

        log.warning("room_closed", key=claimed.delivery.key)
        return Ended(claimed, "closed", wait)

    def _bury(self, claimed: Claimed, error: str, why: Failure) -> Ended:
        """It cannot be delivered: a dead letter, and somebody is told, in one transaction."""
        now = self._now()

        def bury(tx: SqlTransaction) -> None:
            if outbox.bury(tx.connection, claimed, self.owner, error, now):
                tell_of_failure(tx, claimed.delivery, why, now)

        log.warning("dead_letter", key=claimed.delivery.key, error=error)
        return Ended(claimed, "dead", bury)

    def _lose(self, claimed: Claimed, why: str) -> Ended:
        """The workspace refuses us: what is for it is held; its people and the operators are told elsewhere, once."""
        delivery, now = claimed.delivery, self._now()
        place = (delivery.platform, delivery.workspace)

        def lose(tx: SqlTransaction) -> None:
            outbox.wait(tx.connection, claimed, self.owner, now)
            if workspaces.lose(tx.connection, place, why, now):
                lose_access(tx, place, (place,), workspaces.lost_places(tx.connection), now)

        log.error("access_lost", platform=delivery.platform, workspace=delivery.workspace)
        return Ended(claimed, "lost", lose)

    def _back_off(self, claimed: Claimed, error: Exception, *, surely_not: bool) -> Ended:
        """Later and later, up to a last time. Unless it was surely not sent, it is looked up first."""
        name, attempt = type(error).__name__, claimed.attempts
        log.warning("send_failed", key=claimed.delivery.key, attempt=attempt + 1, error=name)
        if attempt >= len(BACKOFF):
            return self._bury(claimed, name, "unsure" if _is_doubtful(claimed) else "away")
        until = self._now() + max(_later(claimed.delivery, attempt), timedelta() if surely_not else self.quiet_period)
        how = outbox.retry if surely_not else outbox.doubt
        outcome = "retry" if surely_not else "unknown"
        return Ended(claimed, outcome, lambda tx: how(tx.connection, claimed, self.owner, name, until))


def _look_at(task: asyncio.Task[Ended | None]) -> Ended | None:
    """How it ended. A fault of ours is left to its lease and looked up then; it must not stop the others."""
    if task.cancelled():
        raise asyncio.CancelledError
    if error := task.exception():
        log.error("not_settled", error=type(error).__name__)
        return None
    return task.result()


def _is_doubtful(claimed: Claimed) -> bool:
    """It may have arrived, and arriving twice would be seen: every other verb may simply be done again."""
    return claimed.unknown and claimed.delivery.verb == "send"


def _is_in_room(delivery: Delivery) -> bool:
    """For a cohort's room that is said to be there."""
    return delivery.conversation.startswith("cohort:") and delivery.verb != "open_room"


def _later(delivery: Delivery, attempt: int) -> timedelta:
    """With up to a quarter more or less, so that what failed together does not come back together."""
    return BACKOFF[attempt] * (0.75 + draw(delivery.key, str(attempt)) / 2)
