from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.catalogue.openbadges import OfficialSchema, read_achievement, read_schema
from cohorts.problems import BadInputError

TODAY = date(2026, 11, 23)

ACHIEVEMENT = """\
{
  "id": "urn:example:wait",
  "type": ["Achievement"],
  "name": "Wait Time",
  "description": "Waits.",
  "criteria": {"narrative": "Show it."},
  "creator": {"id": "https://river.example.org", "type": ["Profile"], "name": "River"},
  "tag": ["questioning"],
  "resultDescription": [
    {
      "id": "urn:example:result",
      "type": ["ResultDescription"],
      "name": "Video",
      "resultType": "RubricCriterionLevel",
      "rubricCriterionLevel": [
        {"id": "urn:example:no", "type": ["RubricCriterionLevel"], "name": "Not yet", "points": "0"},
        {"id": "urn:example:yes", "type": ["RubricCriterionLevel"], "name": "Yes", "points": "1"}
      ],
      "requiredLevel": "urn:example:yes",
      "sections": [
        {"title": "Video", "questions": [{"questionType": "TextQuestion", "text": "When?", "wordLimit": 200}]}
      ]
    },
    {
      "id": "urn:example:status",
      "type": ["ResultDescription"],
      "name": "Status",
      "resultType": "Status",
      "allowedValue": ["Not passing", "Passing"],
      "requiredValue": "Passing"
    }
  ]
}
"""

BROKEN = {
    "a comma too few": (
        '"Wait Time",',
        '"Wait Time"',
        "5:3: This is not JSON: Expecting ',' delimiter. {check}",
    ),
    "not a number": (
        '"wordLimit": 200',
        '"wordLimit": NaN',
        " This is not JSON: NaN is not a JSON number. {check}",
    ),
    "a key written twice": (
        '"tag": ["questioning"]',
        '"name": "Waiting"',
        "8:3: “name” is already written on line 4. Keep one of the two.",
    ),
    "a block written twice": (
        '"tag": ["questioning"]',
        '"creator": {"id": "urn:c", "type": ["Profile"]}',
        "8:3: “creator” is already written on line 7. Keep one of the two.",
    ),
    "half a character": (
        '"Waits."',
        '"Waits \\ud83d"',
        "5:18: A character stands here that cannot be shown or kept. Delete it and type the text again.",
    ),
    "endless nesting": (
        '["questioning"]',
        "[" * 60 + "]" * 60,
        "8:49: The file is nested too deeply here. Check the brackets and the indentation.",
    ),
    "no name": (
        '  "name": "Wait Time",\n',
        "",
        "1:1: “name” is missing. Add it here.",
    ),
    "nothing where a text belongs": (
        '"description": "Waits."',
        '"description": null',
        "5:18: “description” is empty. Write something, or remove the line if it is not needed.",
    ),
    "a type that is no list": (
        '"type": ["Achievement"]',
        '"type": "Achievement"',
        '3:11: “type” should be a list. Write ["…"].',
    ),
    "a type of something else": (
        '"type": ["Achievement"]',
        '"type": ["Award"]',
        '3:11: “type” lacks “Achievement”. Write ["Achievement"].',
    ),
    "criteria as a text": (
        '"criteria": {"narrative": "Show it."}',
        '"criteria": "Show it."',
        "6:15: “criteria” should hold fields with names. Write each field as a name, a colon and a value.",
    ),
    "a tag that is no list": (
        '"tag": ["questioning"]',
        '"tag": "questioning"',
        '8:10: “tag” should be a list. Write ["…"].',
    ),
    "a creator without an id": (
        '{"id": "https://river.example.org", ',
        "{",
        "7:14: “id” is missing. Add it here.",
    ),
    "an unknown result type": (
        '"resultType": "Status"',
        '"resultType": "Feeling"',
        "28:21: “Feeling” does not have the form that “resultType” needs. {see}",
    ),
    "a level without a name": (
        ', "name": "Not yet"',
        "",
        "16:9: “name” is missing. Add it here.",
    ),
    "points as a number": (
        '"points": "0"',
        '"points": 0',
        "16:97: “points” should be a text. Write words after it, in quotation marks.",
    ),
    "a word limit in words": (
        '"wordLimit": 200',
        '"wordLimit": "200"',
        "21:105: “wordLimit” should be a whole number, not “200”. Write digits alone, such as 200.",
    ),
    "an unknown kind of question": (
        '"TextQuestion"',
        '"EssayQuestion"',
        "21:59: “questionType” cannot be “EssayQuestion”. Write 'ExternalQuestion', 'FileQuestion' or 'TextQuestion'.",
    ),
    "a required level that is not there": (
        '"requiredLevel": "urn:example:yes"',
        '"requiredLevel": "urn:example:maybe"',
        "19:24: “urn:example:maybe” is not the id of one of this criterion's levels. {listed}",
    ),
    "a required value that is not allowed": (
        '"requiredValue": "Passing"',
        '"requiredValue": "Pass"',
        "30:24: “Pass” is not one of the allowed values. Did you mean “Passing”?",
    ),
    "a result id used twice": (
        '"urn:example:status"',
        '"urn:example:result"',
        "25:13: The id “urn:example:result” is used twice. Give each its own id.",
    ),
    "a level id used twice": (
        '"id": "urn:example:no"',
        '"id": "urn:example:yes"',
        "17:16: The id “urn:example:yes” is used twice. Give each its own id.",
    ),
    "a language that is a number": (
        '"tag": ["questioning"]',
        '"inLanguage": 1',
        "8:17: “inLanguage” should be a text. Write words after it, in quotation marks.",
    ),
    "a language by its name": (
        '"tag": ["questioning"]',
        '"inLanguage": "German"',
        "8:17: “German” is not a language code. Write two letters, such as en or es.",
    ),
}

MENDS = {
    "check": "Check the commas, brackets and quotation marks on this line and the one before.",
    "see": "See “resultType” in the Open Badges specification.",
    "listed": "Write the id of a level listed under rubricCriterionLevel.",
    "kinds": "It should be an Achievement or an AchievementCredential (3.0) or a BadgeClass (2.0); check “type”.",
    "block": "should hold fields with names. Write each field as a name, a colon and a value.",
}


def refusal(text: str, schema: OfficialSchema | None = None) -> str:
    with pytest.raises(BadInputError) as caught:
        read_achievement("a.json", text, schema, TODAY)
    return str(caught.value)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_achievement_says_where_and_how_to_mend_it_without_the_official_schema(name: str) -> None:
    right, wrong, expected = BROKEN[name]
    assert ACHIEVEMENT.count(right) >= 1

    assert refusal(ACHIEVEMENT.replace(right, wrong, 1)) == f"a.json:{expected.format(**MENDS)}"


def test_the_achievement_itself_is_sound(schema: OfficialSchema) -> None:
    assert read_achievement("a.json", ACHIEVEMENT, schema, TODAY).name == "Wait Time"


ONLY_OFFICIAL = {
    '"achievementType": "Medal"': (
        "8:22: “Medal” does not have the form that “achievementType” needs. "
        "See “achievementType” in the Open Badges specification."
    ),
    '"image": {"id": "urn:i", "type": "Photo"}': ("8:36: “type” cannot be “Photo”. Write “Image”."),
    '"alignment": [{"type": ["Alignment"], "targetName": "A"}]': "8:17: “targetUrl” is missing. Add it here.",
    '"image": {"id": "urn:i", "type": "Image", "size": 3}': (
        "8:12: The official Open Badges schema refuses this: Additional properties are not allowed (…. "
        "See the Open Badges 3.0 specification for “image”."
    ),
    '"related": [{"id": "urn:r", "type": []}]': (
        "8:39: “type” needs at least 1, and there are 0. Add what is missing.\n"
        'a.json:8:39: “type” lacks “Related”. Write ["Related"].'
    ),
    '"related": [{"id": "urn:r", "type": ["Friend"]}]': '8:39: “type” lacks “Related”. Write ["Related"].',
}


@pytest.mark.parametrize("wrong", ONLY_OFFICIAL)
def test_what_only_the_official_schema_knows(schema: OfficialSchema, wrong: str) -> None:
    text = ACHIEVEMENT.replace('"tag": ["questioning"]', wrong)

    assert read_achievement("a.json", text, None, TODAY).name == "Wait Time"
    assert refusal(text, schema) == f"a.json:{ONLY_OFFICIAL[wrong]}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: This is not JSON: Expecting value. {check}"),
        ("[]", "1:1: This is not an Open Badges file. {kinds}"),
        ('{"type": 5}', "1:1: This is not an Open Badges file. {kinds}"),
        ('{"type": ["Badge"]}', "1:1: This is not an Open Badges file. {kinds}"),
        (
            '{"credentialSubject": []}',
            "1:23: “credentialSubject” {block}",
        ),
        ('{"credentialSubject": {}}', "1:23: “achievement” is missing. Add it here."),
        ('{"credentialSubject": {"achievement": []}}', "1:39: “achievement” {block}"),
        (
            '{"type": "BadgeClass", "id": "u", "name": "n", "description": "d", "criteria": "c"}',
            "1:1: “issuer” is missing. Add it here.",
        ),
        (" " * 1_000_001, " The file has more than 1,000,000 characters. Split it into several files."),
        ("[" * 100_000, " The file is nested too deeply here. Check the brackets and the indentation."),
    ],
)
def test_other_files(text: str, expected: str) -> None:
    assert refusal(text) == f"a.json:{expected.format(**MENDS)}"


def test_a_credential_without_its_issuer_fails_the_official_schema(schema: OfficialSchema) -> None:
    credential = f'{{"credentialSubject": {{"type": ["AchievementSubject"], "achievement": {ACHIEVEMENT}}}}}'

    found = refusal(credential, schema).splitlines()

    names = ("@context", "id", "type", "issuer", "validFrom")
    assert found == [f"a.json:1:1: “{name}” is missing. Add it here." for name in names]


@pytest.mark.parametrize("text", ['{"$defs": {}}', "[]", '{"$defs": {"Achievement": {"type": "nonsense"}}}'])
def test_a_schema_that_is_something_else_is_refused(text: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read_schema("schema.json", text)

    assert str(caught.value) == (
        "schema.json:1:1: This is not the Open Badges 3.0 schema. Give the path of "
        "ob_v3p0_achievementcredential_schema.json as 1EdTech publishes it."
    )


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_but_never_breaks_the_reader(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(ACHIEVEMENT)))
    removed = data.draw(st.integers(0, 30))
    inserted = data.draw(st.text(st.sampled_from('\t\n{}[]:,"\\u0d1e-+.truefalsn é'), max_size=8))
    damaged = ACHIEVEMENT[:position] + inserted + ACHIEVEMENT[position + removed :]

    try:
        read_achievement("a.json", damaged, None, TODAY)
    except BadInputError as error:
        problems = error.problems
    else:
        problems = ()
    assert all(problem.what and problem.mend for problem in problems)
