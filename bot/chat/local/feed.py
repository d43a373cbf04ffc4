"""Who wants to hear at once that something changed. It carries no words: a hearer asks, and sees what they may."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from storage.chat import Change

WAITING = 256


class Feed:
    """Publish and subscribe inside one process and one event loop."""

    def __init__(self) -> None:
        self._hearers: dict[str, set[asyncio.Queue[Change | None]]] = {}

    @contextmanager
    def listen(self, user: str) -> Iterator[asyncio.Queue[Change | None]]:
        """A queue of changes for this user while the block runs. None: too much to say, look at everything again."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue(WAITING)
        self._hearers.setdefault(user, set()).add(queue)
        try:
            yield queue
        finally:
            self._hearers[user].discard(queue)
            if not self._hearers[user]:
                del self._hearers[user]

    def publish(self, *changes: Change | None) -> None:
        """Tell the audience of each change. A hearer who does not keep up loses the list, never the fact."""
        for change in changes:
            if change is None:
                continue
            for user in change.audience:
                for queue in self._hearers.get(user, ()):
                    _put(queue, change)

    def listeners(self) -> Sequence[str]:
        """Users somebody listens for."""
        return sorted(self._hearers)


def _put(queue: asyncio.Queue[Change | None], change: Change) -> None:
    if not queue.full():
        queue.put_nowait(change)
        return
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)
