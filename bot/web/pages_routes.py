"""The pages beside the chat, for `build_web(…, more=PAGES)`."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route

from .evidence import pages as evidence
from .facilitator import pages as facilitator
from .forming import pages as forming

PAGES: Sequence[BaseRoute] = (
    Route("/evidence", evidence.show_evidence, name="evidence"),
    Route("/evidence/{microcredential}", evidence.show_evidence),
    Route("/facilitator", facilitator.show_cohorts, name="facilitator"),
    Route("/facilitator/{cohort}", facilitator.show_cohort),
    Route("/forming", forming.show_forming, name="forming"),
    Route("/forming/approve", forming.show_approval),
)
