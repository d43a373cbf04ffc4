import pytest

from cohorts.catalogue.pack import read_pack
from cohorts.problems import BadInputError

PACK = """\
pack: 1
issuers:
  - id: river
    name: River Valley
    ai_rule: forbid
microcredentials:
  - id: wait-time
    name: Wait Time
    issuer: river
    competency: Gives students time to think.
    source: https://river.example.org/wait-time
    checked: 2026-11-23
    parts:
      - id: overview
        title: Overview
        prompts:
          - id: context
            text: Which discussion did you choose?
            min_words: 50
            max_words: 200
        criteria:
          - id: context
            name: The context is clear
            levels:
              Not yet: It cannot be pictured.
              Passing: It can be pictured.
            passing: Passing
"""

CRITERIA = PACK[PACK.index("        criteria:") :]
PROMPTS = PACK[PACK.index("        prompts:") : PACK.index("        criteria:")]

CHECK = "Check the indentation, the colons and the quotation marks on this line and the one before."

BROKEN = {
    "a tab for indentation": (
        "    name: River Valley",
        "\tname: River Valley",
        "4:1: A tab stands here, and YAML does not allow one. Use spaces instead.",
    ),
    "a quotation mark without its partner": (
        "name: Wait Time",
        'name: "Wait Time',
        "28:1: This is not YAML: found unexpected end of stream. " + CHECK,
    ),
    "a colon inside a text": (
        "competency: Gives students time to think.",
        "competency: Gives: time",
        "10:22: This is not YAML: mapping values are not allowed here. " + CHECK,
    ),
    "an alias": (
        "competency: Gives students time to think.",
        "competency: *river",
        "10:17: The alias (*) is not allowed in a pack. Write the lines out in full.",
    ),
    "a tag of a programming language": (
        "name: River Valley",
        "name: !!python/object/apply:os.system [ls]",
        "4:11: The tag “!!python/object/apply:os.system” is not allowed in a pack. Remove it; plain text is enough.",
    ),
    "endless nesting": (
        "competency: Gives students time to think.",
        "competency: " + "[" * 5_000,
        "10:55: The file is nested too deeply here. Check the brackets and the indentation.",
    ),
    "a control character": (
        "name: Wait Time",
        'name: "Wait\\0Time"',
        "8:11: A character stands here that cannot be shown or kept. Delete it and type the text again.",
    ),
    "a key written twice": (
        "    checked: 2026-11-23",
        "    name: Waiting",
        "12:5: “name” is already written on line 8. Keep one of the two.",
    ),
    "a misspelt key": (
        "max_words: 200",
        "max_word: 200",
        "20:13: “max_word” is not known here. Did you mean “max_words”?",
    ),
    "a key that nothing resembles": (
        "    ai_rule: forbid",
        "    ai_rule: forbid\n    zzz: 1",
        "6:5: “zzz” is not known here. Known here: id, name, url, ai_rule, ai_note, assessment_days, translations.",
    ),
    "a missing field": (
        "    name: Wait Time\n",
        "",
        "7:5: “name” is missing. Add it here.",
    ),
    "an empty field": (
        "name: Wait Time",
        "name:",
        "8:10: “name” is empty. Write something, or remove the line if it is not needed.",
    ),
    "a list where a text belongs": (
        "text: Which discussion did you choose?",
        "text: [Which, discussion]",
        "18:19: “text” should be a text. Write words after it, in quotation marks.",
    ),
    "a text where a list belongs": (
        CRITERIA,
        "        criteria: clear context\n",
        "21:19: “criteria” should be a list. Begin each item with a dash on its own line, or write […].",
    ),
    "a number in words": (
        "max_words: 200",
        "max_words: two hundred",
        "20:24: “max_words” should be a whole number, not “two hundred”. Write digits alone, such as 200.",
    ),
    "a limit below nothing": (
        "min_words: 50",
        "min_words: -5",
        "19:24: “min_words” cannot be -5. Write a number of at least 0.",
    ),
    "an unknown AI rule": (
        "ai_rule: forbid",
        "ai_rule: allowed",
        "5:14: “ai_rule” cannot be “allowed”. Write 'forbid', 'disclose' or 'unknown'.",
    ),
    "an id with spaces": (
        "- id: wait-time",
        "- id: Wait Time",
        "7:9: “Wait Time” cannot be an id. Use small letters a–z, digits and single hyphens, such as wait-time.",
    ),
    "a source that is no address": (
        "source: https://river.example.org/wait-time",
        "source: the website",
        "11:13: “the website” is not a web address. Write it in full, beginning with https://.",
    ),
    "a source with half an address": (
        "source: https://river.example.org/wait-time",
        "source: https://[river",
        "11:13: “https://[river” is not a web address. Write it in full, beginning with https://.",
    ),
    "an impossible character number": (
        "name: Wait Time",
        'name: "Wait \\UFFFFFFFF"',
        " An escape such as \\U… in this file stands for no character. Type the character itself.",
    ),
    "a day that does not exist": (
        "checked: 2026-11-23",
        "checked: 2026-02-30",
        "12:14: “2026-02-30” is not a date. Write year-month-day, such as 2026-11-23.",
    ),
    "a date with slashes": (
        "checked: 2026-11-23",
        "checked: 11/23/2026",
        "12:14: “11/23/2026” is not a date. Write year-month-day, such as 2026-11-23.",
    ),
    "no criteria": (
        CRITERIA,
        "        criteria: []\n",
        "21:19: “criteria” needs at least 1, and there are 0. Add what is missing.",
    ),
    "one level only": (
        "              Not yet: It cannot be pictured.\n",
        "",
        "25:15: “levels” needs at least 2, and there is 1. Add what is missing.",
    ),
    "an id used twice": (
        "            min_words: 50\n            max_words: 200\n",
        "          - id: context\n            text: And why?\n",
        "19:17: The id “context” already belongs to number 1 of these prompts. Give each its own id.",
    ),
    "an issuer that is not listed": (
        "issuer: river",
        "issuer: rivers",
        "9:13: There is no issuer “rivers” in this pack. Did you mean “river”?",
    ),
    "a part that asks for nothing": (
        PROMPTS,
        "",
        "14:9: The part “overview” asks for nothing. Add at least one entry under prompts or artifacts.",
    ),
    "limits that cross": (
        "min_words: 50",
        "min_words: 500",
        "19:24: At least 500 words and at most 200 cannot both be kept. Make min_words the smaller of the two.",
    ),
    "a passing level that is not there": (
        "passing: Passing",
        "passing: Pasing",
        "27:22: “Pasing” is not one of the levels. Did you mean “Passing”?",
    ),
    "a passing level that everything reaches": (
        "passing: Passing",
        "passing: Not yet",
        (
            "27:22: “Not yet” is the lowest level, so everything would pass. List the levels from lowest to highest "
            "and name the lowest one that passes."
        ),
    ),
    "levels that differ in case alone": (
        "              Not yet: It cannot be pictured.",
        "              Not yet: It cannot be pictured.\n              NOT YET: Never.",
        "26:15: The level “NOT YET” cannot be told from the others. Give each level its own name in words.",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_pack_says_where_and_how_to_mend_it(name: str) -> None:
    right, wrong, expected = BROKEN[name]
    assert PACK.count(right) >= 1

    with pytest.raises(BadInputError) as caught:
        read_pack("pack.yaml", PACK.replace(right, wrong, 1))

    assert str(caught.value) == f"pack.yaml:{expected}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "pack.yaml:1:1: The file is empty. Start from the example in the documentation."),
        (
            "just words",
            "pack.yaml:1:1: The file should hold fields with names. Write each field as a name, a colon and a value.",
        ),
        (
            "a: 1\n---\nb: 2\n",
            "pack.yaml:2:1: This is not YAML: but found another document. " + CHECK,
        ),
        (
            "a: \x07\n",
            "pack.yaml:1:4: A character stands here that cannot be shown or kept. Delete it and type the text again.",
        ),
        (
            "# " + "x" * 1_000_000,
            "pack.yaml: The file has more than 1,000,000 characters. Split it into several files.",
        ),
    ],
)
def test_a_file_that_is_no_pack_at_all(text: str, expected: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read_pack("pack.yaml", text)

    assert str(caught.value) == expected


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    broken = PACK.replace("forbid", "never").replace("min_words: 50", "min_words: few").replace("11-23", "13-23")

    with pytest.raises(BadInputError) as caught:
        read_pack("pack.yaml", broken)

    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(5, 14), (12, 14), (19, 24)]


def test_problems_are_told_in_the_readers_language() -> None:
    with pytest.raises(BadInputError) as caught:
        read_pack("pack.yaml", PACK.replace("max_words", "max_word"), "es")

    assert str(caught.value) == "pack.yaml:20:13: Aquí no se conoce «max_word». ¿Quiso decir «max_words»?"


def test_a_bomb_of_aliases_is_refused_before_it_opens() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))

    with pytest.raises(BadInputError, match=r"^bomb.yaml:2:10: The alias"):
        read_pack("bomb.yaml", bomb)
