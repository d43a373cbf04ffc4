"""An open transaction: the repositories over one connection."""

from collections.abc import Callable
from typing import Generic, TypeVar, TypeVarTuple

from sqlalchemy import Connection

from cohorts.rules import Rules

from .repositories.catalogue import Calendars, Catalogue
from .repositories.cohorts import Cohorts, Interests
from .repositories.evidence import Evidence
from .repositories.feedback import Feedback
from .repositories.living import Living
from .repositories.meetings import Meetings
from .repositories.nudges import Nudges
from .repositories.people import People
from .repositories.proposals import Proposals
from .repositories.queues import Due, History, Inbox, Outbox
from .repositories.runs import Runs

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
RULES = Rules()


class _Once(Generic[T]):
    """A property that is made when it is first asked for. `functools.cached_property` takes a lock for it each time."""

    def __init__(self, make: "Callable[[SqlTransaction], T]") -> None:
        self._make, self._name = make, make.__name__
        self.__doc__ = make.__doc__

    def __get__(self, opened: "SqlTransaction", _owner: type) -> T:
        made = opened.__dict__[self._name] = self._make(opened)
        return made


class SqlTransaction:
    """cohorts.ports.Transaction over SQL. It lives as long as its connection's transaction.

    Some of what it writes is kept back for a while: `carry` and `connection` see that it is written.
    """

    def __init__(self, connection: Connection, rules: Rules = RULES) -> None:
        self._connection, self.nudging, self.forming = connection, rules.nudging, rules.forming

    @classmethod
    def carry(cls, connection: Connection, rules: Rules, work: "Callable[[SqlTransaction, *Ts], T]", *args: *Ts) -> T:
        """What the function returns, once all it has written stands in the open transaction."""
        opened = cls(connection, rules)
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

    @_Once
    def people(self) -> People:
        return People(self._connection)

    @_Once
    def calendars(self) -> Calendars:
        return Calendars(self._connection)

    @_Once
    def catalogue(self) -> Catalogue:
        return Catalogue(self._connection)

    @_Once
    def interests(self) -> Interests:
        return Interests(self._connection)

    @_Once
    def proposals(self) -> Proposals:
        return Proposals(self._connection)

    @_Once
    def cohorts(self) -> Cohorts:
        return Cohorts(self._connection)

    @_Once
    def living(self) -> Living:
        return Living(self._connection)

    @_Once
    def runs(self) -> Runs:
        return Runs(self._connection, self.due, self.outbox)

    @_Once
    def feedback(self) -> Feedback:
        return Feedback(self._connection)

    @_Once
    def evidence(self) -> Evidence:
        return Evidence(self._connection)

    @_Once
    def meetings(self) -> Meetings:
        return Meetings(self._connection)

    @_Once
    def nudges(self) -> Nudges:
        return Nudges(self._connection, self.outbox)

    @_Once
    def inbox(self) -> Inbox:
        return Inbox(self._connection)

    @_Once
    def outbox(self) -> Outbox:
        return Outbox(self._connection)

    @_Once
    def due(self) -> Due:
        return Due(self._connection)

    @_Once
    def history(self) -> History:
        return History(self._connection)
