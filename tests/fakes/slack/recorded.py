"""Every recorded event and interaction of Slack's, its blanked values filled in, and ways to break one.

for one in recorded(Ids(team="T1", user=ann.id)):
    await slack.courier.send_payload(one.payload).done.wait()
    for what, payload in mutations(one.payload): …
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from hypothesis import strategies as st

from tests.fakes.slack.contracts import Json, reference
from tests.fakes.slack.world import APP_ID

Path = tuple[str | int, ...]
MISSING = object()
STAMP = 1_767_225_600
# What other tests than those of rendering never look into; each holds one of every kind of block there is.
OPAQUE = frozenset({"attachments", "blocks", "file", "files", "root", "comment", "item"})
DEEPEST = 5
HOSTILE: Mapping[str, Any] = {
    "missing": MISSING,
    "null": None,
    "empty text": "",
    "a number": 7,
    "a huge number": 10**400,
    "true": True,
    "a list": ["x"],
    "an empty object": {},
    "an object": {"id": {"id": []}},
    "a huge text": "x" * 100_000,
    "a NUL": "a\x00b",
    "half a character": "\ud800",
    "right to left": "\u202etxt.exe\u200b",
    "markup": "<script>alert(1)</script><!channel><@U0000000> &amp;",
    "sql": "'; DROP TABLE inbox; --",
    "a template": "{{7*7}} ${x} %s {0}",
    "a path": "../../etc/passwd",
    "lines": "a\r\nX-Injected: 1\r\n\r\nb",
}


@dataclass(frozen=True)
class Ids:
    """Whom the filled payloads speak of."""

    team: str = "T00000001"
    user: str = "U00000002"
    channel: str = "C00000003"
    bot: str = "B00000004"
    enterprise: str = ""


@dataclass(frozen=True)
class Recorded:
    """`kind` as Socket Mode calls it: events_api, interactive or slash_commands."""

    name: str
    kind: str
    payload: Json


def recorded(ids: Ids | None = None) -> list[Recorded]:
    """All of them, in the order of their names; none without the contracts. Each event has an id of its own."""
    contracts = reference()
    if contracts is None:
        return []
    filler = _Filler(ids or Ids())
    found: list[Recorded] = []
    for path in sorted((contracts.folder / "payloads").rglob("*Payload.json")):
        kind = "events_api" if path.parent.name == "events" else "interactive"
        if path.parent.name == "slash-commands":
            kind = "slash_commands"
        payload = filler.fill(json.loads(path.read_text("utf-8")))
        if kind == "events_api" and "event" in payload:
            payload |= {"type": "event_callback", "event_id": f"Ev0{len(found):07d}"}
        found.append(Recorded(path.stem.removesuffix("Payload"), kind, payload))
    return found


class _Filler:
    """A blank gets the value that its key asks for; numbers and flags stay as they were recorded."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._numbers = count(1)
        times = r"ts|.*_ts|latest_reply|last_read|timestamp"
        self._rules: list[tuple[re.Pattern[str], str]] = [
            (re.compile(pattern), value)
            for pattern, value in (
                (r"user|user_id|.*_user_id|creator|inviter|editor|.*_user|users|.*_users", ids.user),
                (r"channel|channel_id|.*_channel|channels|linked_channel_id|conversation.*", ids.channel),
                (r"team|team_id|.*_team|.*_team_id|teams|authed_teams", ids.team),
                (r"bot_id", ids.bot),
                (r"enterprise|enterprise_id|.*_enterprise_id", ids.enterprise),
                (r"app_id|api_app_id", APP_ID),
                (r"channel_type", "channel"),
                (r"tz", "America/Chicago"),
                (r"email", "ann@example.org"),
                (r"locale", "en-US"),
                (r".*url.*|permalink.*|thumb_.*|image_.*", "https://files.slack.example.com/x"),
                (r"token|bot_access_token", "legacy"),
                (r"command", "/cohort"),
                (r"tab", "home"),
                (r"hash", "1767225600.abcd"),
            )
        ]
        self._times = re.compile(times)
        self._of_parent = {"user": ids.user, "channel": ids.channel, "team": ids.team, "bot_profile": ids.bot}

    def fill(self, shape: Any, key: str = "", parent: str = "") -> Any:
        if isinstance(shape, dict):
            return {name: self.fill(value, name, key) for name, value in shape.items()}
        if isinstance(shape, list):
            return [self.fill(value, key, parent) for value in shape]
        if shape in ("", "0000000000.000000") or re.fullmatch(r"[A-Z]0{8}", str(shape)):
            return self._value(key, parent)
        return STAMP if key in {"event_time", "created", "updated", "date_create"} else shape

    def _value(self, key: str, parent: str) -> str:
        if self._times.fullmatch(key):
            return f"{STAMP}.{next(self._numbers):06d}"
        if key == "id":
            return self._of_parent.get(parent, f"X{next(self._numbers):08d}")
        for pattern, value in self._rules:
            if pattern.fullmatch(key):
                return value
        return f"{key} {next(self._numbers)}"


def paths(payload: Any, *, into: frozenset[str] = OPAQUE) -> Iterator[Path]:
    """Where something stands in the payload, the outermost first; not inside of what is opaque."""

    def walk(node: Any, path: Path) -> Iterator[Path]:
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in items:
            yield (*path, key)
            if key not in into and len(path) < DEEPEST:
                yield from walk(value, (*path, key))

    return walk(payload, ())


def changed(payload: Any, path: Path, value: Any) -> Any:
    """A copy with this value at the path, or without it when the value is MISSING; the rest is shared."""
    first, rest = path[0], path[1:]
    copy = list(payload) if isinstance(payload, list) else dict(payload)
    if rest:
        copy[first] = changed(payload[first], rest, value)  # type: ignore[index]
    elif value is MISSING:
        del copy[first]  # type: ignore[arg-type]
    else:
        copy[first] = value  # type: ignore[index]
    return copy


def mutations(payload: Json, names: Sequence[str] = tuple(HOSTILE)) -> Iterator[tuple[str, Json]]:
    """Each place of the payload broken in each of these ways, with the words for it, e.g. `event.user: null`."""
    for path in paths(payload):
        for name in names:
            yield f"{'.'.join(map(str, path))}: {name}", changed(payload, path, HOSTILE[name])


@st.composite
def broken(draw: st.DrawFn, payloads: Sequence[Json], most: int = 4) -> Json:
    """One of the payloads with up to `most` places broken at once."""
    payload = draw(st.sampled_from(payloads))
    for _ in range(draw(st.integers(1, most))):
        there = list(paths(payload))
        if there:
            payload = changed(payload, draw(st.sampled_from(there)), HOSTILE[draw(st.sampled_from(list(HOSTILE)))])
    return payload
