"""One checker for every request to Discord: its OpenAPI description, and the limits that the description does not know
(numbers as Discord documents them).

Problems are sentences; an empty list is a good request. `ours:` stands before what Discord would take and we will not
send: a create that a repeat would double, words that could call somebody by chance, a picture without words.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tests.fakes.discord.components import modal_problems, tree_problems
from tests.fakes.discord.contracts import Json, reference
from tests.fakes.discord.world import COMPONENTS_V2, EPHEMERAL, walk

CONTENT = 2_000
EMBEDS_LETTERS = 6_000
NONCE = 25
# What a sender may set: no link previews, silent, a voice message, components of the second kind, a snapshot's.
SETTABLE = (1 << 2) | (1 << 12) | (1 << 13) | COMPONENTS_V2
COMMAND_NAME = re.compile(r"^[-_'\w]{1,32}$")
COMMAND_LETTERS = 8_000
FOR_ALL = frozenset({"everyone"})
EMPTY_TO_BE_SENT = ("content", "embeds", "components", "attachments", "sticker_ids", "poll", "message_reference")
MESSAGES = "/channels/{channel_id}/messages"
CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"
FOLLOWUP = "/webhooks/{webhook_id}/{webhook_token}"


def check_request(route: str, body: Any) -> list[str]:
    """`route` as the description writes it; `body` as it was sent, None for none."""
    problems: list[str] = []
    contracts = reference()
    if contracts is not None:
        if route not in contracts.routes:
            return [f"{route}: Discord has no such route"]
        problems += contracts.body_problems(route, body)
        problems += contracts.unknown_fields(route, body)
    find = _FINDERS.get(route)
    if find is not None and isinstance(body, (dict, list)):
        problems += _careful(lambda: find(body))
    return [f"{route}: {problem}" for problem in dict.fromkeys(problems)]


def is_ours(problem: str) -> bool:
    """Discord would take it all the same."""
    return " ours: " in problem or " unknown field " in problem


def _careful(find: Callable[[], Iterable[str]]) -> Iterator[str]:
    """A request too broken to be looked at is a problem too."""
    try:
        yield from find()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        yield f"malformed: {type(error).__name__}: {error}"


def message_problems(body: Mapping[str, Any], *, new: bool = True, answering: bool = False) -> Iterator[str]:
    """Of a message to be made or, not `new`, changed. `answering` an interaction it may be for one person alone."""
    components = body.get("components") or []
    flags = int(body.get("flags") or 0)
    second_kind = bool(flags & COMPONENTS_V2) or any(one.get("type", 0) > 8 for one in walk(components))
    if second_kind and not flags & COMPONENTS_V2 and (new or "flags" in body):
        yield "components of the second kind without the flag IS_COMPONENTS_V2"
    if flags & ~(SETTABLE | (EPHEMERAL if answering else 0)):
        yield f"flags {flags} cannot be set"
    if second_kind:
        taken = [name for name in ("content", "embeds", "poll", "sticker_ids") if body.get(name)]
        yield from (f"{name} together with components of the second kind" for name in taken)
    elif len(str(body.get("content") or "")) > CONTENT:
        yield f"content of more than {CONTENT} characters"
    if new and not any(body.get(name) for name in EMPTY_TO_BE_SENT):
        yield "an empty message"
    yield from tree_problems(components, second_kind=second_kind)
    yield from _embed_problems(body.get("embeds") or [])
    yield from _mention_problems(body)


def _created(body: Json) -> Iterator[str]:
    yield from message_problems(body)
    nonce = body.get("nonce")
    if nonce in (None, "") or not body.get("enforce_nonce"):
        yield "ours: a create without an enforced nonce: a repeat would double it"
    elif len(str(nonce)) > NONCE:
        yield f"a nonce of more than {NONCE} characters"


def _mention_problems(body: Mapping[str, Any]) -> Iterator[str]:
    allowed = body.get("allowed_mentions")
    if allowed is None:
        if body.get("content") or body.get("components"):
            yield "ours: nothing is said of allowed_mentions, so whoever is named is called"
        return
    parse = set(allowed.get("parse") or ())
    if parse & FOR_ALL:
        yield "ours: everyone may be called"
    for kind in ("users", "roles"):
        if kind in parse and allowed.get(kind):
            yield f"allowed_mentions: {kind} by name and all of them"


def _embed_problems(embeds: list[Json]) -> Iterator[str]:
    letters = 0
    for embed in embeds:
        texts = [str(embed.get(name) or "") for name in ("title", "description")]
        texts += [str((embed.get(name) or {}).get(key) or "") for name, key in (("footer", "text"), ("author", "name"))]
        fields = embed.get("fields") or []
        texts += [str(one[name]) for one in fields for name in ("name", "value")]
        letters += sum(map(len, texts))
        if len(fields) > 25 or len(texts[0]) > 256 or len(texts[1]) > 4_096:
            yield "an embed that is too large"
    if letters > EMBEDS_LETTERS:
        yield f"embeds of more than {EMBEDS_LETTERS} characters together"


def _called_back(body: Json) -> Iterator[str]:
    kind, data = body.get("type"), body.get("data") or {}
    if kind in {4, 7}:
        yield from message_problems(data, new=kind == 4, answering=True)
    elif kind == 5:
        if int(data.get("flags") or 0) & ~EPHEMERAL:
            yield "a deferred answer may be for one person alone, no more"
    elif kind == 9:
        yield from modal_problems(data)


def _followed_up(body: Json) -> Iterator[str]:
    yield from message_problems(body, answering=True)


def _changed(body: Json) -> Iterator[str]:
    yield from message_problems(body, new=False)


def _threaded(body: Json) -> Iterator[str]:
    if not str(body.get("name", "x")).strip():
        yield "a thread without a name"
    if "message" in body:
        yield from message_problems(body["message"])


def command_problems(commands: Any) -> Iterator[str]:
    """Of all commands that are put at once, or of one."""
    many = commands if isinstance(commands, list) else [commands]
    kinds = [(one.get("type", 1), one["name"]) for one in many]
    yield from (f"the command {name} stands twice" for kind, name in set(kinds) if kinds.count((kind, name)) > 1)
    for kind, most in ((1, 100), (2, 15), (3, 15)):
        if sum(1 for found, _ in kinds if found == kind) > most:
            yield f"more than {most} commands of kind {kind}"
    for one in many:
        yield from _one_command(one)


def _one_command(one: Json) -> Iterator[str]:
    name, chat = str(one["name"]), one.get("type", 1) == 1
    if chat and (not COMMAND_NAME.match(name) or name != name.lower()):
        yield f"{name!r} is no name of a slash command"
    if chat == (not str(one.get("description") or "").strip()):
        yield f"{name}: a slash command has a description, another kind has none"
    if _letters(one) > COMMAND_LETTERS:
        yield f"{name} holds more than {COMMAND_LETTERS} characters"
    yield from _option_problems(name, one.get("options") or [], depth=1)


def _option_problems(owner: str, options: list[Json], depth: int) -> Iterator[str]:
    names = [one["name"] for one in options]
    if len(options) > 25:
        yield f"{owner} has {len(options)} options; 25 is the most"
    if len(set(names)) < len(names):
        yield f"{owner} has options of the same name"
    seen_optional = False
    for one in options:
        if one["type"] in {1, 2} and (one["type"] == 2 and depth > 1):
            yield f"{owner} {one['name']}: groups stand at the top"
        if not COMMAND_NAME.match(one["name"]) or one["name"] != one["name"].lower():
            yield f"{owner}: {one['name']!r} is no name of an option"
        if one.get("required") and seen_optional:
            yield f"{owner}: what is required comes first"
        seen_optional = seen_optional or not one.get("required")
        yield from _option_problems(f"{owner} {one['name']}", one.get("options") or [], depth + 1)


def _letters(one: Json) -> int:
    told = [str(one.get(name) or "") for name in ("name", "description")]
    inside = [*(one.get("options") or []), *(one.get("choices") or [])]
    return sum(map(len, told)) + len(str(one.get("value") or "")) + sum(_letters(each) for each in inside)


_FINDERS: Mapping[str, Callable[[Any], Iterable[str]]] = {
    f"POST {MESSAGES}": _created,
    f"PATCH {MESSAGES}/{{message_id}}": _changed,
    CALLBACK: _called_back,
    f"POST {FOLLOWUP}": _followed_up,
    f"PATCH {FOLLOWUP}/messages/@original": _changed,
    f"PATCH {FOLLOWUP}/messages/{{message_id}}": _changed,
    "POST /channels/{channel_id}/threads": _threaded,
    f"POST {MESSAGES}/{{message_id}}/threads": _threaded,
    "PUT /applications/{application_id}/commands": command_problems,
    "POST /applications/{application_id}/commands": command_problems,
    "PUT /applications/{application_id}/guilds/{guild_id}/commands": command_problems,
}
