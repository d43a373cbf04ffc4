"""Reading a protocol: every fault of form with its line and column."""

import pytest

from cohorts.problems import BadInputError
from cohorts.protocols.load import UnknownProtocolError, latest, read_protocol, read_with_positions, shipped

GOOD = """\
id: small
version: 2
trust: 1
steps:
  - id: say
    form:
      - {id: words, max_words: 40}
    opens: {school_days: 1}
"""


def faults(text: str) -> list[str]:
    with pytest.raises(BadInputError) as raised:
        read_protocol("small.yaml", text)
    return [str(problem) for problem in raised.value.problems]


def test_a_protocol_is_read_with_its_defaults() -> None:
    protocol = read_protocol("small.yaml", GOOD)
    assert (protocol.id, protocol.version, protocol.weeks) == ("small", 2, 0)
    assert protocol.step("say").form[0].max_words == 40
    assert protocol.step("say").closes.by == "quorum"


def test_positions_name_line_and_column_of_every_value() -> None:
    _, positions = read_with_positions("small.yaml", GOOD)
    assert positions.marks["steps", 0, "form", 0, "max_words"] == (7, 21)
    assert positions.has("trust")
    assert not positions.has("weeks")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("trust: 1", "trsut: 1", ['small.yaml:3:1: There is no "trsut" here. Did you mean "trust"?']),
        ("form:", "from:", ['small.yaml:6:5: There is no "from" here. Did you mean "form"?']),
        ("max_words", "max_word", ['small.yaml:7:21: There is no "max_word" here. Did you mean "max_words"?']),
        (
            "school_days: 1",
            "zzz: 1",
            ['small.yaml:8:13: There is no "zzz" here. Known here: after, school_days, week.'],
        ),
        ("id: small\n", "", ['small.yaml:1:1: "id" is missing. Add `id:`.']),
        ("  - id: say\n    form", "  - form", ['small.yaml:5:5: "id" is missing. Add `id:`.']),
        ("trust: 1", "trust: 4", ['small.yaml:3:1: "trust" is not right. Input should be 1, 2 or 3.']),
        (
            "version: 2",
            "version: two",
            [
                (
                    'small.yaml:2:1: "version" is not right. Input should be a valid integer, '
                    "unable to parse string as "
                    "an integer."
                )
            ],
        ),
        ("trust: 1", "trust: 1\ntrust: 2", ['small.yaml:4:1: "trust" stands here twice. Keep one of them.']),
        (
            "{id: words",
            "{id: words}}",
            ["small.yaml:7:20: This is not YAML: expected <block end>, but found '}'. Check indentation and quotes."],
        ),
        ("opens: {school_days: 1}", "opens: 3", None),
    ],
)
def test_each_fault_is_told_with_its_place(before: str, after: str, expected: list[str] | None) -> None:
    found = faults(GOOD.replace(before, after))
    if expected is None:
        assert found[0].startswith('small.yaml:8:5: "opens" is not right.')
    else:
        assert found == expected


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    assert [fault.split(": ")[0] for fault in faults(GOOD.replace("id: small", "ID: x").replace("opens", "open"))] == [
        "small.yaml:1:1",
        "small.yaml:1:1",
        "small.yaml:8:5",
    ]


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "words"])
def test_what_is_no_protocol_at_all(text: str) -> None:
    assert faults(text) == ["small.yaml:1:1: A protocol is a list of keys and values. Begin with `id: my-protocol`."]


def test_a_control_character_is_no_yaml() -> None:
    assert faults("id: \x07")[0].startswith("small.yaml: This is not YAML:")


def test_the_shipped_protocols_are_found_by_id_and_version() -> None:
    assert set(shipped()) == {("check-in", 1), ("inquiry-cycle", 1), ("sealed-round", 1), ("tune-a-draft", 1)}
    assert latest("tune-a-draft") == shipped()["tune-a-draft", 1]
    with pytest.raises(UnknownProtocolError):
        latest("tune")
