"""Our message → safe HTML. Pure: whoever reads, and what a press needs, comes in as a `Surface`."""

from collections.abc import Callable
from functools import singledispatch

from markupsafe import Markup, escape

from bot.chat.markdown import safe_url
from cohorts.messages import Button, Buttons, Context, Divider, Facts, Message, Progress, Section
from cohorts.values import Frozen

from .markdown import inline_html, to_html, words

EMPTY = Markup("")
_PRESSED = ("action", "value")


class Surface(Frozen):
    """How one person sees one message. `fields` go with every press: the token against forgery, the message, a nonce.

    Without a `press_url` buttons are drawn but cannot be pressed: on somebody's printed page, say. With a `ticket` a
    press sends what it gives for (action, value) instead of the two: where there is no message to look them up in.
    """

    language: str
    zone: str
    press_url: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    by_person: bool = False
    ticket: Callable[[str, str], str] | None = None


def message_html(message: Message, surface: Surface) -> Markup:
    """The blocks, or the text when there are none."""
    if not message.blocks:
        return to_html(message.text, surface.zone, surface.language, by_person=surface.by_person)
    return EMPTY.join(block_html(block, surface) for block in message.blocks)


def summary(message: Message, surface: Surface) -> str:
    """The message's text without its marks, for a title or a list."""
    return inline_html(" ".join(message.text.split()), surface.zone, surface.language).striptags()


@singledispatch
def block_html(block: object, surface: Surface) -> Markup:
    raise TypeError(f"no way to draw {type(block).__name__} for {surface.language}")


@block_html.register
def _section(block: Section, surface: Surface) -> Markup:
    return Markup('<div class="block-section">{}</div>').format(to_html(block.text, surface.zone, surface.language))


@block_html.register
def _context(block: Context, surface: Surface) -> Markup:
    return Markup('<div class="block-context">{}</div>').format(to_html(block.text, surface.zone, surface.language))


@block_html.register
def _facts(block: Facts, surface: Surface) -> Markup:
    row = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
    zone, language = surface.zone, surface.language
    rows = (
        row.format(inline_html(label, zone, language), inline_html(value, zone, language))
        for label, value in block.rows
    )
    return Markup('<dl class="block-facts">{}</dl>').format(EMPTY.join(rows))


@block_html.register
def _progress(block: Progress, surface: Surface) -> Markup:
    total = max(block.total, 1)
    done = min(max(block.done, 0), total)
    label = words(block.label, surface.zone, surface.language)
    bar = Markup('<label class="block-progress"><span>{}</span><progress max="{}" value="{}">{}</progress></label>')
    return bar.format(label, total, done, f"{block.done}/{block.total}")


@block_html.register
def _divider(_block: Divider, _surface: Surface) -> Markup:
    return Markup('<hr class="block-divider">')


@block_html.register
def _buttons(block: Buttons, surface: Surface) -> Markup:
    drawn = (_button(button, surface) for button in block.items)
    return Markup('<div class="block-buttons">{}</div>').format(EMPTY.join(drawn))


def _button(button: Button, surface: Surface) -> Markup:
    look = f"button button-{button.style}"
    if button.url:
        return _page_link(button, look)
    label = words(button.label, surface.zone, surface.language)
    if not surface.press_url:
        return Markup('<span class="{}">{}</span>').format(look, label)
    ticket = surface.ticket
    what = [("ticket", ticket(button.action, button.value))] if ticket else [(n, getattr(button, n)) for n in _PRESSED]
    pairs = (*surface.fields, *what)
    form = Markup(
        '<form method="post" action="{}" data-live="press">{}<button class="{}" type="submit">{}</button></form>'
    )
    return form.format(surface.press_url, hidden(pairs), look, label)


def _page_link(button: Button, look: str) -> Markup:
    if not safe_url(button.url):
        return Markup('<span class="{}">{}</span>').format(look, button.label)
    away = Markup("") if button.url.startswith("/") else Markup(' target="_blank"')
    link = Markup('<a class="{}" href="{}" rel="noopener noreferrer"{}>{}</a>')
    return link.format(look, button.url, away, button.label)


def hidden(pairs: tuple[tuple[str, str], ...]) -> Markup:
    """Hidden inputs, in order."""
    line: Callable[[str, str], Markup] = Markup('<input type="hidden" name="{}" value="{}">').format
    return EMPTY.join(line(escape(name), value) for name, value in pairs)
