"""A document that a browser brings with a form: read, and let go."""

from collections.abc import Mapping

from starlette.datastructures import FormData, UploadFile

from bot.chat.bringing import read_content
from cohorts.evidence.documents import MOST_BYTES, document_line
from cohorts.messages import FileField, Form

MOST_FILES = 4
"""In one form."""
MOST_BODY = 4 * MOST_BYTES
"""Bytes of a form: one with a document that is too large is told so where it stands, with all that was written."""


async def read_files(form: Form, posted: FormData, language: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The words of each document, and what is wrong with it, by field. A browser that has none sends an empty one."""
    read, problems = dict[str, str](), dict[str, str]()
    for field in form.fields:
        file = posted.get(f"f.{field.id}")
        if isinstance(field, FileField) and isinstance(file, UploadFile) and file.filename:
            found = await read_content(file.filename, await file.read(MOST_BYTES + 1))
            read[field.id] = found.words
            problems |= {field.id: document_line(found.problem, language)} if found.problem else {}
    await posted.close()
    return read, problems
