import json
from datetime import date
from pathlib import Path

import pytest

from cohorts.catalogue.openbadges import OfficialSchema, read_achievement
from cohorts.problems import BadInputError

TODAY = date(2026, 11, 23)


def test_wait_time_with_rubric_sections_and_word_limits(openbadges_data: Path, schema: OfficialSchema) -> None:
    text = (openbadges_data / "wait-time.achievement.json").read_text("utf-8")

    wait_time = read_achievement("wait-time.achievement.json", text, schema, TODAY)

    assert (wait_time.name, wait_time.version, wait_time.checked) == ("Wait Time", "1", TODAY)
    assert wait_time.source == "https://coop.example.org/achievements/wait-time"
    overview, video = wait_time.parts
    # The file hangs the section “Part 1” under the result of Part 2, and lists the passing value first.
    assert [(prompt.text, prompt.max_words) for prompt in overview.prompts] == [("Activity description", 200)]
    (status,) = overview.criteria
    assert [level.name for level in status.levels] == ["Not Passing", "Passing"]
    assert status.passing == status.levels[1].id
    assert [artifact.name for artifact in video.artifacts] == ["One classroom video"]
    (rubric,) = video.criteria
    assert [(level.name, level.points) for level in rubric.levels] == [("Not Yet", 0), ("Almost", 1), ("Yes", 2)]
    assert rubric.passing == rubric.levels[2].id


@pytest.mark.parametrize(
    ("name", "achievement", "issuer"),
    [
        ("basicOpenBadgeCredential.json", "Teamwork", "Example Corp"),
        ("fullOpenBadge.json", "1EdTech University Degree", "1EdTech University"),
        ("achievementAlignmentCase.json", "Text analysis", "Example University"),
        ("skillAssertionCtdl.json", "Linear equations and inequalities", "Example Industry Group"),
    ],
)
def test_the_achievement_inside_a_credential(
    openbadges_data: Path, schema: OfficialSchema, name: str, achievement: str, issuer: str
) -> None:
    text = (openbadges_data / "spec-examples" / name).read_text("utf-8")

    found = read_achievement(name, text, schema, TODAY)

    assert (found.name, found.issuer.name) == (achievement, issuer)
    assert found == read_achievement(name, text, None, TODAY)
    assert all(part.criteria for part in found.parts)


def test_whoever_earned_the_credential_is_left_behind(openbadges_data: Path, schema: OfficialSchema) -> None:
    text = (openbadges_data / "spec-examples" / "fullOpenBadge.json").read_text("utf-8")

    kept = read_achievement("full.json", text, schema, TODAY).model_dump_json()

    for personal in ("did:example", "student@1edtech.edu", "somebody@gmail.com", "A-9320041"):
        assert personal in text
        assert personal not in kept


def test_values_listed_best_first_are_turned_around(openbadges_data: Path, schema: OfficialSchema) -> None:
    text = (openbadges_data / "spec-examples" / "fullOpenBadge.json").read_text("utf-8")

    grades, *_ = read_achievement("full.json", text, schema, TODAY).parts

    assert [level.name for level in grades.criteria[0].levels] == ["D", "C", "B", "A"]
    assert grades.criteria[0].passing == grades.criteria[0].levels[1].id


def rubric(*names: str, required: str) -> str:
    levels = [{"id": f"urn:{name}", "type": ["RubricCriterionLevel"], "name": name} for name in names]
    result: dict[str, object] = {
        "id": "urn:r",
        "type": ["ResultDescription"],
        "name": "R",
        "resultType": "RubricCriterionLevel",
    }
    result |= {"rubricCriterionLevel": levels} | ({"requiredLevel": f"urn:{required}"} if required else {})
    achievement = {"id": "urn:a", "type": ["Achievement"], "name": "N", "description": "D", "criteria": {}}
    return json.dumps(achievement | {"resultDescription": [result]})


@pytest.mark.parametrize(
    ("names", "required", "ordered", "passing"),
    [
        (("Low", "Mid", "High"), "Mid", ["Low", "Mid", "High"], "Mid"),
        (("High", "Low"), "High", ["Low", "High"], "High"),
        (("Low", "High"), "", ["Low", "High"], "High"),
    ],
)
def test_a_rubric_without_points(names: tuple[str, ...], required: str, ordered: list[str], passing: str) -> None:
    (part,) = read_achievement("a.json", rubric(*names, required=required), None, TODAY).parts

    (criterion,) = part.criteria
    assert [level.name for level in criterion.levels] == ordered
    assert [level.points for level in criterion.levels] == list(range(len(names)))
    assert [level.name for level in criterion.levels if level.id == criterion.passing] == [passing]


def test_a_badge_class_of_open_badges_2() -> None:
    text = json.dumps(
        {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "BadgeClass",
            "id": "https://river.example.org/badges/wait",
            "name": "Wait Time",
            "description": "Waits.",
            "image": "https://river.example.org/wait.png",
            "criteria": {"narrative": "Show a video."},
            "issuer": {"id": "https://river.example.org", "type": "Profile", "name": "River Valley"},
            "tags": ["questioning"],
        }
    )

    badge = read_achievement("badge.json", text, None, TODAY)

    assert (badge.name, badge.competency, badge.tags) == ("Wait Time", "Waits.", ("questioning",))
    assert (badge.issuer.name, badge.source) == ("River Valley", "https://river.example.org/badges/wait")
    (part,) = badge.parts
    assert (part.intro, [level.name for level in part.criteria[0].levels]) == ("Show a video.", ["Not yet", "Met"])


def test_criteria_and_issuer_of_open_badges_2_may_be_addresses() -> None:
    text = json.dumps(
        {
            "type": ["BadgeClass"],
            "id": "urn:x",
            "name": "N",
            "description": "D",
            "criteria": "https://a.example/criteria",
            "issuer": "https://a.example",
        }
    )

    badge = read_achievement("badge.json", text, None, TODAY)

    assert (badge.source, badge.issuer.name) == ("https://a.example/criteria", "https://a.example")


def test_reading_again_gives_the_same_ids(openbadges_data: Path) -> None:
    text = (openbadges_data / "wait-time.achievement.json").read_text("utf-8")

    assert read_achievement("a.json", text, None, TODAY) == read_achievement("b.json", text, None, TODAY)


def test_the_clr_examples_are_refused_because_their_types_are_no_lists(openbadges_data: Path) -> None:
    text = (openbadges_data / "spec-examples" / "linked-data-proof-clr_1.json").read_text("utf-8")

    with pytest.raises(BadInputError, match=r"^clr.json:15:13: “type” should be a list\. Write \[\"…\"\]\.$"):
        read_achievement("clr.json", text, None, TODAY)
