"""While a new version comes in, workers of this one read what it has written."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from cohorts.forming.explain import explain, explain_unplaced
from cohorts.forming.form import form_cohorts
from cohorts.forming.ladder import Widening
from cohorts.forming.model import Candidate, Policy, Proposal, Reason

NOW = datetime(2026, 1, 12, 15, tzinfo=UTC)


@pytest.fixture
def proposal(candidate: Callable[..., Candidate]) -> Proposal:
    people = [candidate(name) for name in ("ana", "bo", "cam", "dee", "eva")]
    alone = candidate("zoe", language="es")
    return form_cohorts([*people, alone], Policy(), 7, NOW)


def test_a_proposal_with_words_and_fields_of_a_newer_version_is_read(proposal: Proposal) -> None:
    body = json.loads(proposal.model_dump_json())
    body["mood"] = "new"
    group, seat = body["groups"][0], body["groups"][0]["members"][0]
    group["colour"], seat["chair"] = "red", 1
    seat["terms"] |= {"rung": "anywhere", "traded": ["hours", "weather"], "luck": 1}
    body["unplaced"]["zoe"] |= {"code": "moon", "phase": 3}
    read = Proposal.model_validate_json(json.dumps(body))
    mine = read.seat_of(seat["educator_id"])
    assert mine is not None
    assert (mine.terms.rung, mine.terms.traded, mine.asked) == ("mixed", ("hours",), True)
    assert read.groups[0].rung == "mixed"
    assert read.unplaced["zoe"] == Reason(code="too_few", needed=proposal.unplaced["zoe"].needed)
    assert explain(read, mine.educator_id, "en", "UTC")
    assert explain_unplaced(read.unplaced["zoe"], "en")


def test_what_is_known_is_read_as_it_was(proposal: Proposal) -> None:
    assert Proposal.model_validate_json(proposal.model_dump_json()) == proposal


def test_of_a_step_that_is_not_known_nothing_is_agreed_to() -> None:
    body = '{"widest": "anywhere", "declined": ["stack", "anywhere"], "waits_on": 10, "since": "May"}'
    assert Widening.model_validate_json(body) == Widening(declined=("stack",), waits_on=10)
