"""Small values to save."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from cohorts.catalogue.model import Criterion, Issuer, Level, Microcredential, Part, Prompt
from cohorts.people.model import Educator, Interest, Lea
from cohorts.ports import Delivery
from cohorts.protocols.run import Run, StepState

NOW = datetime(2026, 11, 23, 15, 30, 0, 123456, UTC)
MINUTE = timedelta(minutes=1)


def lea(lea_id: str = "4800001", **changes: Any) -> Lea:
    return Lea(**{"id": lea_id, "name": "Spur ISD", "state": "TX", "zone": "America/Chicago"} | changes)


def educator(name: str = "ana", **changes: Any) -> Educator:
    values = {"id": f"educator-{name}", "email": f"{name}@spur.org", "given_name": name, "family_name": "Lee"}
    return Educator(**values | {"lea_id": "4800001"} | changes)


def interest(name: str = "ana", **changes: Any) -> Interest:
    values = {"id": f"interest-{name}", "educator_id": f"educator-{name}", "microcredential_id": "wait-time"}
    texts = {"subject": "", "grade_band": "", "problem_of_practice": "", "zone": "America/Chicago"}
    return Interest(**values | texts | {"start_from": date(2026, 12, 1), "since": NOW} | changes)


def microcredential(**changes: Any) -> Microcredential:
    levels = (Level(id="no", name="No"), Level(id="yes", name="Yes"))
    criterion = Criterion(id="clear", name="Clear", levels=levels, passing="yes")
    part = Part(id="one", title="One", prompts=(Prompt(id="why", text="Why"),), criteria=(criterion,))
    values = {"id": "wait-time", "name": "Wait Time", "issuer": Issuer(id="river", name="River")}
    told = {"competency": "Waits.", "parts": (part,), "source": "https://example.org", "checked": date(2026, 1, 1)}
    return Microcredential(**values | told | changes)


def run(run_id: str = "run-1", **changes: Any) -> Run:
    values = {"id": run_id, "cohort_id": "cohort-1", "protocol_id": "sealed-round", "protocol_version": 1}
    return Run(**values | {"roles": (), "started_at": NOW, "steps": (StepState(id="write"),)} | changes)


def delivery(key: str, **changes: Any) -> Delivery:
    values = {"key": key, "platform": "local", "workspace": "home", "conversation": "cohort:1", "not_before": NOW}
    return Delivery(**values | changes)
