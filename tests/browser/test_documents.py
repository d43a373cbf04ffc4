"""A draft that is brought as a document, in a browser: refused with nothing lost, kept, with and without scripts."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

from cohorts.evidence.documents import MOST_BYTES
from tests.browser.conftest import PHONE, Check, Running, Windows
from tests.browser.test_pages import lived, server
from tests.fakes.documents import docx

__all__ = ["lived", "server"]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
BOX = "Or bring it as a document"
SAID = "I waited three seconds, and four more students spoke."


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def writing(page: Page) -> None:
    page.goto("/evidence")
    page.get_by_role("button", name="Go on writing").first.click()
    expect(page.get_by_label(BOX)).to_be_visible()


def typed(page: Page) -> str:
    return page.locator("form[action='/form'] textarea").first.input_value()


def test_what_is_wrong_with_it_is_said_where_it_stands(windows: Windows, server: Running, check_axe: Check) -> None:
    page = windows.become("ann", viewport=PHONE)
    writing(page)
    check_axe(page)
    page.locator("form[action='/form'] textarea").first.fill("Typed and not lost.")
    page.get_by_label(BOX).set_input_files(file("long.docx", b"x" * (MOST_BYTES + 1)))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This file is larger than 4 MB").first).to_be_visible()
    assert typed(page) == "Typed and not lost."
    page.get_by_label(BOX).set_input_files(file("broken.docx", b"no zip"))
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-problem")).to_contain_text("This file cannot be read")
    expect(page.get_by_label(BOX)).to_have_attribute("aria-invalid", "true")
    assert typed(page) == "Typed and not lost."
    check_axe(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_its_words_are_the_newest_version(windows: Windows, server: Running, scripts: bool) -> None:
    page = windows.become("ann", java_script_enabled=scripts)
    writing(page)
    before = typed(page)
    page.get_by_label(BOX).set_input_files(file("Reflection.docx", docx(SAID)))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("the file itself is not kept")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    writing(page)
    assert typed(page) == before
