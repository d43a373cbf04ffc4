"""Who wants to hear at once that something changed. It carries no words: a hearer asks, and sees what they may."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from storage.listening import Change

WAITING = 256
Heard = asyncio.Queue[Change | None]


class Feed:
    """Passes on, inside one event loop, what the database says has changed (`Database.follow`)."""

    def __init__(self) -> None:
        self._hearers: dict[str, set[Heard]] = {}

    @contextmanager
    def listen(self, user: str) -> Iterator[Heard]:
        """A queue of changes for this user while the block runs. None: some were missed, ask for them."""
        queue: Heard = asyncio.Queue(WAITING)
        self._hearers.setdefault(user, set()).add(queue)
        try:
            yield queue
        finally:
            self._hearers[user].discard(queue)
            if not self._hearers[user]:
                del self._hearers[user]

    def hear(self, change: Change | None) -> None:
        """Tell the audience of a change; None tells everybody that some were missed. A hearer who does not keep up
        loses the list, never the fact."""
        for user in self.listeners() if change is None else change.audience:
            for queue in self._hearers.get(user, ()):
                _put(queue, change)

    def listeners(self) -> Sequence[str]:
        """Users somebody listens for."""
        return sorted(self._hearers)


def _put(queue: Heard, change: Change | None) -> None:
    if not queue.full():
        queue.put_nowait(change)
        return
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)
