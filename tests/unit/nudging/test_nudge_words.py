"""What a digest, its reasons and the facilitator's card say."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from cohorts.calendar.model import Rhythm
from cohorts.messages import Buttons, Context, Message, moment
from cohorts.nudging.compose import compose, snoozed_refs
from cohorts.nudging.model import Digest, Item, NudgeRecord, Outcome, Reason, Settings, Thing, ThingKind
from cohorts.nudging.silence import silence, silence_card, silent_days, suggest_sentence
from cohorts.nudging.why import explain, shorten
from cohorts.people.model import Leave
from cohorts.words import LANGUAGES, say

NOW = datetime(2026, 1, 20, 18, tzinfo=UTC)
RHYTHM = Rhythm(zone="America/Chicago")
KINDS: tuple[ThingKind, ...] = ("step", "review", "respond", "rate", "evidence", "packet", "result", "plan")
OFFERED = {"cohort": "One", "other": "Two", "size": "7", "week": "3", "until": "Friday"}
REASONS: tuple[Reason, ...] = get_args(Reason)


def thing(kind: ThingKind, due: datetime | None = NOW) -> Thing:
    params = {
        "step": "Look at student work",
        "name": "Ben *B*",
        "criterion": "Wait time",
        "question": "What surprised you?",
    }
    return Thing(
        kind=kind,
        educator_id="ana",
        ref=f"{kind}:1",
        title=f"nudging.title_{kind}",
        params=params,
        minutes=15,
        due=due,
        label=f"nudging.open_{kind}",
        action=f"{kind}.open",
        value="1",
        mechanism="cue",
    )


def buttons(message: Message) -> list[tuple[str, str]]:
    return [(b.action, b.value) for block in message.blocks if isinstance(block, Buttons) for b in block.items]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_names_the_thing_the_minutes_one_button_and_why(kind: ThingKind, language: str) -> None:
    message = compose(Digest(educator_id="ana", items=(Item(thing=thing(kind)),)), language)
    assert buttons(message) == [
        (f"{kind}.open", "1"),
        ("nudge.snooze", f"{kind}:1"),
        ("nudge.pause", "ana"),
        ("nudge.why", "ana"),
    ]
    assert "15 min" in str(message.blocks)
    assert say(language, f"nudging.why_{kind}") in str(message.blocks)
    assert message.text == say(language, f"nudging.title_{kind}", **thing(kind).params)


def test_what_is_late_offers_a_snooze_of_its_own_and_says_it_still_counts() -> None:
    message = compose(Digest(educator_id="ana", items=(Item(thing=thing("step"), late=True),)), "en")
    assert buttons(message)[:2] == [("step.open", "1"), ("nudge.snooze", "step:1")]
    assert "still counts" in str(message.blocks)
    assert "|day_time>" in str(message.blocks), "a weekday alone would be one of the coming ones"


def test_three_are_shown_and_the_rest_counted() -> None:
    items = tuple(Item(thing=thing(kind)) for kind in KINDS[:3])
    message = compose(Digest(educator_id="ana", items=items, more=(thing("packet"), thing("plan")), slowed=True), "es")
    assert message.text.endswith("y 4 más")
    assert "y 2 más para otro día" in str(message.blocks)
    assert "Ahora escribo menos" in str([block for block in message.blocks if isinstance(block, Context)])
    value = dict(buttons(message))["nudge.snooze"]
    assert snoozed_refs(value) == ("step:1", "review:1", "respond:1")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_came_nevertheless_says_why(language: str) -> None:
    offer = thing("offer").model_copy(
        update={"title": "living.offer_merge", "params": OFFERED, "label": "living.button.yes_merge"}
    )
    digest = Digest(educator_id="ana", items=(Item(thing=offer),), slowed=True)
    slowed, in_time = (compose(one, language) for one in (digest, digest.model_copy(update={"in_time": True})))
    ends = {"en": "since it ends at a date", "es": "porque termina en una fecha"}[language]
    assert ends not in str(slowed.blocks)
    assert ends in str(in_time.blocks)
    record = NudgeRecord(educator_id="ana", at=NOW, kinds=("offer",), refs=("o",), in_time=True)
    assert say(language, "nudging.because_in_time") in str(explain([record], language).blocks)
    assert record == NudgeRecord.model_validate_json(record.model_dump_json())
    assert "in_time" not in record.model_copy(update={"in_time": False}).model_dump_json()


def test_an_undated_thing_has_no_date() -> None:
    message = compose(Digest(educator_id="ana", items=(Item(thing=thing("evidence", None)),)), "en")
    assert "<t:" not in str(message.blocks)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_can_be_explained(language: str) -> None:
    records = [
        NudgeRecord(educator_id="ana", at=NOW + timedelta(hours=i), kinds=("step",), refs=("s",), reason=reason)
        for i, reason in enumerate(REASONS)
    ]
    text = str(explain(records, language).blocks)
    assert say(language, "nudging.kind_step") in str(explain(records[:1], language).blocks)
    assert text.count("<t:") == 8
    assert explain([], language).text == say(language, "nudging.explain_none")


def test_a_reason_that_goes_on_is_told_once() -> None:
    quiet = [
        NudgeRecord(educator_id="ana", at=NOW + timedelta(days=i), kinds=(), refs=(), reason="paused") for i in range(5)
    ]
    text = str(explain(quiet, "en").blocks)
    assert text.count("paused") == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_is_told_with_its_time_and_when_we_look_again(reason: Reason, language: str) -> None:
    written = reason in get_args(Outcome)
    kinds = ("step",) if written else ()
    record = NudgeRecord(educator_id="ana", at=NOW, kinds=kinds, refs=(), reason=reason)
    said = explain([record], language, next_at=NOW + timedelta(days=1))
    told = say(language, f"nudging.because_{reason}", at="", kinds="").strip(": .")
    assert moment(NOW) in str(said.blocks)
    assert told.split(",")[0] in str(said.blocks)
    assert moment(NOW + timedelta(days=1)) in str(said.blocks)
    still = say(language, "nudging.explain_still", line="").strip()
    assert (still in str(said.blocks)) == (not written)


def test_a_reason_that_goes_on_is_told_from_when_it_began() -> None:
    times = [NOW + timedelta(days=i) for i in range(4)]
    reasons: tuple[Reason, ...] = ("sent", "nothing_due", "nothing_due", "paused")
    records = [
        NudgeRecord(educator_id="ana", at=at, kinds=(), refs=(), reason=reason)
        for at, reason in zip(times, reasons, strict=True)
    ]
    assert [(record.reason, record.at) for record in shorten(records)] == [
        ("paused", times[3]),
        ("nothing_due", times[1]),
        ("sent", times[0]),
    ]


def test_the_limits_told_are_those_that_are_set() -> None:
    assert "1 message a day and 2 a week" in str(explain([], "en", Settings(per_week=2)).blocks)
    off = str(explain([], "en", Settings(per_day=0), NOW).blocks)
    assert "Here I write to nobody unasked." in off
    assert "I look again" not in off


def test_silence_is_as_long_as_is_set() -> None:
    seen, wednesday = datetime(2026, 1, 5, 18, tzinfo=UTC), datetime(2026, 1, 7, 18, tzinfo=UTC)
    assert not silence(seen, wednesday, RHYTHM)
    assert not silence(seen, wednesday, RHYTHM, None, Settings(silent_school_days=3))
    assert silence(seen, wednesday + timedelta(days=1), RHYTHM, None, Settings(silent_school_days=3))


def test_ten_school_days_of_silence_make_one_card() -> None:
    seen = datetime(2026, 1, 5, 18, tzinfo=UTC)  # a Monday
    friday, monday = datetime(2026, 1, 16, 18, tzinfo=UTC), datetime(2026, 1, 19, 18, tzinfo=UTC)
    assert silent_days(seen, friday, RHYTHM) == 9
    assert not silence(seen, friday, RHYTHM)
    assert silence(seen, monday, RHYTHM)
    assert not silence(seen, monday + timedelta(days=3), RHYTHM, carded_at=monday)
    back = monday + timedelta(days=1)
    assert silence(back, back + timedelta(days=20), RHYTHM, carded_at=monday)
    away = RHYTHM.model_copy(update={"leaves": (Leave(first=seen.date(), last=friday.date()),)})
    assert not silence(seen, monday, away)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_suggests_a_human_sentence(language: str) -> None:
    sentences = {suggest_sentence(language, "Ana", f"ana-{n}") for n in range(40)}
    assert len(sentences) == 3
    assert all("Ana" in sentence for sentence in sentences)
    card = silence_card("ana", "Ana Beltrán", suggest_sentence(language, "Ana", "x"), 10, language)
    assert "Ana Beltrán" in card.text
    assert buttons(card) == [("member.message", "ana")]
