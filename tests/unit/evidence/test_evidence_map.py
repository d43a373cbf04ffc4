"""Part × criterion × state, what is missing, and what comes next."""

from datetime import timedelta

from cohorts.catalogue.model import Microcredential
from cohorts.evidence.drafts import newest, rewrite, versions
from cohorts.evidence.gaps import find_gaps, next_gap
from cohorts.evidence.map import EvidenceMap, evidence_map
from cohorts.evidence.model import Artifact, Draft, Result
from cohorts.evidence.ready import is_ready, ready_check
from cohorts.evidence.show import map_message, ready_message
from cohorts.words import LANGUAGES, say
from tests.unit.evidence.builders import NOW, link, write

Whole = tuple[tuple[Draft, ...], tuple[Artifact, ...]]


ALL_TICKS = {"no_names": "yes", "own_words": "yes", "own_lesson": "yes", "links_open": "yes"}


def states(evidence: EvidenceMap) -> dict[str, str]:
    return {f"{row.part_id}/{row.criterion_id}": row.state for row in evidence.criteria}


def test_an_empty_map_has_nothing_and_names_every_gap(wait_time: Microcredential) -> None:
    evidence = evidence_map(wait_time, (), ())
    assert set(states(evidence).values()) == {"nothing"}
    assert evidence.percent == 0
    gaps = find_gaps(evidence)
    assert [(gap.kind, gap.part_id, gap.prompt_id or gap.request_id) for gap in gaps] == [
        ("write", "p1", "q1"),
        ("write", "p1", "q2"),
        ("collect", "p2", "video"),
    ]
    assert [gap.criterion_id for gap in gaps] == ["a", "b", "a"]
    assert all(5 <= gap.minutes <= 45 for gap in gaps)


def test_nothing_is_ready_that_seems_to_name_a_student(wait_time: Microcredential, whole: Whole) -> None:
    drafts, links = whole
    named = rewrite(drafts[0], "My student Maria Lopez waited too.", NOW + timedelta(days=1))
    evidence = evidence_map(wait_time, (*drafts, named), links)
    assert {row.state for row in evidence.criteria if row.part_id == named.part_id} == {"draft"}
    assert not evidence.complete
    assert evidence.percent < 100
    gap = next_gap(evidence)
    assert gap
    assert gap.kind == "names"


def test_states_climb_from_link_and_draft_to_reviewed_and_ready(wait_time: Microcredential, whole: Whole) -> None:
    drafts, links = whole
    one = evidence_map(wait_time, drafts[:1], links[:1])
    assert states(one) == {"p1/a": "draft", "p1/b": "draft", "p2/a": "link"}
    read = evidence_map(wait_time, drafts[:1], links[:1], ["p1/b", "p1/b"])
    assert states(read)["p1/b"] == "reviewed"
    assert [row.reviews for row in read.criteria] == [0, 2, 0]
    done = evidence_map(wait_time, drafts, links)
    assert done.complete
    assert done.percent == 100
    assert next_gap(done) is None


def test_words_are_held_against_their_limits(wait_time: Microcredential) -> None:
    drafts = (write("q1", "Too few"), write("q2", "one two three four five six seven eight nine"))
    evidence = evidence_map(wait_time, drafts, ())
    assert [(row.words, row.fit) for row in evidence.prompts] == [(2, "short"), (9, "long")]
    assert [gap.kind for gap in find_gaps(evidence)[:2]] == ["lengthen", "shorten"]


def test_missing_consent_and_student_data_come_before_writing(wait_time: Microcredential) -> None:
    drafts = (write("q1", "My student Maria Lopez waited well"),)
    evidence = evidence_map(wait_time, drafts, (link("one", "missing"), link("two")))
    assert [gap.kind for gap in find_gaps(evidence)] == ["names", "write", "consent"]
    assert evidence.percent == 25


def test_a_withdrawn_link_does_not_count(wait_time: Microcredential) -> None:
    gone = link("one").model_copy(update={"withdrawn": True})
    assert evidence_map(wait_time, (), (gone,)).artifacts[0].kept == 0


def test_not_yet_makes_the_named_criteria_the_next_things(wait_time: Microcredential, whole: Whole) -> None:
    drafts, links = whole
    answer = Result(status="not_yet", at=NOW + timedelta(days=10), criteria=("p1/b",))
    evidence = evidence_map(wait_time, drafts, links, (), answer)
    assert [row.named for row in evidence.criteria] == [False, True, False]
    assert not evidence.complete
    assert evidence.percent < 100
    gap = next_gap(evidence)
    assert gap
    assert (gap.kind, gap.criterion_id) == ("revise", "b")
    newer = rewrite(drafts[1], "They answer far too fast", NOW + timedelta(days=11))
    assert evidence_map(wait_time, (*drafts, newer), links, (), answer).complete


def test_every_version_is_kept_and_the_newest_counts() -> None:
    one = write("q1", "First words")
    two = rewrite(one, "Second, better words", NOW + timedelta(days=1))
    assert rewrite(two, "  Second, better words ", NOW) is two
    assert [draft.version for draft in versions((two, one), "p1", "q1")] == [2, 1]
    assert newest((two, one))["p1", "q1"] == two
    assert (two.word_count, two.shared, two.id == one.id) == (3, False, False)


def test_a_private_draft_has_no_words_for_others() -> None:
    draft = write("q1", "Mine alone")
    assert draft.for_others() is None
    shared = draft.model_copy(update={"shared": True})
    assert str(shared.for_others()) == "Mine alone"
    assert not rewrite(shared, "New words", NOW).shared


def test_ready_needs_what_we_see_and_what_only_they_know(wait_time: Microcredential, whole: Whole) -> None:
    evidence = evidence_map(wait_time, *whole)
    assert is_ready(ready_check(evidence, ALL_TICKS))
    unticked = ready_check(evidence, {**ALL_TICKS, "own_words": ""})
    assert [check.id for check in unticked if not check.ok] == ["own_words"]
    empty = ready_check(evidence_map(wait_time, (), ()), ALL_TICKS)
    assert {check.id: check.where for check in empty if not check.ok} == {
        "answers": ("p1/q1", "p1/q2"),
        "artifacts": ("p2/video",),
    }
    assert "links_open" not in {check.id for check in empty}


def test_people_read_it_in_their_language(wait_time: Microcredential, whole: Whole) -> None:
    drafts = (write("q1", "Too few"), write("q2", "one two three four five six seven eight nine"))
    named = Result(status="not_yet", at=NOW + timedelta(days=1), criteria=("p1/a",))
    evidence = evidence_map(wait_time, drafts, (link("one", "missing"),), ["p1/a"], named)
    shown = {language: map_message(evidence, wait_time, language) for language in LANGUAGES}
    assert len({message.text for message in shown.values()}) == len(LANGUAGES)
    assert say("en", "evidence.map_done") in str(map_message(evidence_map(wait_time, *whole), wait_time, "en"))
    for language in LANGUAGES:
        checks = ready_check(evidence, ALL_TICKS)
        assert ready_message(checks, wait_time, language).text != ""
