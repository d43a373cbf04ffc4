"""The pages beside the chat, for `build_web(…, more=PAGES)`."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route

from .evidence import pages as evidence
from .facilitator import pages as facilitator
from .forming import pages as forming
from .queues import pages as queues

PAGES: Sequence[BaseRoute] = (
    Route("/evidence", evidence.show_evidence, name="evidence"),
    Route("/evidence/{microcredential}", evidence.show_evidence),
    Route("/facilitator", facilitator.show_cohorts, name="facilitator"),
    Route("/facilitator/{cohort}", facilitator.show_cohort),
    Route("/forming", forming.show_forming, name="forming"),
    Route("/forming/approve", forming.show_approval),
    Route("/forming/report", forming.show_report),
    Route("/forming/person/{educator}", forming.show_places),
    Route("/queues", queues.show_queues, name="queues"),
    Route("/queues/drop", queues.show_drop),
    Route("/queues/drop", queues.drop, methods=["POST"]),
    Route("/queues/restore", queues.restore, methods=["POST"]),
    Route("/queues/retry", queues.retry, methods=["POST"]),
    Route("/queues/retry-all", queues.retry_all, methods=["POST"]),
    Route("/queues/regain", queues.regain, methods=["POST"]),
)
