"""The shipped demo catalogue keeps the structure of the real microcredentials it stands for."""

from collections import Counter
from importlib.resources import files

import pytest

from cohorts.catalogue.model import Microcredential
from cohorts.catalogue.pack import read_pack


@pytest.fixture(scope="module")
def catalogue() -> dict[str, Microcredential]:
    text = (files("prompts") / "catalogue" / "demo.yaml").read_text("utf-8")
    return {microcredential.id: microcredential for microcredential in read_pack("demo.yaml", text)}


def test_there_are_enough_and_some_have_neighbours(catalogue: dict[str, Microcredential]) -> None:
    stacks = Counter(microcredential.stack for microcredential in catalogue.values())
    families = Counter(microcredential.family for microcredential in catalogue.values())

    assert len(catalogue) >= 7
    assert stacks["Questioning and classroom talk"] == stacks["Restorative practices"] == 2
    assert sum(1 for count in families.values() if count > 1) >= 3


def test_wait_time_has_its_four_parts_and_limits(catalogue: dict[str, Microcredential]) -> None:
    overview, video, students, reflection = catalogue["wait-time"].parts

    assert [prompt.max_words for prompt in overview.prompts] == [200, 200]
    assert [(artifact.kind, artifact.count, artifact.consent) for artifact in video.artifacts] == [("video", 1, True)]
    assert [(artifact.kind, artifact.count, artifact.max_words) for artifact in students.artifacts] == [
        ("student_reflection", 2, 200)
    ]
    assert video.criteria[0].passing == "yes"
    assert "not what it asks" in reflection.note


def test_nea_asks_for_ranges_and_forbids_ai(catalogue: dict[str, Microcredential]) -> None:
    circles = catalogue["restorative-circles"]

    assert (circles.issuer.ai_rule, circles.effort_hours) == ("forbid", 15)
    assert {(prompt.min_words, prompt.max_words) for part in circles.parts for prompt in part.prompts} == {(250, 300)}
    assert [artifact.kind for artifact in circles.parts[1].artifacts] == ["plan", "text", "student_reflection"]


def test_bloomboard_has_four_requirements_and_three_levels(catalogue: dict[str, Microcredential]) -> None:
    groups = catalogue["data-driven-small-groups"]

    assert [part.title for part in groups.parts] == ["Analyze", "Design", "Implement", "Evaluate"]
    for part in groups.parts:
        for criterion in part.criteria:
            assert [level.name for level in criterion.levels] == ["Not Met", "Progressing", "Demonstrated"]
            assert criterion.passing == "demonstrated"


def test_ed_leaders_network_has_least_lengths_and_four_outcomes(catalogue: dict[str, Microcredential]) -> None:
    first, product, last = catalogue["leading-professional-learning"].parts

    assert [part.prompts[0].min_words for part in (first, last)] == [1000, 500]
    assert len(product.criteria) == 4


def test_albemarle_passes_at_level_three_on_four_sub_indicators(catalogue: dict[str, Microcredential]) -> None:
    teaching = catalogue["culturally-responsive-teaching"]

    assert len(teaching.parts[1].criteria) == 4
    assert {criterion.passing for part in teaching.parts for criterion in part.criteria} == {"level-3"}


def test_every_text_says_where_its_structure_comes_from(catalogue: dict[str, Microcredential]) -> None:
    for microcredential in catalogue.values():
        assert microcredential.source.startswith("http")
        assert all(level.description for part in microcredential.parts for c in part.criteria for level in c.levels)
