"""An open transaction: the repositories over one connection."""

from functools import cached_property

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

NUDGING = NudgeSettings()


class SqlTransaction:
    """cohorts.ports.Transaction over SQL. It lives as long as its connection's transaction."""

    def __init__(self, connection: Connection, nudging: NudgeSettings = NUDGING) -> None:
        self.connection, self.nudging = connection, nudging

    @cached_property
    def people(self) -> People:
        return People(self.connection)

    @cached_property
    def calendars(self) -> Calendars:
        return Calendars(self.connection)

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.connection)

    @cached_property
    def interests(self) -> Interests:
        return Interests(self.connection)

    @cached_property
    def proposals(self) -> Proposals:
        return Proposals(self.connection)

    @cached_property
    def cohorts(self) -> Cohorts:
        return Cohorts(self.connection)

    @cached_property
    def runs(self) -> Runs:
        return Runs(self.connection, self.due)

    @cached_property
    def feedback(self) -> Feedback:
        return Feedback(self.connection)

    @cached_property
    def evidence(self) -> Evidence:
        return Evidence(self.connection)

    @cached_property
    def nudges(self) -> Nudges:
        return Nudges(self.connection)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.connection)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.connection)

    @cached_property
    def due(self) -> Due:
        return Due(self.connection)

    @cached_property
    def history(self) -> History:
        return History(self.connection)
