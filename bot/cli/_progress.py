"""How far what takes long is: a bar on a terminal, a line for each quarter elsewhere, nothing for what is quick."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from ._given import MEGABYTE
from ._shared import err

_LONG = 5 * MEGABYTE


class StoppedError(Exception):
    """Whoever asked for the import has left."""


class Passed:
    """Hears of the characters read, from whichever thread reads them; `stop` ends the reading.

    Whoever counts something else says how many of it are `long`, and what it is when `done`.
    """

    def __init__(self, long: int = _LONG, done: str = "read") -> None:
        self.total = 0
        self._long, self._done = long, done
        self._passed = 0
        self._quarter = 0
        self._bar: Progress | None = None
        self._stopped = False

    def __call__(self, characters: int) -> None:
        if self._stopped:
            raise StoppedError
        self._passed += characters
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=self._passed, total=self.total or None)
        elif self.total > self._long and self._passed * 4 // self.total > self._quarter:
            self._quarter = min(self._passed * 4 // self.total, 4)
            err.print(f"{self._quarter * 25} % {self._done}")

    def stop(self) -> None:
        self._stopped = True

    @contextmanager
    def shown(self, title: str) -> Iterator[None]:
        """While this is open, what is read is shown."""
        if not err.is_terminal:
            yield
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=err, transient=True) as bar:
            bar.add_task(title, total=None)
            self._bar = bar
            yield
            self._bar = None


class Share:
    """Hears of the share of a search that is done, and passes it on as so much of what is counted."""

    def __init__(self, passed: Passed, worth: int) -> None:
        self._passed, self._worth = passed, worth
        self._told = 0

    def __call__(self, _what: str, share: float) -> None:
        now = round(min(1.0, share) * self._worth)
        self._passed(now - self._told)
        self._told = now
