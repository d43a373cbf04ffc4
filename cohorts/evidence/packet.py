"""The evidence packet: Markdown in the issuer's order, for the educator to submit; and the zip that holds it."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from cohorts.catalogue.model import Criterion, Microcredential, Part
from cohorts.values import Frozen
from cohorts.words import say

from .drafts import newest
from .map import EvidenceMap, evidence_map
from .model import Artifact, Draft, criterion_key
from .show import flagged_answers

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_MARKER = r"(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]))"
_BEGINS = r"#{1,6}(?:\s|$)|=+\s*$|-+\s*$|`{3}|~{3}|<(?:!--|\?|(?:h[1-6]|pre|script|style)\b)"
_STRUCTURE = re.compile(rf"^((?:[ \t]*{_MARKER})*[ \t]*)(?={_BEGINS})", re.MULTILINE)
"""Where a line of somebody's words would begin a heading, or swallow what follows; lists and quotes are theirs."""


class PacketFile(Frozen):
    """`path` names neither the educator nor a student; `text` ends with a newline."""

    path: str
    text: str


class PacketSource(Frozen):
    """Everything a packet is made of, all of one educator. `my_levels`: criterion key → level id, where self-rated."""

    microcredential: Microcredential
    educator_name: str
    drafts: tuple[Draft, ...]
    artifacts: tuple[Artifact, ...]
    my_levels: Mapping[str, str] = {}


def build_packet(source: PacketSource, language: str, now: datetime) -> tuple[PacketFile, ...]:
    """00-README, one file for each part, self-check, links, word counts.

    Words are the newest versions, shared or not: the packet goes to their author alone. They are read as they were
    typed: a `#` at the start of a line makes no heading. What seems to name a student is not taken out; the README
    says where it stands. Links without consent and withdrawn ones are left out, and the part says so. Only the README
    carries the educator's name.
    """
    pages = _Pages(source, language)
    parts = [
        (f"{number:02d}-{slug(part.title) or part.id}.md", pages.part(part))
        for number, part in enumerate(source.microcredential.parts, start=1)
    ]
    extras: tuple[tuple[Literal["criteria", "links", "counts"], str], ...] = (
        ("criteria", pages.criteria()),
        ("links", pages.links()),
        ("counts", pages.counts()),
    )
    named = [
        (f"{number:02d}-{say(language, f'evidence.packet_file_{name}')}.md", text)
        for number, (name, text) in enumerate(extras, start=len(parts) + 1)
    ]
    files = [*parts, *named]
    readme = pages.readme([path for path, _ in files], now)
    return tuple(PacketFile(path=path, text=text.rstrip() + "\n") for path, text in [("00-README.md", readme), *files])


def zip_packet(files: Sequence[PacketFile]) -> bytes:
    """The same files give the same bytes: fixed times, no compression (which differs between zlib versions)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.path, _ZIP_EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, file.text.encode())
    return buffer.getvalue()


def as_typed(text: str) -> str:
    """A person's words inside our Markdown: nothing in them becomes a heading or reaches past their answer."""
    return _STRUCTURE.sub(r"\1\\", text)


def slug(text: str) -> str:
    """Plain letters, digits and dashes, at most 60 characters; safe in any file system."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-")


class _Pages:
    """The text of each page. A person's words are put between our lines as they are, never through a template."""

    def __init__(self, source: PacketSource, language: str) -> None:
        self.source, self.language = source, language
        self.microcredential = source.microcredential
        self.answers = newest(source.drafts)
        self.map: EvidenceMap = evidence_map(self.microcredential, source.drafts, source.artifacts)

    def readme(self, paths: Sequence[str], now: datetime) -> str:
        it, issuer = self.microcredential, self.microcredential.issuer
        return "\n\n".join(
            (
                f"# {it.name}",
                self._say("intro", name=self.source.educator_name, day=f"{now:%Y-%m-%d}", issuer=issuer.name),
                *self._students(),
                f"## {self._say('contents_title')}",
                "\n".join(f"- {path}" for path in paths),
                f"## {self._say('source_title')}",
                self._say(
                    "source",
                    issuer=issuer.name,
                    issuer_url=issuer.url,
                    source=it.source,
                    checked=it.checked.isoformat(),
                    id=it.id,
                    version=it.version,
                    pass_rule=it.pass_rule,
                ),
                f"## {self._say('voice_title')}",
                self._say("voice", issuer=issuer.name, ai_rule=issuer.ai_rule, ai_note=issuer.ai_note),
            )
        )

    def _students(self) -> Iterator[str]:
        """What to look at before anything is sent; nothing when no answer seems to name a student."""
        places = flagged_answers(self.map, self.microcredential, self.language)
        if places:
            yield f"## {self._say('students_title')}"
            yield self._say("students")
            yield "\n".join(f"- {place}" for place in places)

    def part(self, part: Part) -> str:
        blocks = [f"# {part.title}", *self._answers(part)]
        if part.artifacts:
            blocks += [f"## {self._say('artifacts')}", "\n".join(self._artifacts(part))]
        return "\n\n".join(blocks)

    def criteria(self) -> str:
        rows = [
            (part.title, criterion.name, *self._levels(part, criterion))
            for part in self.microcredential.parts
            for criterion in part.criteria
        ]
        title, intro, head = (self._say(f"criteria_{key}") for key in ("title", "intro", "head"))
        return "\n\n".join((f"# {title}", intro, table(head, rows)))

    def links(self) -> str:
        kept = [line for part in self.microcredential.parts for line in self._kept_links(part)]
        lines = "\n".join(kept) or self._say("links_none")
        return "\n\n".join((f"# {self._say('links_title')}", self._say("links_intro"), lines))

    def counts(self) -> str:
        titles = {part.id: part.title for part in self.microcredential.parts}
        rows = []
        number: dict[str, int] = {}
        for row in self.map.prompts:
            number[row.part_id] = number.get(row.part_id, 0) + 1
            fits = self._say("fits" if row.fit == "fits" else "fits_not")
            limits = self._say("limits", min_words=row.min_words, max_words=row.max_words)
            rows.append((titles[row.part_id], str(number[row.part_id]), str(row.words), limits, fits))
        return "\n\n".join((f"# {self._say('counts_title')}", table(self._say("counts_head"), rows)))

    def _answers(self, part: Part) -> Iterator[str]:
        for number, prompt in enumerate(part.prompts, start=1):
            yield f"## {number}. {prompt.text}"
            draft = self.answers.get((part.id, prompt.id))
            if draft is None or not draft.text:
                yield self._say("unanswered")
                continue
            yield as_typed(draft.text)
            limits = self._say("limits", min_words=prompt.min_words, max_words=prompt.max_words)
            yield self._say("words", words=draft.word_count, limits=limits, version=draft.version)

    def _artifacts(self, part: Part) -> Iterator[str]:
        yield from self._kept_links(part)
        for row in self.map.artifacts:
            if row.part_id != part.id:
                continue
            yield from [self._say("left_out", name=row.name)] * row.without_consent
            if row.kept < row.wanted:
                yield self._say("artifact_missing", name=row.name, kept=row.kept, wanted=row.wanted)

    def _kept_links(self, part: Part) -> Iterator[str]:
        for request in part.artifacts:
            for artifact in self.source.artifacts:
                if (artifact.part_id, artifact.request_id) != (part.id, request.id):
                    continue
                if artifact.withdrawn or artifact.consent == "missing":
                    continue
                consent = say(self.language, f"evidence.consent_{artifact.consent}")
                link = artifact.link.replace("(", "%28").replace(")", "%29")
                yield self._say("artifact", name=request.name, title=artifact.title, link=link, consent=consent)

    def _levels(self, part: Part, criterion: Criterion) -> tuple[str, str, str]:
        """The ladder, where it passes, and the educator's own rating, by the levels' names."""
        names = {level.id: level.name for level in criterion.levels}
        mine = self.source.my_levels.get(criterion_key(part.id, criterion.id), "")
        return " · ".join(names.values()), names.get(criterion.passing, criterion.passing), names.get(mine, "")

    def _say(self, key: str, **values: object) -> str:
        return say(self.language, f"evidence.packet_{key}", **values)


def table(head: str, rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table under a head row written as `| A | B |`; a cell's own bars and line ends are defused."""
    rule = "|" + " --- |" * (head.count("|") - 1)
    lines = ("| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |" for row in rows)
    return "\n".join((head, rule, *lines))
