"""Ready to submit? Then the packet, and what the issuer said."""

from cohorts.cards.basics import card, row, small, whisper, words
from cohorts.cards.basics import primary as primary_button
from cohorts.cards.keeping import AS_IT_IS, packet_warning_card, ready_form, result_form
from cohorts.events import Download, FieldErrors, OpenForm, Recorded, Response, Whisper
from cohorts.evidence.model import Result, ResultStatus
from cohorts.evidence.packet import PacketSource, build_packet, slug, zip_packet
from cohorts.evidence.ready import TICKS, is_ready, ready_check
from cohorts.evidence.show import ready_message
from cohorts.people.model import Educator
from cohorts.ports import Transaction
from cohorts.words import say

from .ask import Ask
from .keep_evidence import my_microcredential
from .unfinished import map_of

TRIES_BEFORE_COACH = 3
STATUSES: tuple[ResultStatus, ...] = ("submitted", "earned", "not_yet")


def open_ready_check(tx: Transaction, ask: Ask) -> Response:
    microcredential = my_microcredential(tx, ask)
    if microcredential is None:
        return whisper(ask.language, "keeping.none")
    checks = ready_check(map_of(tx, ask.me, microcredential.id), _ticks(tx, ask, microcredential.id))
    return OpenForm(form=ready_form(checks, microcredential, ask.language))


def check_ready(tx: Transaction, ask: Ask) -> Response:
    microcredential = my_microcredential(tx, ask)
    if microcredential is None:
        return whisper(ask.language, "keeping.none")
    for tick in TICKS:
        tx.evidence.save_reading(ask.me, f"ready/{microcredential.id}/{tick}", ask.values.get(tick, ""))
    checks = ready_check(map_of(tx, ask.me, microcredential.id), _ticks(tx, ask, microcredential.id))
    message = ready_message(checks, microcredential, ask.language)
    if is_ready(checks):
        door = row(primary_button(ask.language, "keeping.button.packet", "evidence.packet", microcredential.id))
        message = message.model_copy(update={"blocks": (*message.blocks, door)})
    return Whisper(message=message)


def download_packet(tx: Transaction, ask: Ask) -> Response:
    """Always to be had, ready or not: it is the educator's own work. Where an answer seems to name a student they are
    asked first; the value ends in `/as-it-is` when they have seen it."""
    microcredential = my_microcredential(tx, ask)
    if microcredential is None:
        return whisper(ask.language, "keeping.none")
    evidence = map_of(tx, ask.me, microcredential.id)
    if any(row.flags for row in evidence.prompts) and not ask.value.endswith(f"/{AS_IT_IS}"):
        return Whisper(message=packet_warning_card(evidence, microcredential, ask.language))
    return Download(
        name=f"{slug(tx.catalogue.get(microcredential.id).name)}.zip",
        content=zip_packet(build_packet(packet_source(tx, ask.educator, microcredential.id), ask.language, ask.now)),
    )


def packet_source(tx: Transaction, educator: Educator, microcredential_id: str) -> PacketSource:
    """With the questions in the issuer's own words: it is the issuer who reads them again."""
    return PacketSource(
        microcredential=tx.catalogue.get(microcredential_id),
        educator_name=educator.name,
        drafts=tuple(tx.evidence.drafts(educator.id, microcredential_id)),
        artifacts=tuple(tx.evidence.artifacts(educator.id, microcredential_id)),
    )


def open_result_form(tx: Transaction, ask: Ask) -> Response:
    microcredential = my_microcredential(tx, ask)
    if microcredential is None:
        return whisper(ask.language, "keeping.none")
    return OpenForm(form=result_form(microcredential, ask.language))


def record_result(tx: Transaction, ask: Ask) -> Response:
    """Submitted, earned, or not yet: then the named criteria are the next things to do."""
    microcredential = my_microcredential(tx, ask)
    status = next((known for known in STATUSES if known == ask.values.get("status")), None)
    if microcredential is None or status is None:
        return FieldErrors(problems={"status": say(ask.language, "basics.required")})
    criteria = tuple(key for key in ask.values.get("criteria", "").split(",") if key)
    if status == "not_yet" and not criteria:
        return FieldErrors(problems={"criteria": say(ask.language, "keeping.result.criteria.missing")})
    before = tx.evidence.results(ask.me, microcredential.id)
    attempt = sum(result.status == "submitted" for result in before) + (status == "submitted")
    result = Result(
        status=status,
        at=ask.now,
        criteria=criteria if status == "not_yet" else (),
        note=ask.values.get("note", "").strip(),
        attempt=max(1, attempt),
    )
    tx.evidence.save_result(ask.me, microcredential.id, result)
    facts = {"microcredential": microcredential.id, "status": status}
    tx.history.append(Recorded(at=ask.now, kind="result", subject=ask.me, actor=ask.me, facts=facts))
    said = words(
        ask.language,
        f"keeping.result.said.{status}",
        name=ask.educator.given_name,
        microcredential=microcredential.name,
        days=microcredential.issuer.assessment_days or 14,
        attempt=result.attempt,
    )
    failed = sum(earlier.status == "not_yet" for earlier in before) + (status == "not_yet")
    coach = (
        [small(ask.language, "keeping.result.coach")] if failed >= TRIES_BEFORE_COACH and status == "not_yet" else []
    )
    return Whisper(message=card(said, *coach))


def _ticks(tx: Transaction, ask: Ask, microcredential_id: str) -> dict[str, str]:
    readings = tx.evidence.readings(ask.me)
    return {tick: readings.get(f"ready/{microcredential_id}/{tick}", "") for tick in TICKS}
