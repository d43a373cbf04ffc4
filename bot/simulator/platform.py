"""A platform that is not there: limits, refusals, resets and lost answers, all by the seed. It remembers everything."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from bot.limits import Cell, Meter
from cohorts.ids import draw
from cohorts.messages import Message
from cohorts.ports import Limits, Rate
from cohorts.send_errors import (
    AccessLostError,
    NotSentError,
    RateLimitedError,
    RoomClosedError,
    Scope,
    SendUnknownError,
)
from cohorts.values import Frozen

SLACK = Limits(
    conversation=Rate(per_second=1, burst=3),
    workspace=Rate(per_second=4, burst=20),
    verbs={"update": Rate(per_second=50 / 60, burst=10)},
)
"""chat.postMessage: about one a second in a channel, a few hundred a minute in a workspace; chat.update: tier 3."""
DISCORD = Limits(conversation=Rate(per_second=1, burst=5), platform=Rate(per_second=50, burst=50))
"""Fifty requests a second; a channel's bucket is read off its headers, five in five seconds being usual."""
KNOWN: Mapping[str, Limits] = {"slack": SLACK, "discord": DISCORD}


class Faults(Frozen):
    """Shares of sends, from 0 to 1. After `refused` nothing has happened; after the others the message is there.

    `lost` never answers. `latency` is the usual time of an answer and `shows_after` that until a look-up finds a
    message, both in seconds and kept by platforms that take their time (`bot.simulator.workspace`).
    """

    refused: float = 0.0
    broken: float = 0.0
    reset: float = 0.0
    lost: float = 0.0
    limited: float = 0.0
    find_fails: float = 0.0
    latency: float = 0.0
    shows_after: float = 0.0


NO_FAULTS = Faults()
USUAL = Faults(
    refused=0.003, broken=0.001, reset=0.002, lost=0.001, limited=0.002, find_fails=0.01, latency=0.15, shows_after=0.5
)
"""A working day of a large platform, as its users see it."""
STORM = Faults(
    refused=0.03, broken=0.02, reset=0.02, lost=0.01, limited=0.05, find_fails=0.1, latency=0.6, shows_after=3.0
)
"""The worst hour of a bad day, all the time."""
WEATHER: Mapping[str, Faults] = {"none": NO_FAULTS, "usual": USUAL, "storm": STORM}


class Accepted(Frozen):
    """A message as the platform took it; `number` grows with every one."""

    number: int
    key: str
    place: tuple[str, str]
    conversation: str
    thread: str
    at: datetime
    message: Message


class SimulatedChat:
    """`cohorts.ports.Chat` in memory. `keeps_keys`: the same key makes one message, as a Discord nonce does."""

    def __init__(
        self,
        platform: str,
        now: Callable[[], datetime],
        *,
        faults: Faults | None = None,
        seed: int = 0,
        keeps_keys: bool = False,
    ) -> None:
        self.platform, self.limits = platform, KNOWN.get(platform, Limits())
        self._now, self._faults, self._seed, self._keeps_keys = now, faults or Faults(), seed, keeps_keys
        self.accepted: list[Accepted] = []
        self.too_fast = 0
        """Sends beyond the documented limits: a client that keeps them has none."""
        self.revoked: set[str] = set()
        self.archived: set[str] = set()
        self._ids: dict[str, str] = {}
        self._tries: Counter[str] = Counter()
        self._meter = Meter()

    @property
    def doubled(self) -> int:
        return len(self.accepted) - len({each.key for each in self.accepted})

    async def open_room(self, key: str, workspace: str, name: str, topic: str, people: Iterable[str]) -> str:  # noqa: ARG002
        self._let_in(workspace, key)
        return f"room/{key}"

    async def open_direct(self, workspace: str, user: str) -> str:
        self._let_in(workspace, "")
        return f"direct/{user}"

    async def add_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:  # noqa: ARG002
        self._let_in(workspace, conversation)

    async def remove_people(self, workspace: str, conversation: str, people: Iterable[str]) -> None:  # noqa: ARG002
        self._let_in(workspace, conversation)

    async def close_room(self, key: str, workspace: str, conversation: str, message: Message) -> None:  # noqa: ARG002
        self._let_in(workspace, conversation)

    async def send(self, key: str, workspace: str, conversation: str, message: Message, thread: str = "") -> str:
        self._let_in(workspace, conversation)
        self._count(workspace, conversation)
        self._tries[key] += 1
        self._fail_before(key)
        if not (self._keeps_keys and key in self._ids):
            self._accept(key, workspace, conversation, message, thread)
        self._fail_after(key)
        return self._ids[key]

    async def update(self, workspace: str, conversation: str, message_id: str, message: Message) -> None:  # noqa: ARG002
        self._let_in(workspace, conversation)

    async def delete(self, workspace: str, conversation: str, message_id: str) -> None:  # noqa: ARG002
        self._let_in(workspace, conversation)

    async def find(
        self,
        key: str,
        workspace: str,
        conversation: str,
        thread: str = "",  # noqa: ARG002
        since: datetime | None = None,  # noqa: ARG002
    ) -> str | None:
        self._let_in(workspace, conversation)
        self._tries[f"find {key}"] += 1
        if self._happens("find", f"find {key}", self._faults.find_fails):
            raise TimeoutError
        return self._ids.get(key)

    def _let_in(self, workspace: str, conversation: str) -> None:
        if workspace in self.revoked:
            raise AccessLostError("token_revoked")
        if conversation in self.archived:
            raise RoomClosedError("is_archived")

    def _count(self, workspace: str, conversation: str) -> None:
        """The platform keeps its own count, and is as exact as its documents."""
        now = self._now().timestamp()
        cells: tuple[tuple[Scope, Cell], ...] = (
            ("platform", (self.platform, self.limits.platform)),
            ("workspace", (workspace, self.limits.workspace)),
            ("conversation", ((workspace, conversation), self.limits.conversation)),
        )
        for scope, cell in cells:
            ready = self._meter.ready_at((cell,))
            if ready > now + 0.001:  # instants are kept to the microsecond
                self.too_fast += 1
                raise RateLimitedError(timedelta(seconds=ready - now), scope)
        self._meter.take([cell for _, cell in cells], now)

    def _fail_before(self, key: str) -> None:
        if self._happens("limited", key, self._faults.limited):
            raise RateLimitedError(timedelta(seconds=2))
        if self._happens("refused", key, self._faults.refused):
            raise NotSentError("503")

    def _fail_after(self, key: str) -> None:
        if self._happens("broken", key, self._faults.broken):
            raise SendUnknownError("500")
        if self._happens("reset", key, self._faults.reset):
            raise ConnectionResetError

    def _happens(self, what: str, key: str, share: float) -> bool:
        return share > 0 and draw(str(self._seed), what, key, str(self._tries[key])) < share

    def _accept(self, key: str, workspace: str, conversation: str, message: Message, thread: str) -> None:
        number = len(self.accepted)
        self._ids[key] = f"m{number}"
        self.accepted.append(
            Accepted(
                number=number,
                key=key,
                place=(self.platform, workspace),
                conversation=conversation,
                thread=thread,
                at=self._now(),
                message=message,
            )
        )
