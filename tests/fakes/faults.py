"""What goes wrong on command, whichever platform is faked."""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

Effect = Literal["before", "after"]


@dataclass(frozen=True)
class ServerError:
    """A 5xx, before or after the call took effect."""

    when: Effect = "before"
    status: int = 503


@dataclass(frozen=True)
class Reset:
    """The connection is cut, before or after the call took effect."""

    when: Effect = "before"


@dataclass(frozen=True)
class Lost:
    """The call takes effect; an answer never comes, the connection stays open."""


@dataclass(frozen=True)
class Slow:
    """The call takes effect only when the fake's clock has moved on by so many seconds, be the caller still there
    or not."""

    seconds: float


@dataclass(frozen=True)
class Garbage:
    """200 with a page of HTML, after the call took effect."""


def cut(request: web.Request) -> web.Response:
    """The connection is gone; what is returned reaches nobody."""
    if isinstance(request.transport, asyncio.Transport):
        request.transport.abort()
    return web.Response()


@dataclass
class _Planned:
    fault: Any
    method: str
    skip: int
    times: int


class Faults:
    """A plan of what goes wrong. Each call meets at most one fault."""

    def __init__(self) -> None:
        self._plan: list[_Planned] = []

    def add(self, fault: Any, method: str = "*", *, times: int = 1, skip: int = 0) -> None:
        """The next `times` calls of this method go wrong, after `skip` have gone well. `*` stands for all. What is no
        call of the API goes by a name of its own, such as file."""
        self._plan.append(_Planned(fault, method, skip, times))

    def clear(self) -> None:
        self._plan.clear()

    @property
    def left(self) -> int:
        """How many planned faults have not been met yet."""
        return sum(one.times for one in self._plan)

    def take(self, method: str) -> Any:
        for planned in self._plan:
            if planned.times and planned.method in {"*", method}:
                if planned.skip:
                    planned.skip -= 1
                    continue
                planned.times -= 1
                return planned.fault
        return None
