"""What is read of a document that somebody brings, and what is said when nothing is."""

import io
import zipfile

import pytest

from cohorts.evidence.documents import MOST_BYTES, MOST_LETTERS, check_document, document_line, read_document
from tests.fakes.documents import docx, odt

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def packed(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in parts.items():
            file.writestr(name.replace("__", "/").replace("_", "."), text)
    return out.getvalue()


def word(body: str) -> bytes:
    xml = f'<w:document {WORD} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body>{body}'
    return packed(word__document_xml=f"{xml}</w:body></w:document>")


def test_paragraphs_and_lists_of_word() -> None:
    body = (
        '<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>I asked </w:t></w:r>'
        '<w:r><w:t xml:space="preserve">and waited.</w:t><w:br/><w:t>Twice.</w:t></w:r></w:p>'
        "<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>three seconds</w:t></w:r></w:p>"
        "<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>five</w:t></w:r></w:p><w:p/>"
        "<w:p><w:r><w:t>They thought.</w:t></w:r></w:p>"
    )
    read = read_document("Reflection.DOCX", word(body))
    assert read.words == "I asked and waited.\nTwice.\n\n- three seconds\n- five\n\nThey thought."
    assert read.problem is None


def test_what_was_struck_out_and_what_word_repeats_is_not_read() -> None:
    body = (
        "<w:p><w:del><w:r><w:t>Maria</w:t></w:r></w:del><w:ins><w:r><w:t>A student</w:t></w:r></w:ins></w:p>"
        "<w:p><mc:AlternateContent><mc:Choice><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></mc:Choice>"
        "<mc:Fallback><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent></w:p>"
    )
    assert read_document("a.docx", word(body)).words == "A student\n\nIn a box."


def test_paragraphs_and_lists_of_open_document() -> None:
    read = read_document("a.odt", odt("I asked.", "- three seconds", "- five", "They thought."))
    assert read.words == "I asked.\n\n- three seconds\n- five\n\nThey thought."


def test_a_comment_in_open_document_is_not_read() -> None:
    office, text = "urn:oasis:names:tc:opendocument:xmlns:office:1.0", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    body = "<t:p>Seen<o:annotation><t:p>unseen</t:p></o:annotation><t:s/>too.</t:p>"
    xml = f'<o:d xmlns:o="{office}" xmlns:t="{text}"><o:body><o:text>{body}</o:text></o:body></o:d>'
    assert read_document("a.odt", packed(content_xml=xml)).words == "Seen too."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("¿Qué pasó?\r\nEsperé.".encode(), "¿Qué pasó?\nEsperé."),
        ("﻿Waited".encode(), "Waited"),
        ("niños".encode("cp1252"), "niños"),
        ("Waited".encode("utf-16"), "Waited"),
    ],
)
def test_plain_text_in_whatever_letters_it_was_saved(content: bytes, words: str) -> None:
    assert read_document("notes.txt", content).words == words


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("slides.pptx", b"x", "kind"),
        ("docx", b"x", "kind"),
        ("", b"x", "kind"),
        ("a.txt", b"", "empty"),
        ("a.txt", b" \r\n ", "empty"),
        ("a.txt", b"x" * (MOST_LETTERS + 1), "long"),
        ("a.txt", b"x" * (MOST_BYTES + 1), "large"),
        ("a.txt", b"PK\x03\x04\x00\x00", "unreadable"),
        ("a.docx", b"no zip at all", "unreadable"),
        ("a.docx", packed(other_xml="<a/>"), "unreadable"),
        ("a.docx", packed(word__document_xml="<a>"), "unreadable"),
        ("a.docx", packed(word__document_xml='<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "unreadable"),
        ("a.docx", word("<w:p/>"), "empty"),
        ("a.docx", docx("x")[:-30], "unreadable"),
        ("a.docx", docx(*["word " * 1000] * 9), "long"),
        ("a.odt", odt(*["word " * 1000] * 9), "long"),
        ("a.docx", word("<w:p/>" * 30_000), "long"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, content: bytes, problem: str) -> None:
    read = read_document(name, content)
    assert (read.words, read.problem) == ("", problem)
    assert all(document_line(problem, language) for language in ("en", "es"))  # type: ignore[arg-type]


def test_a_small_file_that_unpacks_to_very_much_is_not_read_to_its_end() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", b"<a>" + b" " * (17 * 1024 * 1024) + b"</a>")
    assert len(out.getvalue()) < MOST_BYTES
    assert read_document("bomb.docx", out.getvalue()).problem == "unreadable"


def test_kind_and_length_are_seen_before_the_file_is_there() -> None:
    assert check_document("a.pdf", 10) == "kind"
    assert check_document("a.docx", MOST_BYTES + 1) == "large"
    assert check_document("a.docx", MOST_BYTES) is None
