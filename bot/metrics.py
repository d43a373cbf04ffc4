"""What an operator watches, in Prometheus' words. One registry for each house, so two in a process stay apart."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from storage.survey import Backlog

SECONDS = (0.005, 0.02, 0.1, 0.5, 1, 2, 5, 15, 60)
LATENESS = (0.1, 0.5, 1, 2, 5, 15, 60, 300, 1800, 7200)


class Metrics:
    """Counted as it happens; the backlog is read from the database when somebody asks."""

    def __init__(self) -> None:
        self.registry = r = CollectorRegistry()
        self._sends = Counter("cohortium_sends", "Deliveries by outcome.", ("platform", "outcome"), registry=r)
        self._limited = Counter("cohortium_rate_limit_waits", "Times a limit made deliveries wait.", registry=r)
        self._work = Counter("cohortium_work", "Due work by kind and outcome.", ("kind", "outcome"), registry=r)
        self._tick = Histogram("cohortium_tick_seconds", "Time of one tick.", buckets=SECONDS, registry=r)
        self._late = Histogram(
            "cohortium_lateness_seconds",
            "From when a delivery might go to when it had gone.",
            ("platform",),
            buckets=LATENESS,
            registry=r,
        )
        self._backlog = Gauge("cohortium_due_backlog", "Due work nobody has done yet.", registry=r)
        self._oldest = Gauge("cohortium_oldest_due_seconds", "Age of the oldest due work.", registry=r)
        self._waiting = Gauge("cohortium_outbox", "Deliveries by state.", ("state",), registry=r)
        self._dead = Gauge("cohortium_dead_letters", "What rests after its last try.", ("what",), registry=r)

    def delivered(self, platform: str, outcome: str) -> None:
        self._sends.labels(platform, outcome).inc()

    def late(self, platform: str, seconds: float) -> None:
        self._late.labels(platform).observe(max(0.0, seconds))

    def waiting_for_limits(self) -> None:
        self._limited.inc()

    def worked(self, kind: str, outcome: str) -> None:
        self._work.labels(kind, outcome).inc()

    def ticked(self, seconds: float) -> None:
        self._tick.observe(seconds)

    def exposition(self, backlog: Backlog, now: datetime) -> bytes:
        """All of it as text, for `/metrics`."""
        self._backlog.set(backlog.due)
        self._oldest.set((now - backlog.oldest).total_seconds() if backlog.oldest else 0)
        for state in ("pending", "attempting"):
            self._waiting.labels(state).set(backlog.outbox.get(state, 0))
        self._dead.labels("delivery").set(backlog.outbox.get("dead", 0))
        self._dead.labels("work").set(backlog.dead_work)
        self._dead.labels("workspace").set(backlog.lost_workspaces)
        return generate_latest(self.registry)
