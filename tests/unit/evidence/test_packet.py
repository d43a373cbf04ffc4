"""The packet: the issuer's order, the educator's own words, the same bytes for the same evidence."""

import io
import zipfile
from datetime import timedelta

import pytest

from cohorts.catalogue.model import Microcredential
from cohorts.evidence.drafts import rewrite
from cohorts.evidence.model import Artifact, Draft
from cohorts.evidence.packet import PacketFile, PacketSource, build_packet, slug, zip_packet
from cohorts.words import LANGUAGES
from tests.unit.evidence.builders import NOW, link, write

Whole = tuple[tuple[Draft, ...], tuple[Artifact, ...]]


def packet(entry: Microcredential, whole: Whole, language: str = "en") -> dict[str, str]:
    drafts, artifacts = whole
    source = PacketSource(
        microcredential=entry,
        educator_name="Ana Beltrán",
        drafts=drafts,
        artifacts=artifacts,
        my_levels={"p1/a": "yes"},
    )
    return {file.path: file.text for file in build_packet(source, language, NOW)}


def test_files_stand_in_the_issuers_order_and_name_nobody(wait_time: Microcredential, whole: Whole) -> None:
    files = packet(wait_time, whole)
    assert list(files) == [
        "00-README.md",
        "01-overview-context.md",
        "02-artifacts.md",
        "03-self-check.md",
        "04-links.md",
        "05-word-counts.md",
    ]
    assert [path for path, text in files.items() if "Ana" in text] == ["00-README.md"]
    assert "No AI text was produced by Cohortium" in files["00-README.md"]
    assert wait_time.source in files["00-README.md"]


def test_answers_are_the_newest_words_unchanged(wait_time: Microcredential, whole: Whole) -> None:
    drafts, links = whole
    words = "# {{ 7 * 7 }} *stars* | bars\n\n<b>and</b> more"
    newer = rewrite(drafts[0], words, NOW + timedelta(days=1))
    part = packet(wait_time, ((newer, *drafts), links))["01-overview-context.md"]
    assert words in part
    assert drafts[0].text not in part
    assert part.index("Who are your students?") < part.index(words) < part.index("Why this?")


def test_what_lacks_consent_is_left_out_and_said(wait_time: Microcredential) -> None:
    gone = link("gone").model_copy(update={"withdrawn": True})
    files = packet(wait_time, ((), (link("secret", "missing"), link("kept"), gone)))
    whole_text = "".join(files.values())
    assert "drive.example.org/kept" in files["04-links.md"]
    assert "secret" not in whole_text
    assert "gone" not in whole_text
    assert "consent is missing" in files["02-artifacts.md"]


def test_an_empty_packet_says_what_is_not_there(wait_time: Microcredential) -> None:
    files = packet(wait_time, ((), ()))
    assert "Not answered yet" in files["01-overview-context.md"]
    assert "no link kept yet (0 of 2)" in files["02-artifacts.md"]
    assert "No links kept" in files["04-links.md"]


def test_tables_hold_levels_counts_and_survive_bars(wait_time: Microcredential, whole: Whole) -> None:
    part = wait_time.parts[0].model_copy(update={"title": "One | two"})
    entry = wait_time.model_copy(update={"parts": (part, *wait_time.parts[1:])})
    files = packet(entry, whole)
    assert (
        "| One \\| two | Criterion a | Not met · Demonstrated | Demonstrated | Demonstrated |"
        in files["03-self-check.md"]
    )
    assert "| One \\| two | 1 | 5 | 5–10 words | yes |" in files["05-word-counts.md"]


def test_titles_cannot_break_out_of_their_link(wait_time: Microcredential) -> None:
    sly = link("one", title="x](https://evil.example) [y")
    assert "](https://evil.example)" not in packet(wait_time, ((), (sly,)))["04-links.md"]


@pytest.mark.parametrize("rule", ["forbid", "disclose", "unknown"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_ai_rule_can_be_said(wait_time: Microcredential, whole: Whole, rule: str, language: str) -> None:
    issuer = wait_time.issuer.model_copy(update={"ai_rule": rule, "ai_note": "See the policy."})
    files = packet(wait_time.model_copy(update={"issuer": issuer}), whole, language)
    assert "See the policy." in files["00-README.md"]
    assert "{{" not in "".join(files.values())


def test_the_zip_is_the_same_every_time_and_opens(wait_time: Microcredential) -> None:
    files = [PacketFile(path="00-README.md", text="Hola, ñandú\n"), PacketFile(path="01-a.md", text="x\n")]
    content = zip_packet(files)
    assert content == zip_packet(files)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name).decode() for name in archive.namelist()} == {
            file.path: file.text for file in files
        }


def test_slugs_are_safe_names() -> None:
    assert slug("Part 1: Reflexión / análisis") == "part-1-reflexion-analisis"
    assert slug("../..") == ""
    assert write("q1", "x").text == "x"
