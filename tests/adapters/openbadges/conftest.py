import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cohorts.catalogue.openbadges import OfficialSchema, read_schema

SCHEMA = "ob_v3p0_achievementcredential_schema.json"


@pytest.fixture(scope="session")
def openbadges_data() -> Path:
    shared = os.environ.get("COHORTIUM_SHARED")
    if not shared:
        pytest.skip("COHORTIUM_SHARED is not set")
    return Path(shared) / "data" / "openbadges"


@pytest.fixture(scope="session")
def schema(openbadges_data: Path) -> OfficialSchema:
    return read_schema(SCHEMA, (openbadges_data / SCHEMA).read_text("utf-8"))


@pytest.fixture(scope="session")
def assessment_schema(openbadges_data: Path) -> Mapping[str, Any]:
    """The published file says `#/definitions` where it means `#/$defs`; mended here, as no validator can follow it."""
    text = (openbadges_data / "extensions_assessmentExtension_v2p0_schema.json").read_text("utf-8")
    mended: dict[str, Any] = json.loads(text.replace("#/definitions/", "#/$defs/"))
    return mended
