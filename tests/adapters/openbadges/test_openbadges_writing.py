import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft201909Validator

from bot.demo.network import demo_catalogue
from cohorts.catalogue.model import ArtifactRequest, Criterion, Issuer, Level, Microcredential, Part, Prompt
from cohorts.catalogue.openbadges import OfficialSchema, read_achievement, write_achievement

DEMO = demo_catalogue()
ANOTHER_DAY = date(2001, 1, 1)


def through_json(microcredential: Microcredential) -> str:
    return json.dumps(write_achievement(microcredential), ensure_ascii=False, indent=1)


@pytest.mark.parametrize("microcredential", DEMO, ids=lambda microcredential: microcredential.id)
def test_every_demo_entry_validates_and_comes_back_equal(
    microcredential: Microcredential, schema: OfficialSchema
) -> None:
    assert schema.faults(write_achievement(microcredential), credential=False) == []

    assert read_achievement("a.json", through_json(microcredential), schema, ANOTHER_DAY) == microcredential


@pytest.mark.parametrize("microcredential", DEMO, ids=lambda microcredential: microcredential.id)
def test_every_demo_entry_fits_the_assessment_extension(
    microcredential: Microcredential, assessment_schema: Mapping[str, Any]
) -> None:
    credential = {"credentialSubject": {"achievement": write_achievement(microcredential)}}

    assert list(Draft201909Validator(assessment_schema).iter_errors(credential)) == []


def test_readers_that_know_only_the_standard_still_see_limits_rubric_and_parts() -> None:
    achievement = write_achievement(next(each for each in DEMO if each.id == "wait-time"))

    overview, video, *_ = achievement["resultDescription"]
    questions = overview["sections"][0]["questions"]
    assert [(each["questionType"], each["wordLimit"]) for each in questions] == [("TextQuestion", 200)] * 2
    assert video["sections"][0]["questions"][0]["questionType"] == "FileQuestion"
    assert [level["name"] for level in video["rubricCriterionLevel"]] == ["Not yet", "Almost", "Yes"]
    assert video["requiredLevel"] == video["rubricCriterionLevel"][2]["id"]
    assert "## Part 2. Video" in achievement["criteria"]["narrative"]
    ids = [result["id"] for result in achievement["resultDescription"]]
    assert len(ids) == len(set(ids)) == 4


def test_the_language_of_an_entry_stands_where_the_standard_has_it() -> None:
    achievement = write_achievement(next(each for each in DEMO if each.id == "data-driven-small-groups"))
    assert achievement["inLanguage"] == "en"
    assert achievement["cohortium:translations"]["es"]["name"] == "Grupos pequeños a partir de los datos"


def test_an_exported_achievement_survives_inside_a_credential(schema: OfficialSchema) -> None:
    credential = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "urn:example:1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": "https://issuer.example.org",
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"type": ["AchievementSubject"], "achievement": write_achievement(DEMO[0])},
    }

    assert read_achievement("c.json", json.dumps(credential), schema, ANOTHER_DAY) == DEMO[0]


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
some = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


def unique(of: st.SearchStrategy[Any], least: int, most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, min_size=least, max_size=most, unique_by=lambda item: item.id).map(tuple)


@st.composite
def criteria(draw: st.DrawFn) -> Criterion:
    levels = draw(unique(st.builds(Level, id=some, name=words, description=words, points=st.integers(-3, 9)), 1, 3))
    passing = draw(st.sampled_from(levels)).id
    return Criterion(id=draw(some), name=draw(words), description=draw(words), levels=levels, passing=passing)


limits = st.integers(0, 5_000)
parts = st.builds(
    Part,
    id=some,
    title=words,
    intro=words,
    note=words,
    prompts=unique(st.builds(Prompt, id=some, text=words, min_words=limits, max_words=limits), 0, 2),
    artifacts=unique(st.builds(ArtifactRequest, id=some, name=words, note=words, max_words=limits), 0, 2),
    criteria=unique(criteria(), 1, 2),
)
microcredentials = st.builds(
    Microcredential,
    id=some,
    version=words,
    name=words,
    issuer=st.builds(Issuer, id=some, name=some, url=words),
    competency=words,
    key_method=words,
    method_components=st.lists(words, max_size=2).map(tuple),
    stack=words,
    family=words,
    tags=st.lists(words, max_size=2).map(tuple),
    effort_hours=st.none() | st.integers(0, 99),
    parts=unique(parts, 1, 2),
    pass_rule=some,
    source=some,
    checked=st.dates(),
    note=words,
    language=st.sampled_from(["en", "es", "en-US", "zh-Hans-CN"]),
    translations=st.dictionaries(st.sampled_from(["en", "es"]), st.dictionaries(some, words, min_size=1), max_size=2),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(microcredential=microcredentials)
def test_whatever_is_written_is_read_back_equal(microcredential: Microcredential) -> None:
    assert read_achievement("a.json", through_json(microcredential), None, ANOTHER_DAY) == microcredential
