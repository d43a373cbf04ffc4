"""Who may keep a connection: whoever says what they want in time, and no more than this process can hold."""

import asyncio
import sys
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if sys.platform != "win32":  # which has no such limit
    import resource

MOST = 1000
RESERVE = 256
"""Of the files this process may open, those left for the database, the log and what is just being accepted."""
BACKLOG = 64
"""How many are accepted in one go; fewer than the reserve, since none of them can be closed before the last."""


def most_connections() -> int:
    """How many connections may be open at once."""
    if sys.platform == "win32":
        return MOST
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST if allowed == resource.RLIM_INFINITY else max(16, min(MOST, allowed - RESERVE))


class PatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, for a while. Without it half a request keeps a connection for ever, and a
    thousand halves keep everybody else out. uvicorn's `limit_concurrency` is how many connections there may be."""

    header_seconds: ClassVar[float] = 10.0
    body_seconds: ClassVar[float] = 30.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(self.header_seconds)
        if len(self.connections) >= (self.limit_concurrency or MOST):
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait(self.header_seconds)

    @property
    def asks_for_nothing(self) -> bool:
        """No whole header has come since the last answer."""
        return self.conn.their_state is h11.IDLE

    def _make_room(self) -> None:
        """Of those who have asked for nothing yet the one who came first goes; if all have, this one."""
        idle = [one for one in self.connections if isinstance(one, PatientProtocol) and one.asks_for_nothing]
        idle.sort(key=lambda one: one._timer.when() if one._timer else 0.0)  # noqa: SLF001 - one of ours
        (idle[0] if idle else self).transport.abort()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self._look, seconds)

    def _look(self, waited: float) -> None:
        """A header that has not come is given up; a body that comes slowly has longer, once."""
        if self.conn.their_state is h11.SEND_BODY and waited == self.header_seconds:
            self._wait(self.body_seconds)
        elif self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
