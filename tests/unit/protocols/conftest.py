"""A week in which nothing is special, and a way to play a run."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cohorts.calendar.model import Rhythm
from cohorts.protocols.engine import advance, begin, next_due
from cohorts.protocols.load import read_protocol
from cohorts.protocols.run import Answered, Effect, RunEvent, RunIdentity, Ticked
from cohorts.protocols.template import Protocol

ZONE = ZoneInfo("America/Chicago")
CHICAGO = Rhythm(zone="America/Chicago")


class Play:
    """One run whose clock the test moves. Times are `"05 09:00"`: day and wall clock of October 2026 in Chicago."""

    def __init__(
        self, protocol: Protocol, roles: dict[str, tuple[str, ...]], rhythms: dict[str, Rhythm], at: str
    ) -> None:
        self.protocol, self.rhythms = protocol, rhythms
        self.now = self.instant(at)
        self.run, self.effects = begin(protocol, RunIdentity(id="run-1", cohort_id="c"), roles, self.now, rhythms)

    @staticmethod
    def instant(at: str) -> datetime:
        return datetime.strptime(f"2026-10-{at}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)

    def do(self, event: RunEvent, at: str = "") -> list[str] | None:
        """The effects by name, without the header; None when the event changed nothing."""
        self.now = self.instant(at) if at else self.now
        moved = advance(self.protocol, self.run, event, self.now, self.rhythms)
        if moved is None:
            return None
        self.run, self.effects = moved
        return names(self.effects)

    def answer(self, step: str, members: str, at: str = "") -> list[str] | None:
        """All of them answer; the effects of the last answer."""
        return [self.do(Answered(step=step, member=member), at) for member in members.split()][-1]

    def tick(self, at: str) -> list[str] | None:
        return self.do(Ticked(), at)

    @property
    def due(self) -> datetime | None:
        return next_due(self.protocol, self.run)

    def wall(self, instant: datetime | None) -> str:
        return f"{instant.astimezone(ZONE):%d %H:%M}" if instant else ""

    def status(self, step: str) -> str:
        return self.run.step(step).status


def names(effects: tuple[Effect, ...]) -> list[str]:
    return [
        f"{type(e).__name__} {getattr(e, 'step', '')}".strip() for e in effects if type(e).__name__ != "HeaderChanged"
    ]


@pytest.fixture
def play() -> Callable[..., Play]:
    """`play(yaml_steps, people="ana ben", at="05 09:00", **rhythms)`; everybody is a participant, Fay facilitates."""

    def start(
        text: str,
        people: str = "ana ben cy dee",
        at: str = "05 09:00",
        roles: dict[str, str] | None = None,
        **own: Rhythm,
    ) -> Play:
        protocol = read_protocol("p.yaml", text)
        held = {"participant": people, "facilitator": "fay"} | (roles or {})
        everybody = {name for names_ in held.values() for name in names_.split()} | set(own)
        rhythms = {name: own.get(name, CHICAGO) for name in everybody}
        return Play(protocol, {role: tuple(who.split()) for role, who in held.items()}, rhythms, at)

    return start
