"""Whatever somebody writes, a page shows it as words; whatever Cohortium writes, a page draws it."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.local.markdown import inline_html, to_html
from bot.chat.local.people import literal, written
from bot.chat.local.render import Surface, message_html, summary
from bot.chat.local.render_form import Filling, fields_html
from bot.chat.markdown import safe_url
from cohorts.messages import Button, Buttons, Facts, Message, Progress, Section, moment, quote_person
from tests.fakes.small_core import JOIN, START, WELCOME

ZONE = "America/Chicago"
SURFACE = Surface(language="en", zone=ZONE, press_url="/chat/r/press", fields=(("csrf", "c"), ("nonce", "n")))
PAGE = {"p", "br", "strong", "em", "code", "blockquote", "ul", "ol", "li", "a", "time"}
NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[x](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "<t:2026-01-05T21:00Z|day_time>",
    "`code` **bold** &lt;script&gt; &#60;b&#62;",
    "https://example.org/'onmouseover='alert(1)",
    "javascript:alert(1) data:text/html,x //evil.example",
)


class Tags(HTMLParser):
    """Every tag and attribute that a browser would find."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, list[str | None]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value)


@pytest.mark.parametrize("text", NASTY)
def test_what_a_person_writes_stays_words(text: str) -> None:
    html = to_html(literal(text), ZONE, "en", by_person=True)
    found = Tags(html)
    assert found.tags <= {"p", "a", "br"}
    assert set(found.attributes) <= {"href", "rel", "target"}
    assert all((href or "").startswith("https://") for href in found.attributes.get("href", []))
    assert html.striptags() == " ".join(text.split())


@given(st.text(max_size=300))
def test_a_persons_words_come_back_as_they_were(text: str) -> None:
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    assert written(Message(text=literal(text))).splitlines() == "\n".join(lines).splitlines()
    assert Tags(to_html(literal(text), ZONE, "en", by_person=True)).tags <= {"p", "a", "br"}


@given(st.text(alphabet="<>&\"'`*_[]()!\\/:|#-+. \nabthps=;{}@~01", max_size=200))
def test_no_markdown_makes_a_tag_of_its_own(text: str) -> None:
    found = Tags(to_html(text, ZONE, "en"))
    assert found.tags <= PAGE
    assert set(found.attributes) <= {"href", "rel", "target", "datetime", "start"}
    assert all(safe_url(href or "") for href in found.attributes.get("href", []))


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/a?b=c", True),
        ("mailto:ana@example.org", True),
        ("/evidence", True),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("http://example.org", False),
        ("javascript:alert(1)", False),
        (" https://example.org", False),
        ("https://example.org/\nx", False),
    ],
)
def test_links_lead_only_where_they_may(url: str, safe: bool) -> None:
    assert safe_url(url) is safe


def test_a_moment_is_spoken_for_its_reader() -> None:
    text = f"Opens {moment(START)}."
    assert "Monday, Jan 12, 9:20 AM" in to_html(text, ZONE, "en")
    assert "lunes, 12 ene, 16:20" in to_html(text, "Europe/Madrid", "es")
    assert '<time datetime="2026-01-12T15:20Z">' in inline_html(text, ZONE, "en")


def test_a_quotation_keeps_its_lines_and_nothing_else() -> None:
    html = to_html(quote_person("one\n<b>two</b>\n\n> three"), ZONE, "en")
    assert Tags(html).tags == {"blockquote", "p", "br"}
    assert html.striptags() == "one <b>two</b> > three"


def test_every_block_is_drawn() -> None:
    found = Tags(message_html(WELCOME, SURFACE))
    assert {"dl", "dt", "dd", "progress", "hr", "form", "button", "a"} <= found.tags
    assert summary(Message(text="**Hi** `you`"), SURFACE) == "Hi you"


def test_labels_and_values_cannot_break_out() -> None:
    evil = '"><script>alert(1)</script>'
    message = Message(
        text=evil,
        blocks=(
            Section(text=evil),
            Facts(rows=((evil, evil),)),
            Progress(label=evil, done=-3, total=0),
            Buttons(
                items=(
                    Button(label=evil, action=evil, value=evil),
                    Button(label=evil, action="", url="javascript:alert(1)"),
                )
            ),
        ),
    )
    html = message_html(message, SURFACE)
    assert "<script" not in html
    assert "javascript:" not in "".join(href or "" for href in Tags(html).attributes.get("href", []))


def test_a_button_says_which_press_it_is() -> None:
    message = Message(text="x", blocks=(Buttons(items=(Button(label="Go", action="a.b", value="v"),)),))
    html = message_html(message, SURFACE)
    for name, value in (("csrf", "c"), ("nonce", "n"), ("action", "a.b"), ("value", "v")):
        assert f'name="{name}" value="{value}"' in html
    assert "<form" not in message_html(message, Surface(language="en", zone=ZONE))


def test_every_kind_of_field_is_drawn_with_what_stands_in_it() -> None:
    values = {
        "subject": '"><b>',
        "practice": "\nfirst line",
        "band": "middle",
        "days": "mon,wed",
        "minutes": "45",
        "share": "",
    }
    html = fields_html(JOIN, Filling(language="es", zone=ZONE), values, {"practice": "Say <more>."})
    assert "<b>" not in html
    assert 'value="middle" checked' in html
    assert [day for day in ("mon", "tue", "wed") if f'value="{day}" checked' in html] == ["mon", "wed"]
    assert '<option value="45" selected>' in html
    assert 'value="yes" checked' not in html
    assert 'aria-invalid="true"' in html
    assert re.search(r'id="f-practice-problem">Say &lt;more&gt;', html)
    assert "(opcional)" in html
    assert 'data-most-words="40"' in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for described in re.findall(r'aria-describedby="([^"]+)"', html):
        assert set(described.split()) <= set(ids)


def test_a_point_with_a_sign_of_its_own_gets_no_dot() -> None:
    html = to_html("- ✓ Every link opens\n- ○ Consent is held\n- Nothing else", ZONE, "en")
    assert html.count('<li class="signed">') == 2
    assert "<li>Nothing else</li>" in html
