import pytest

from cohorts.catalogue.model import Microcredential
from cohorts.evidence.model import Artifact, Draft
from tests.unit.evidence.builders import all_of_it, wait_time_entry


@pytest.fixture
def wait_time() -> Microcredential:
    return wait_time_entry()


@pytest.fixture
def whole() -> tuple[tuple[Draft, ...], tuple[Artifact, ...]]:
    return all_of_it()
