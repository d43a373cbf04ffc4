"""See the evidence map; write drafts, keep links, say what consent is held. All of it is one's own."""

from collections.abc import Sequence

from cohorts.cards.basics import whisper
from cohorts.cards.keeping import (
    Place,
    Written,
    choose_form,
    evidence_card,
    kept_card,
    link_form,
    write_form,
    written_card,
)
from cohorts.catalogue.model import ArtifactRequest, Microcredential, Part, Prompt
from cohorts.catalogue.speak import in_language
from cohorts.events import FieldErrors, OpenForm, Response, Whisper
from cohorts.evidence.drafts import first_draft, newest, rewrite, versions
from cohorts.evidence.model import Artifact, Draft
from cohorts.evidence.privacy import check_link
from cohorts.evidence.show import findings_line, problem_line
from cohorts.evidence.student_data import find_student_data
from cohorts.ids import make_id
from cohorts.ports import MissingError, Transaction
from cohorts.words import has, say

from .ask import Ask
from .share import take_back
from .spoken import read_microcredential
from .unfinished import map_of

CONSENTS = ("not_needed", "held", "missing")


def open_evidence(tx: Transaction, ask: Ask) -> Response:
    """The map; or, when the button names a part and an item, the form for just that, with the button's question."""
    microcredential = my_microcredential(tx, ask)
    if microcredential is None:
        return whisper(ask.language, "keeping.none")
    place = ask.value.split("/")
    if len(place) > 2:
        return _open_item(
            tx,
            ask,
            Place(microcredential=microcredential, part=_part(microcredential, place[1]), question=_asked(place)),
            place[2],
        )
    evidence = map_of(tx, ask.me, microcredential.id)
    return Whisper(message=evidence_card(evidence, microcredential, ask.language))


def open_choice(tx: Transaction, ask: Ask) -> Response:
    microcredential = my_microcredential(tx, ask)
    if microcredential is None:
        return whisper(ask.language, "keeping.none")
    return OpenForm(form=choose_form(microcredential, ask.language))


def choose_item(tx: Transaction, ask: Ask) -> Response:
    part, _, item = ask.values.get("item", "").partition("/")
    if not item:
        return FieldErrors(problems={"item": say(ask.language, "basics.required")})
    microcredential = read_microcredential(tx, ask.value, ask.language)
    return _open_item(tx, ask, Place(microcredential=microcredential, part=_part(microcredential, part)), item)


def write_draft(tx: Transaction, ask: Ask) -> Response:
    """Every saving is a new version; none is thrown away. What was brought in a document comes after what was written
    in the box, so that the way back leads there."""
    microcredential, part, prompt = _prompt(tx, ask)
    text, brought = (ask.values.get(name, "").strip() for name in ("text", "file"))
    if not text and not brought:
        return FieldErrors(problems={"text": say(ask.language, "basics.required")})
    draft = before = _newest(tx, ask, microcredential, part, prompt)
    for said in filter(None, (text, brought)):
        changed = rewrite(draft, said, ask.now)
        if changed.version != draft.version:
            tx.evidence.add_draft(changed)
        draft = changed
    if draft.version == before.version:
        return whisper(ask.language, "keeping.write.same")
    found = find_student_data(draft.text)
    warning = findings_line(found, ask.language) if found else ""
    written = Written(draft=draft, brought=bool(brought), warning=warning)
    return Whisper(message=written_card(written, prompt, ask.value, ask.language))


def restore_draft(tx: Transaction, ask: Ask) -> Response:
    """Undo: the version before comes back as the newest; or the one that a fourth piece of the value numbers."""
    microcredential, part, prompt = _prompt(tx, ask)
    kept = versions(tx.evidence.drafts(ask.me, microcredential.id), part.id, prompt.id)
    number = (*ask.value.split("/"), "", "", "", "")[3]
    earlier = [draft for draft in kept[1:] if not number or str(draft.version) == number]
    if not earlier:
        return whisper(ask.language, "keeping.write.first")
    tx.evidence.add_draft(rewrite(kept[0], earlier[0].text, ask.now))
    return whisper(ask.language, "keeping.write.restored", version=earlier[0].version)


def keep_link(tx: Transaction, ask: Ask) -> Response:
    """A link to the LEA's own drive, with its consent; never the file."""
    place = (*ask.value.split("/"), "", "", "")
    microcredential = tx.catalogue.get(place[0])
    part, request = _request(microcredential, place[1], place[2])
    values = {name: ask.values.get(name, "").strip() for name in ("title", "link", "consent")}
    known = _own_artifact(tx, ask, place[3]) if place[3] else None
    problems = _check_link(ask, values)
    others = (a for a in tx.evidence.artifacts(ask.me, microcredential.id) if a != known and not a.withdrawn)
    if any(other.link == values["link"] for other in others):
        problems.setdefault("link", say(ask.language, "keeping.link.twice"))
    if problems:
        return FieldErrors(problems=problems)
    artifact = Artifact(
        id=known.id if known else make_id("artifact", ask.me, ask.key),
        educator_id=ask.me,
        microcredential_id=microcredential.id,
        part_id=part.id,
        request_id=request.id,
        title=values["title"],
        link=values["link"],
        consent=values["consent"],
        created_at=known.created_at if known else ask.now,
    )
    if known and _says(known) == _says(artifact):
        artifact = artifact.model_copy(update={"shared_with": known.shared_with})
    elif known:
        take_back(tx, known, ask)  # what others saw has changed; it is private until shared again
    tx.evidence.save_artifact(artifact)
    return Whisper(message=kept_card(artifact, ask.language))


def withdraw_link(tx: Transaction, ask: Ask) -> Response:
    artifact = _own_artifact(tx, ask, ask.value)
    take_back(tx, artifact, ask)
    tx.evidence.save_artifact(artifact.model_copy(update={"withdrawn": True, "shared_with": ()}))
    return whisper(ask.language, "keeping.link.withdrawn")


def my_microcredential(tx: Transaction, ask: Ask) -> Microcredential | None:
    """The one the button names, if the asker works on it; else the first they work on."""
    named = ask.value.split("/")[0]
    mine = [i.microcredential_id for i in tx.interests.of(ask.me) if i.status != "withdrawn"]
    mine += [cohort.microcredential_id for cohort in tx.cohorts.of(ask.me)]
    chosen = named if named in mine else next(iter(mine), "") if not named else ""
    found = tx.catalogue.find(chosen) if chosen else None
    return found and in_language(found, ask.language)


def _asked(place: Sequence[str]) -> str:
    """The key of the question that stood beside the button, from a fourth piece of its value."""
    key = f"questions.{place[3]}" if len(place) > 3 else ""
    return key if has("en", key) else ""


def _open_item(tx: Transaction, ask: Ask, place: Place, item: str) -> Response:
    microcredential, part = place.microcredential, place.part
    prompt = next((prompt for prompt in part.prompts if prompt.id == item), None)
    if prompt:
        draft = _newest(tx, ask, microcredential, part, prompt)
        return OpenForm(form=write_form(place, prompt, draft, ask.language))
    _, request = _request(microcredential, part.id, item)
    mine = [
        artifact
        for artifact in tx.evidence.artifacts(ask.me, microcredential.id)
        if (artifact.part_id, artifact.request_id) == (part.id, request.id) and not artifact.withdrawn
    ]
    lacking = next((artifact for artifact in mine if artifact.consent == "missing"), None)
    known = lacking or (mine[-1] if len(mine) >= request.count else None)
    return OpenForm(form=link_form(place, request, known, ask.language))


def _prompt(tx: Transaction, ask: Ask) -> tuple[Microcredential, Part, Prompt]:
    place = (*ask.value.split("/"), "", "")
    microcredential = tx.catalogue.get(place[0])
    part = _part(microcredential, place[1])
    for prompt in part.prompts:
        if prompt.id == place[2]:
            return microcredential, part, prompt
    raise MissingError(f"No prompt {ask.value}.")


def _request(microcredential: Microcredential, part_id: str, item: str) -> tuple[Part, ArtifactRequest]:
    part = _part(microcredential, part_id)
    for request in part.artifacts:
        if request.id == item:
            return part, request
    raise MissingError(f"No artifact {part_id}/{item}.")


def _part(microcredential: Microcredential, part_id: str) -> Part:
    for part in microcredential.parts:
        if part.id == part_id:
            return part
    raise MissingError(f"No part {part_id} in {microcredential.id}.")


def _newest(tx: Transaction, ask: Ask, microcredential: Microcredential, part: Part, prompt: Prompt) -> Draft:
    found = newest(tx.evidence.drafts(ask.me, microcredential.id)).get((part.id, prompt.id))
    return found or first_draft(ask.me, microcredential.id, part.id, prompt.id)


def _own_artifact(tx: Transaction, ask: Ask, artifact_id: str) -> Artifact:
    artifact = tx.evidence.get_artifact(artifact_id)
    if artifact.educator_id != ask.me:
        raise MissingError(f"{ask.me} has no artifact {artifact_id}.")
    return artifact


def _says(artifact: Artifact) -> tuple[str, str, str]:
    return artifact.title, artifact.link, artifact.consent


def _check_link(ask: Ask, values: dict[str, str]) -> dict[str, str]:
    problems = {name: say(ask.language, "basics.required") for name, value in values.items() if not value}
    if "title" not in problems and (found := find_student_data(values["title"])):
        problems["title"] = findings_line(found, ask.language)
    if "link" not in problems and (problem := check_link(values["link"])):
        problems["link"] = problem_line(problem, ask.language)
    if "consent" not in problems and values["consent"] not in CONSENTS:
        problems["consent"] = say(ask.language, "basics.required")
    return problems
