"""What somebody asks for: who, with what, when."""

from collections.abc import Callable, Mapping
from datetime import datetime

from cohorts.events import Place, Pressed, Recorded, Response, Sent
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.values import Frozen


class Ask(Frozen):
    """A button pressed or a form sent by a known person."""

    educator: Educator
    event: Pressed | Sent
    now: datetime

    @property
    def key(self) -> str:
        return self.event.key

    @property
    def value(self) -> str:
        return self.event.value

    @property
    def place(self) -> Place:
        return self.event.place

    @property
    def values(self) -> Mapping[str, str]:
        return self.event.values if isinstance(self.event, Sent) else {}

    @property
    def language(self) -> str:
        return self.educator.language

    @property
    def me(self) -> str:
        return self.educator.id


def remember(tx: Transaction, ask: Ask, kind: str, **facts: str) -> None:
    """A line of history about the asker; `facts` hold ids and dates, never words."""
    tx.history.append(Recorded(at=ask.now, kind=kind, subject=ask.me, actor=ask.me, facts=facts))


Act = Callable[[Transaction, Ask], Response]
