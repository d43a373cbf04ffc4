"""An open transaction: the repositories over one connection."""

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar, TypeVarTuple

from sqlalchemy import Connection

from cohorts.nudging.model import Settings as NudgeSettings

from .repositories.catalogue import Calendars, Catalogue
from .repositories.cohorts import Cohorts, Interests, Proposals
from .repositories.evidence import Evidence
from .repositories.feedback import Feedback
from .repositories.nudges import Nudges
from .repositories.people import People
from .repositories.queues import Due, History, Inbox, Outbox
from .repositories.runs import Runs

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
NUDGING = NudgeSettings()


class SqlTransaction:
    """cohorts.ports.Transaction over SQL. It lives as long as its connection's transaction.

    Some of what it writes is kept back for a while: `carry` and `connection` see that it is written.
    """

    def __init__(self, connection: Connection, nudging: NudgeSettings = NUDGING) -> None:
        self._connection, self.nudging = connection, nudging

    @classmethod
    def carry(
        cls, connection: Connection, nudging: NudgeSettings, work: "Callable[[SqlTransaction, *Ts], T]", *args: *Ts
    ) -> T:
        """What the function returns, once all it has written stands in the open transaction."""
        opened = cls(connection, nudging)
        result = work(opened, *args)
        opened.flush()
        return result

    @property
    def connection(self) -> Connection:
        """For what goes beside the repositories. Asked for anew each time, it has seen all that was written."""
        self.flush()
        return self._connection

    def flush(self) -> None:
        """Writes what was kept back, always in this order: two transactions then rarely wait for each other."""
        for name in ("runs", "due", "outbox", "history"):
            if name in self.__dict__:
                self.__dict__[name].flush()

    @cached_property
    def people(self) -> People:
        return People(self._connection)

    @cached_property
    def calendars(self) -> Calendars:
        return Calendars(self._connection)

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self._connection)

    @cached_property
    def interests(self) -> Interests:
        return Interests(self._connection)

    @cached_property
    def proposals(self) -> Proposals:
        return Proposals(self._connection)

    @cached_property
    def cohorts(self) -> Cohorts:
        return Cohorts(self._connection)

    @cached_property
    def runs(self) -> Runs:
        return Runs(self._connection, self.due, self.outbox)

    @cached_property
    def feedback(self) -> Feedback:
        return Feedback(self._connection)

    @cached_property
    def evidence(self) -> Evidence:
        return Evidence(self._connection)

    @cached_property
    def nudges(self) -> Nudges:
        return Nudges(self._connection, self.outbox)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self._connection)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self._connection)

    @cached_property
    def due(self) -> Due:
        return Due(self._connection)

    @cached_property
    def history(self) -> History:
        return History(self._connection)
