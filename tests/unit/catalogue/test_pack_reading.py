from datetime import date
from textwrap import dedent

from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.catalogue import pack
from cohorts.catalogue.model import ArtifactRequest, Issuer, Level, Prompt
from cohorts.catalogue.pack import read_pack
from cohorts.problems import BadInputError

PACK = """\
pack: 1
issuers:
  - {id: river, name: River Valley, url: https://river.example.org, ai_rule: disclose, assessment_days: 5}
microcredentials:
  - id: wait-time
    version: 007
    name: Wait Time
    issuer: river
    competency: >
      Gives students
      time to think.
    tags: [yes, 2026]
    effort_hours: 15
    source: https://river.example.org/wait-time
    checked: 2026-11-23
    parts:
      - id: video
        title: Video
        prompts:
          - {id: when, text: "At which minute?", min_words: 10, max_words: 200}
        artifacts:
          - {id: clip, name: One video, kind: video, consent: true, count: 2, max_words: 50}
        criteria:
          - id: pause
            name: The pause is there
            levels:
              Not yet: It is not.
              Almost: Sometimes.
              Yes: It is.
            passing: Yes
"""


def test_a_pack_becomes_microcredentials() -> None:
    (microcredential,) = read_pack("pack.yaml", PACK)

    assert microcredential.issuer == Issuer(
        id="river", name="River Valley", url="https://river.example.org", ai_rule="disclose", assessment_days=5
    )
    assert microcredential.competency == "Gives students time to think."
    assert (microcredential.effort_hours, microcredential.checked) == (15, date(2026, 11, 23))
    (part,) = microcredential.parts
    assert part.prompts == (Prompt(id="when", text="At which minute?", min_words=10, max_words=200),)
    assert part.artifacts == (
        ArtifactRequest(id="clip", name="One video", kind="video", consent=True, count=2, max_words=50),
    )
    criterion = microcredential.criterion("video", "pause")
    assert criterion.passing == "yes"
    assert criterion.levels == (
        Level(id="not-yet", name="Not yet", description="It is not.", points=0),
        Level(id="almost", name="Almost", description="Sometimes.", points=1),
        Level(id="yes", name="Yes", description="It is.", points=2),
    )


def test_words_that_look_like_other_things_stay_words() -> None:
    (microcredential,) = read_pack("pack.yaml", PACK)

    assert (microcredential.version, microcredential.tags) == ("007", ("yes", "2026"))


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    assert read_pack("pack.yaml", "\ufeff" + PACK.replace("\n", "\r\n")) == read_pack("pack.yaml", PACK)


def test_the_example_in_the_documentation_is_a_pack() -> None:
    example = dedent((pack.__doc__ or "").split("\n\n", 1)[1])

    assert [microcredential.name for microcredential in read_pack("example.yaml", example)] == ["Wait Time"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_pack_is_read_or_refused_but_never_breaks_the_reader(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(PACK)))
    removed = data.draw(st.integers(0, 30))
    inserted = data.draw(st.text(st.sampled_from("\t\n -:[]{}&*!|>%@`'\"#,?aé1\\U\x00\ud800"), max_size=8))
    damaged = PACK[:position] + inserted + PACK[position + removed :]

    try:
        read_pack("pack.yaml", damaged)
    except BadInputError as error:
        for problem in error.problems:
            assert problem.what
            assert problem.mend
            assert 0 <= problem.line <= damaged.count("\n") + 2
