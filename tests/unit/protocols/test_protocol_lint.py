"""Broken protocols and exactly what is said about each."""

import pytest

from cohorts.protocols.lint import HasWords, lint
from cohorts.protocols.load import read_with_positions

GOOD = """\
id: small
version: 1
trust: 1
roles: [presenter, reviewer, participant, facilitator]
reviewers: 3
min_reviewers: 2
steps:
  - id: share
    actors: presenter
    form: [{id: draft}]
  - id: examine
    actors: reviewer
    silent: [presenter]
    visibility: sealed
    form: [{id: see}, {id: try}]
    opens: {after: [share]}
    closes: {school_days: 2}
    reveal: {when: close, stages: [[see], [try]]}
  - id: next
    visibility: none
    closes: {by: deadline}
    opens: {after: [examine]}
    starts: {protocol: small}
"""

CASES = {
    "trust": (
        "trust: 1\n",
        "",
        ["1:1: The trust level is missing. Add `trust: 1` for any group … `trust: 3` for established ones."],
    ),
    "min reviewers": (
        "min_reviewers: 2",
        "min_reviewers: 4",
        ["6:1: 4 reviewers are needed, but only 3 are asked. Lower `min_reviewers` or raise `reviewers`."],
    ),
    "no reviewer role": (
        "roles: [presenter, reviewer,",
        "roles: [presenter,",
        [
            '5:1: Reviewers are asked, but there is no role "reviewer". Add it to `roles`.',
            (
                '12:5: Step "examine" is for "reviewer", which is no role. Declare it in `roles` or use one of: '
                "presenter, participant, facilitator."
            ),
        ],
    ),
    "unknown after": (
        "after: [share]",
        "after: [shard]",
        [
            '16:21: Step "examine" comes after "shard", which is no step. Use one of: share, examine, next.',
            '22:13: Step "next" can never open. What it waits for never ends; mend that first.',
        ],
    ),
    "cycle": (
        "after: [share]",
        "after: [share, next]",
        [
            '16:13: Step "examine" waits for itself. Break the circle of `after`.',
            '22:13: Step "next" waits for itself. Break the circle of `after`.',
        ],
    ),
    "unreachable": (
        "after: [share]",
        "after: [examine]",
        [
            '16:13: Step "examine" waits for itself. Break the circle of `after`.',
            '22:13: Step "next" can never open. What it waits for never ends; mend that first.',
        ],
    ),
    "unknown actors": (
        "actors: presenter",
        "actors: author",
        [
            (
                '9:5: Step "share" is for "author", which is no role. Declare it in `roles` or use one of: presenter, '
                "reviewer, participant, facilitator."
            )
        ],
    ),
    "unknown silent": (
        "silent: [presenter]",
        "silent: [author]",
        [
            (
                '13:14: Step "examine" silences "author", which is no role. Declare it in `roles` or use one of: '
                "presenter, reviewer, participant, facilitator."
            )
        ],
    ),
    "silent actor": (
        "silent: [presenter]",
        "silent: [reviewer]",
        ['13:14: Step "examine" silences "reviewer", who acts in it. Take it out of `silent`.'],
    ),
    "unknown each": (
        "starts: {protocol: small}",
        "starts: {protocol: small, each: author}",
        [
            (
                '23:31: Step "next" starts a run for each "author", which is no role. Declare it in '
                "`roles` or use one of: "
                "presenter, reviewer, participant, facilitator."
            )
        ],
    ),
    "unknown protocol": (
        "starts: {protocol: small}",
        "starts: {protocol: large}",
        ['23:14: Step "next" starts "large", which is no protocol. Use one of: small.'],
    ),
    "sealed without reveal": (
        "    reveal: {when: close, stages: [[see], [try]]}\n",
        "",
        [
            (
                '14:5: Step "examine" is sealed and never revealed together. Add `reveal: {when: close}` or use '
                "`visibility: private`."
            )
        ],
    ),
    "reveal without sealed": (
        "visibility: sealed",
        "visibility: thread",
        ['18:5: Step "examine" reveals what is not sealed. Use `visibility: sealed` or drop `reveal`.'],
    ),
    "unknown field in a stage": (
        "[[see], [try]]",
        "[[see], [tries]]",
        ['18:43: Stage 2 of step "examine" shows "tries", which is no field of its form. Use one of: see, try.'],
    ),
    "two steps of one id": (
        "- id: next",
        "- id: share",
        ['19:5: There are two steps "share". Give one of them another id.'],
    ),
    "two fields of one id": (
        "[{id: see}, {id: try}]",
        "[{id: see}, {id: try}, {id: try}]",
        ['15:5: Step "examine" has two fields "try". Give one of them another id.'],
    ),
    "no window": (
        "closes: {school_days: 2}",
        "closes: {school_days: 0}",
        ['17:14: Step "examine" leaves less than one school day. Write `school_days: 1` or more.'],
    ),
    "no share": (
        "closes: {school_days: 2}",
        "closes: {share: 75}",
        ['17:14: The share of step "examine" is not a part of the actors. Write a number above 0 and up to 1.'],
    ),
    "no form": (
        "    form: [{id: draft}]\n",
        "",
        [
            (
                '8:5: Step "share" waits for answers, but its form has no fields. Add `form`, or '
                "close by deadline and let "
                "people talk in the thread."
            )
        ],
    ),
    "form and starts": (
        "    visibility: none\n",
        "    form: [{id: x}]\n",
        ['20:5: Step "next" starts another protocol and has a form too. Ask in a step of its own.'],
    ),
    "no options": (
        "[{id: draft}]",
        "[{id: draft, kind: choice}]",
        ['10:12: Field "draft" of step "share" offers no options. Add `options`.'],
    ),
    "impossible words": (
        "[{id: draft}]",
        "[{id: draft, min_words: 9, max_words: 5}]",
        ['10:12: Field "draft" of step "share" wants more words than it allows. Make `min_words` at most `max_words`.'],
    ),
    "week beyond the end": (
        "after: [share]",
        "after: [share], week: 2",
        ['16:29: Step "examine" opens in week 2 of 0. Raise `weeks` or choose an earlier week.'],
    ),
}

CYCLE = """\
id: cycle
version: 1
trust: 1
weeks: 3
steps:
  - {id: a, kinds: [content, active, collaborative, sustained], form: [{id: x}]}
  - {id: b, kinds: [model, feedback, reflection], form: [{id: x}], opens: {after: [a], week: 3}}
  - {id: c, form: [{id: x}], opens: {after: [b], week: 3}}
"""


def everything(language: str, key: str) -> bool:
    return bool(language and key)


def said(text: str, has: HasWords = everything, known: tuple[str, ...] | None = ("small",)) -> list[str]:
    protocol, positions = read_with_positions("f", text)
    return [str(problem).removeprefix("f:") for problem in lint(protocol, positions, has, known)]


def test_a_good_protocol_has_no_faults() -> None:
    assert said(GOOD) == []
    assert said(CYCLE) == []


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_told_with_place_and_mend(name: str) -> None:
    before, after, expected = CASES[name]
    assert before in GOOD
    assert said(GOOD.replace(before, after, 1)) == expected


def test_weeks_follow_the_steps() -> None:
    assert said(CYCLE.replace("after: [b], week: 3", "after: [b], week: 2")) == [
        '8:50: Step "c" opens in week 2, but comes after "b" of week 3. Put the weeks in the order of the steps.'
    ]


def test_a_week_asks_at_most_two_things_of_a_person() -> None:
    more = CYCLE + "  - {id: d, form: [{id: x}], opens: {after: [c]}}\n"
    assert said(more) == [
        (
            '9:5: Week 3 asks more than 2 things of a "participant"; "d" is the next. Move it to '
            "another week or merge it "
            "with another step."
        )
    ]


def test_a_cycle_has_every_feature_of_good_professional_learning() -> None:
    assert said(CYCLE.replace("model, feedback, reflection", "model")) == [
        '5:1: No step is of the kind "feedback". Good professional learning has all seven.',
        '5:1: No step is of the kind "reflection". Good professional learning has all seven.',
    ]


def test_words_are_missed_in_each_language() -> None:
    absent = {("es", "protocol-small.share.prompt"), ("en", "protocol-small.examine.see.label")}
    absent |= {(language, "protocol-small.title") for language in ("en", "es")}
    assert said(GOOD, lambda language, key: (language, key) not in absent) == [
        '1:1: "title" has no words in: en, es. Add `## title` to protocol-small.md.',
        '8:5: "share.prompt" has no words in: es. Add `## share.prompt` to protocol-small.md.',
        '15:12: "examine.see.label" has no words in: en. Add `## examine.see.label` to protocol-small.md.',
    ]


def test_what_may_be_started_is_left_unchecked_when_unknown() -> None:
    assert said(GOOD.replace("protocol: small", "protocol: large"), known=None) == []
