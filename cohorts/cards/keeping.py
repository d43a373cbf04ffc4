"""The forms around the evidence map, and what is said after them."""

from collections.abc import Sequence

from cohorts.catalogue.model import ArtifactRequest, Microcredential, Part, Prompt
from cohorts.catalogue.questions import question_for
from cohorts.catalogue.speak import tongue_of
from cohorts.evidence.documents import MEGABYTE, MOST_BYTES
from cohorts.evidence.map import EvidenceMap
from cohorts.evidence.model import Artifact, Draft
from cohorts.evidence.ready import Check
from cohorts.evidence.show import check_line, flagged_answers, map_message
from cohorts.messages import (
    CheckField,
    ChoiceField,
    FileField,
    Form,
    Message,
    Option,
    Section,
    TextField,
    plain,
    shorten,
)
from cohorts.values import Frozen
from cohorts.words import say

from .basics import button, card, criterion_options, hint_with_limits, primary, row, words


class Place(Frozen):
    """Where somebody works; `question` is the key of one that was asked about it just now, "" when none was."""

    microcredential: Microcredential
    part: Part
    question: str = ""


AS_IT_IS = "as-it-is"
"""Ends the value of a packet that was asked for after the warning."""


def evidence_card(evidence: EvidenceMap, microcredential: Microcredential, language: str) -> Message:
    """The map with its three doors: work on something, check, packet; and the issuer's word."""
    message = map_message(evidence, microcredential, language)
    it = microcredential.id
    doors = row(
        primary(language, "keeping.button.choose", "evidence.choose.open", it),
        button(language, "keeping.button.ready", "evidence.ready.open", it),
        button(language, "keeping.button.packet", "evidence.packet", it),
        button(language, "keeping.button.result", "evidence.result.open", it),
    )
    return message.model_copy(update={"blocks": (*message.blocks, doors)})


def choose_form(microcredential: Microcredential, language: str) -> Form:
    options = [
        Option(
            id=f"{part.id}/{item.id}",
            label=shorten(_item_name(item)),
            hint=part.title,
            tongue=tongue_of(microcredential, _item_name(item), language),
        )
        for part in microcredential.parts
        for item in _items(part)
    ]
    field = ChoiceField(id="item", label=say(language, "keeping.choose.field"), options=tuple(options))
    return Form(
        title=say(language, "keeping.choose.title"),
        action="evidence.choose.send",
        value=microcredential.id,
        submit=say(language, "keeping.choose.submit"),
        cancel=say(language, "basics.cancel"),
        fields=(field,),
    )


def write_form(place: Place, prompt: Prompt, draft: Draft, language: str) -> Form:
    microcredential, part = place.microcredential, place.part
    key = place.question or question_for(microcredential, part.id, part.criteria[0].id, draft.id or prompt.id)
    question = say(language, "keeping.write.question", question=say(language, key))
    field = TextField(
        id="text",
        label=prompt.text,
        tongue=tongue_of(microcredential, prompt.text, language),
        hint=hint_with_limits(language, question, prompt.min_words, prompt.max_words),
        initial=draft.text,
        multiline=True,
        min_words=prompt.min_words,
        max_words=prompt.max_words,
        advisory=True,
        required=False,
        or_file=True,
    )
    megabytes = MOST_BYTES // MEGABYTE
    document = FileField(
        id="file",
        label=say(language, "keeping.write.file"),
        hint=say(language, "keeping.write.file.hint", megabytes=megabytes),
    )
    return Form(
        title=say(language, "keeping.write.title"),
        action="evidence.write.send",
        value=f"{microcredential.id}/{part.id}/{prompt.id}",
        submit=say(language, "basics.save"),
        cancel=say(language, "basics.cancel"),
        intro=f"**{part.title}**\n\n{part.intro}".strip(),
        note=say(language, "keeping.write.note"),
        fields=(field, document),
    )


class Written(Frozen):
    """What was kept: `brought` in a document, or written here."""

    draft: Draft
    brought: bool
    warning: str = ""


def written_card(written: Written, prompt: Prompt, value: str, language: str) -> Message:
    """What is kept, how it fits the limits, what in it could name a student, and the way back."""
    draft, warning = written.draft, written.warning
    limits = {"least": prompt.min_words, "most": prompt.max_words}
    fit = "short" if draft.word_count < prompt.min_words else ""
    fit = "long" if prompt.max_words and draft.word_count > prompt.max_words else fit
    told = {"version": draft.version, "words": draft.word_count, "fit": fit, "brought": written.brought}
    said = words(language, "keeping.write.kept", **told, **limits)
    warned = [Section(text=warning)] if warning else []
    undo = [row(button(language, "keeping.button.undo", "evidence.restore", value))] if draft.version > 1 else []
    return card(said, *warned, *undo)


def link_form(place: Place, request: ArtifactRequest, known: Artifact | None, language: str) -> Form:
    microcredential, part = place.microcredential, place.part
    asked = say(language, "keeping.write.question", question=say(language, place.question)) if place.question else ""
    consents = ("not_needed", "held", "missing") if not request.consent else ("held", "missing", "not_needed")
    return Form(
        title=say(language, "keeping.link.title"),
        action="evidence.link.send",
        value="/".join(filter(None, (microcredential.id, part.id, request.id, known.id if known else ""))),
        submit=say(language, "basics.save"),
        cancel=say(language, "basics.cancel"),
        intro="\n\n".join(filter(None, (f"**{request.name}**", request.note, asked))),
        note=say(language, "keeping.link.note"),
        fields=(
            _line(language, "title", known.title if known else request.name),
            _line(language, "link", known.link if known else ""),
            ChoiceField(
                id="consent",
                label=say(language, "keeping.link.field.consent"),
                options=tuple(Option(id=c, label=say(language, f"keeping.link.consent.{c}")) for c in consents),
                initial=(known.consent,) if known else (),
            ),
        ),
    )


def kept_card(artifact: Artifact, language: str) -> Message:
    said = words(language, "keeping.link.kept", consent=artifact.consent)
    doors = [button(language, "keeping.button.undo", "evidence.withdraw", artifact.id)]
    if artifact.consent != "missing":
        doors.insert(0, button(language, "keeping.share.title", "evidence.share", artifact.id))
    return card(said, row(*doors))


def shared_link_card(artifact: Artifact, name: str, language: str) -> Message:
    link = artifact.link.replace("(", "%28").replace(")", "%29")  # a bracket would end the link's Markdown
    return card(words(language, "keeping.share.said", name=name, title=artifact.title, link=link))


def ready_form(checks: Sequence[Check], microcredential: Microcredential, language: str) -> Form:
    ticks = tuple(
        CheckField(id=check.id, label=check_line(check, microcredential, language), initial=check.ok)
        for check in checks
        if check.by_person
    )
    return Form(
        title=say(language, "keeping.ready.title"),
        action="evidence.ready.send",
        value=microcredential.id,
        submit=say(language, "keeping.ready.submit"),
        cancel=say(language, "basics.cancel"),
        note=say(language, "keeping.ready.note"),
        fields=ticks,
    )


def packet_warning_card(evidence: EvidenceMap, microcredential: Microcredential, language: str) -> Message:
    """Before the download: which answers seem to name a student, the way to the first, and the packet all the same."""
    places = flagged_answers(evidence, microcredential, language)
    first = next(row for row in evidence.prompts if row.flags)
    it = microcredential.id
    return card(
        words(language, "keeping.packet.students"),
        Section(text="\n".join(f"- {plain(place)}" for place in places)),
        row(
            primary(language, "keeping.button.look", "evidence.open", f"{it}/{first.part_id}/{first.prompt_id}"),
            button(language, "keeping.button.as_it_is", "evidence.packet", f"{it}/{AS_IT_IS}"),
        ),
    )


def result_form(microcredential: Microcredential, language: str) -> Form:
    statuses = tuple(
        Option(id=s, label=say(language, f"keeping.result.{s}")) for s in ("submitted", "earned", "not_yet")
    )
    criteria = criterion_options(microcredential, language)
    return Form(
        title=say(language, "keeping.result.title"),
        action="evidence.result.send",
        value=microcredential.id,
        submit=say(language, "basics.save"),
        cancel=say(language, "basics.cancel"),
        note=say(language, "keeping.result.note"),
        fields=(
            ChoiceField(id="status", label=say(language, "keeping.result.field.status"), options=statuses),
            ChoiceField(
                id="criteria",
                label=say(language, "keeping.result.field.criteria"),
                options=criteria,
                many=True,
                required=False,
            ),
            TextField(
                id="note",
                label=say(language, "keeping.result.field.note"),
                hint=hint_with_limits(language, "", 0, 500),
                multiline=True,
                required=False,
                max_words=500,
            ),
        ),
    )


def _line(language: str, name: str, initial: str) -> TextField:
    return TextField(
        id=name,
        label=say(language, f"keeping.link.field.{name}"),
        hint=say(language, f"keeping.link.field.{name}.hint"),
        initial=initial,
    )


def _items(part: Part) -> list[Prompt | ArtifactRequest]:
    return [*part.prompts, *part.artifacts]


def _item_name(item: Prompt | ArtifactRequest) -> str:
    return item.text if isinstance(item, Prompt) else item.name


def no_draft_card(microcredential_id: str, language: str) -> Message:
    door = row(primary(language, "keeping.button.choose", "evidence.choose.open", microcredential_id))
    return card(words(language, "keeping.no_draft"), door)
