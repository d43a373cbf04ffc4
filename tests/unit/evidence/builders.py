"""A small microcredential with everything in it: limits, artifacts, consent, levels."""

from datetime import UTC, date, datetime

from cohorts.catalogue.model import ArtifactRequest, Criterion, Issuer, Level, Microcredential, Part, Prompt
from cohorts.evidence.drafts import first_draft, rewrite
from cohorts.evidence.model import Artifact, Consent, Draft

NOW = datetime(2026, 2, 2, 18, tzinfo=UTC)
LEVELS = (Level(id="no", name="Not met"), Level(id="yes", name="Demonstrated"))


def criterion(letter: str) -> Criterion:
    return Criterion(id=letter, name=f"Criterion {letter}", levels=LEVELS, passing="yes")


def wait_time_entry() -> Microcredential:
    context = Part(
        id="p1",
        title="Overview & context",
        prompts=(
            Prompt(id="q1", text="Who are your students?", min_words=5, max_words=10),
            Prompt(id="q2", text="Why this?", max_words=8),
        ),
        criteria=(criterion("a"), criterion("b")),
    )
    work = Part(
        id="p2",
        title="Artifacts",
        artifacts=(ArtifactRequest(id="video", name="Lesson video", kind="video", count=2, consent=True),),
        criteria=(criterion("a"),),
    )
    return Microcredential(
        id="wait-time",
        name="Wait Time",
        issuer=Issuer(id="nea", name="NEA", url="https://nea.example", ai_rule="forbid"),
        competency="Waits",
        parts=(context, work),
        source="https://nea.example/wait",
        checked=date(2026, 1, 1),
    )


def write(prompt_id: str, text: str, at: datetime = NOW, part_id: str = "p1") -> Draft:
    return rewrite(first_draft("ana", "wait-time", part_id, prompt_id), text, at)


def link(name: str, consent: Consent = "held", at: datetime = NOW, title: str = "Clip") -> Artifact:
    return Artifact(
        id=name,
        educator_id="ana",
        microcredential_id="wait-time",
        part_id="p2",
        request_id="video",
        title=title,
        link=f"https://drive.example.org/{name}",
        consent=consent,
        created_at=at,
    )


def all_of_it() -> tuple[tuple[Draft, ...], tuple[Artifact, ...]]:
    """Drafts and links that meet every request."""
    drafts = write("q1", "Twenty four curious sixth graders"), write("q2", "They answer too fast")
    return drafts, (link("one"), link("two", "not_needed"))
