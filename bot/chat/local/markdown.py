"""The message's small Markdown → safe HTML. Raw HTML, images and every scheme but https and mailto stay plain text."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from bot.chat.markdown import new_parser
from cohorts.calendar.speak import translate_moments
from cohorts.messages import MOMENT

_SIGNS = ("✓ ", "○ ")
_URL = re.compile(r"https://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def to_html(text: str, zone: str, language: str, *, by_person: bool = False) -> Markup:
    """Paragraphs of safe HTML. In a person's own words a written-out https address becomes a link."""
    env = {"zone": zone, "language": language, "link_urls": by_person}
    return Markup(_PARSER.render(text, env))  # noqa: S704 - the parser escapes all text and knows no raw HTML


def _link_urls(state: StateCore) -> None:
    if not state.env.get("link_urls"):
        return
    for block in state.tokens:
        if block.children:
            block.children = [part for token in block.children for part in _linked(token)]


def _linked(token: Token) -> Sequence[Token]:
    if token.type != "text":
        return [token]
    parts, at = [], 0
    for match in _URL.finditer(token.content):
        parts += [_text(token.content[at : match.start()]), *_link(match[0])]
        at = match.end()
    return [*parts, _text(token.content[at:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _link(url: str) -> Sequence[Token]:
    return [Token("link_open", "a", 1, attrs={"href": url}), _text(url), Token("link_close", "a", -1)]


class _Renderer(RendererHTML):
    def moment(self, tokens: Sequence[Token], index: int, _options: OptionsDict, env: EnvType) -> str:
        token = tokens[index].content
        spoken = translate_moments(token, env["zone"], env["language"])
        return Markup('<time datetime="{}">{}</time>').format(_instant(token), spoken)

    def list_item_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, _env: EnvType) -> str:
        """A point that begins with a sign of its own gets no dot before it."""
        if any(token.content.startswith(_SIGNS) for token in tokens[index + 2 : index + 3]):
            tokens[index].attrSet("class", "signed")
        return str(self.renderToken(tokens, index, options, {}))

    def link_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[index]
        token.attrSet("rel", "noopener noreferrer")
        if not str(token.attrGet("href") or "").startswith("/"):
            token.attrSet("target", "_blank")
        return str(self.renderToken(tokens, index, options, env))


def _instant(token: str) -> str:
    match = MOMENT.match(token)
    try:
        at = datetime.fromisoformat(match[1] if match else "")
    except ValueError:
        return ""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _parser() -> MarkdownIt:
    parser = new_parser(renderer_cls=_Renderer)
    parser.core.ruler.push("link_urls", _link_urls)
    return parser


_PARSER = _parser()


def inline_html(text: str, zone: str, language: str) -> Markup:
    """One line of safe HTML, for a label or a cell."""
    env = {"zone": zone, "language": language}
    return Markup(_PARSER.renderInline(text, env))  # noqa: S704 - as above


def words(text: str, zone: str, language: str) -> Markup:
    """Literal text with its moments spoken: for labels, where no Markdown takes effect."""
    return escape(translate_moments(text, zone, language))
