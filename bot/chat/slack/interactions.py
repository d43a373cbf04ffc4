"""What somebody did with something of ours: a button, a modal, a message's menu, a command → our event, or None."""

import json
import re
from collections.abc import Mapping

from cohorts.events import AccountRef, Place, Pressed, Sent

from .form_answers import values_of
from .hearing.raw import name, part, text, words
from .ids import PLATFORM, event_key, message_id
from .origin import origin_of
from .render import MOST_VALUE
from .render_form import CALLBACK, MOST_METADATA

SHORTCUTS: Mapping[str, str] = {"keep_evidence": "evidence.keep.open", "ask_cohort": "cohort.ask.open"}
"""A message's menu entries, as the manifest names them → our actions."""
CONNECT, HERE, HERE_SENT = "account.connect", "room.here.open", "room.here.send"
COMMANDS: Mapping[str, str] = {"help": "join.how.open", "evidence": "evidence.open", "connect": CONNECT, "here": HERE}
"""The first word after /cohort; anything else, or nothing, is home. The second is what it is done with: a code."""
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}")
OUR_COMMAND = "/cohort"


def clicked(raw: object) -> Pressed | None:
    """A button. None for one that only opens a page: the browser has done it already."""
    account, button = _account(raw), part(raw, "actions", 0)
    number, _, action = name(button, "action_id").partition(":")
    if account is None or text(button, "type") != "button" or not number.isdecimal() or not action:
        return None
    what = _known(raw)
    place = _place(raw) or what.place
    moment = f"{place.message} {name(part(raw, 'container'), 'view_id')} {name(button, 'action_ts')} {action}"
    key = event_key("pressed", account.workspace, account.user, name(raw, "trigger_id") or moment)
    value = text(button, "value", most=MOST_VALUE)
    return Pressed(key=key, account=account, place=place, action=action, value=value)


def submitted(raw: object) -> Sent | None:
    """A form. Each try has a trigger of its own: the same view comes back when an answer was refused."""
    account, view = _account(raw), part(raw, "view")
    what = _known(raw)
    if account is None or not isinstance(view, Mapping) or text(view, "callback_id") != CALLBACK or not what.action:
        return None
    values = values_of(view)
    said = json.dumps(values, sort_keys=True)
    moment = name(raw, "trigger_id") or f"{name(view, 'id')} {name(view, 'hash')} {said}"
    key = event_key("sent", account.workspace, account.user, moment)
    return Sent(key=key, account=account, place=what.place, action=what.action, value=what.value, values=values)


def pointed(raw: object) -> Pressed | None:
    """An entry of a message's own menu. The value is the link to it, a line end, and what it says, as far as a value
    goes."""
    account, action = _account(raw), SHORTCUTS.get(text(raw, "callback_id"))
    channel, ts = name(raw, "channel", "id"), name(raw, "message", "ts") or name(raw, "message_ts")
    if account is None or action is None or not channel or not ts:
        return None
    place = _spot(channel, ts, name(raw, "message", "thread_ts"))
    key = event_key("pointed", account.workspace, account.user, name(raw, "trigger_id") or f"{action} {place.message}")
    value = f"{_link(raw, channel, ts)}\n{words(raw, 'message', 'text')}"[:MOST_VALUE]
    return Pressed(key=key, account=account, place=place, action=action, value=value)


def _link(raw: object, channel: str, ts: str) -> str:
    """Where Slack itself shows the message; "" when it does not say in which domain."""
    domain, thread = name(raw, "team", "domain"), name(raw, "message", "thread_ts")
    if not _DOMAIN.fullmatch(domain):
        return ""
    inside = f"?thread_ts={thread}&cid={channel}" if thread and thread != ts else ""
    return f"https://{domain}.slack.com/archives/{channel}/p{ts.replace('.', '')}{inside}"


def commanded(raw: object) -> Pressed | None:
    workspace, user, trigger = origin_of(raw).workspace, name(raw, "user_id"), name(raw, "trigger_id")
    if text(raw, "command") != OUR_COMMAND or not workspace or not user or not trigger:
        return None
    first, code, *_ = [*text(raw, "text", most=MOST_VALUE).split(), "", ""]
    account = AccountRef(platform=PLATFORM, workspace=workspace, user=user)
    key = event_key("commanded", workspace, user, trigger)
    place = Place(conversation=name(raw, "channel_id"))
    action = COMMANDS.get(first.lower(), "home.open")
    value = code if action == CONNECT else ""
    return Pressed(key=key, account=account, place=place, action=action, value=value)


class _Known:
    """What a view of ours was opened for."""

    def __init__(self, known: object) -> None:
        self.action, self.value = name(known, "action"), text(known, "value")
        self.place = Place(
            conversation=name(known, "conversation"), thread=name(known, "thread"), message=name(known, "message")
        )


def _known(raw: object) -> _Known:
    try:
        return _Known(json.loads(text(raw, "view", "private_metadata", most=2 * MOST_METADATA)))
    except (ValueError, RecursionError):
        return _Known(None)


def _account(raw: object) -> AccountRef | None:
    workspace, user = origin_of(raw).workspace, name(raw, "user", "id")
    return AccountRef(platform=PLATFORM, workspace=workspace, user=user) if workspace and user else None


def _place(raw: object) -> Place | None:
    channel = name(raw, "channel", "id") or name(raw, "container", "channel_id")
    ts = name(raw, "container", "message_ts") or name(raw, "message", "ts")
    thread = name(raw, "container", "thread_ts") or name(raw, "message", "thread_ts")
    return _spot(channel, ts, thread) if channel else None


def _spot(channel: str, ts: str, thread: str) -> Place:
    root = message_id(channel, thread) if thread and thread != ts else ""
    return Place(conversation=channel, thread=root, message=message_id(channel, ts, thread))
