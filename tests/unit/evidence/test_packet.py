"""The packet: the issuer's order, the educator's own words, the same bytes for the same evidence."""

import io
import re
import zipfile
from datetime import timedelta
from importlib.resources import files as files_of

import pytest
from markdown_it import MarkdownIt

from cohorts.catalogue.model import Microcredential
from cohorts.catalogue.pack import read_pack
from cohorts.evidence.drafts import rewrite
from cohorts.evidence.model import Artifact, Draft
from cohorts.evidence.packet import PacketFile, PacketSource, as_typed, build_packet, slug, zip_packet
from cohorts.words import LANGUAGES, say
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


@pytest.mark.parametrize(
    "typed",
    [
        "# not a heading",
        "  ### nor this",
        "A line\n===",
        "A line\n---",
        "- # in a list",
        "> 1. ## in a quote",
        "```",
        "~~~ tilde",
        "<!-- swallows the rest",
        "<h1>loud</h1>",
    ],
)
def test_what_is_typed_makes_no_heading_and_swallows_nothing(
    wait_time: Microcredential, whole: Whole, typed: str
) -> None:
    drafts, links = whole
    newer = rewrite(drafts[0], typed, NOW + timedelta(days=1))
    part = packet(wait_time, ((newer, *drafts), links))["01-overview-context.md"]
    html = MarkdownIt().render(part)
    headings = re.findall(r"<h[1-6]>(.*?)</h[1-6]>", html)
    assert len(headings) == 3, headings
    assert "<!--" not in html
    assert "Why this?" in headings[-1]


def test_plain_lists_quotes_and_dashes_stay_as_they_are() -> None:
    words = "- one\n- two -- three\n> said\n1. first\n#hashtag\n-5 degrees\na < b"
    assert as_typed(words) == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readme_says_which_answers_seem_to_name_a_student(
    wait_time: Microcredential, whole: Whole, language: str
) -> None:
    drafts, links = whole
    title = say(language, "evidence.packet_students_title")
    assert title not in packet(wait_time, whole, language)["00-README.md"]
    named = rewrite(drafts[0], "My student Maria Lopez waited too.", NOW + timedelta(days=1))
    readme = packet(wait_time, ((*drafts, named), links), language)["00-README.md"]
    assert title in readme
    assert "Maria" not in readme
    assert say(language, "evidence.prompt_name", part=wait_time.parts[0].title, number=1) in readme


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readme_says_once_that_there_is_no_ai_rule(wait_time: Microcredential, language: str) -> None:
    entries = read_pack("demo.yaml", (files_of("prompts") / "catalogue" / "demo.yaml").read_text("utf-8"))
    for entry in entries:
        readme = packet(wait_time.model_copy(update={"issuer": entry.issuer}), ((), ()), language)["00-README.md"]
        assert readme.count("no AI rule") + readme.count("No rule about AI") + readme.count("regla de") <= 1


def test_answers_are_the_newest_words_unchanged(wait_time: Microcredential, whole: Whole) -> None:
    drafts, links = whole
    words = "{{ 7 * 7 }} *stars* | bars\n\n<b>and</b> more"
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
