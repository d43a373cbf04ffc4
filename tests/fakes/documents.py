"""Documents as writing programs save them, small: what people bring to a form."""

import io
import zipfile
from collections.abc import Sequence
from itertools import groupby
from xml.sax.saxutils import escape

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"


def docx(*paragraphs: str) -> bytes:
    said = "".join(f"<w:p><w:r><w:t>{escape(one)}</w:t></w:r></w:p>" for one in paragraphs)
    xml = f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{WORD}"><w:body>{said}</w:body></w:document>'
    return _packed("word/document.xml", xml)


def odt(*paragraphs: str) -> bytes:
    """A paragraph that begins with a dash is an item of a list."""
    said = "".join(
        _open(list(some), listed=listed) for listed, some in groupby(paragraphs, lambda one: one[:2] == "- ")
    )
    body = f"<office:body><office:text>{said}</office:text></office:body>"
    spaces = f'xmlns:office="{OFFICE}" xmlns:text="{TEXT}"'
    return _packed("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")


def _open(paragraphs: Sequence[str], *, listed: bool) -> str:
    if not listed:
        return "".join(f"<text:p>{escape(one)}</text:p>" for one in paragraphs)
    items = (f"<text:list-item><text:p>{escape(one[2:])}</text:p></text:list-item>" for one in paragraphs)
    return f"<text:list>{''.join(items)}</text:list>"


def _packed(part: str, xml: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(part, xml)
    return out.getvalue()
