"""What somebody did with something of ours: a button, a form, a menu, a command → our event, or None. Pure."""

from collections.abc import Callable, Mapping

from bot.chat.raw import name, part, text
from cohorts.events import AccountRef, Event, Pressed, Sent

from .commands import ASK, COMMAND, CONNECT_OPTION, KEEP, SHOW_OPTION
from .custom_ids import HANDLE, read
from .form_answers import FORM, values_of
from .hearing.looking import account_of, place_of, snowflake, words
from .ids import event_key

PAGE = "form.page"
"""What the buttons of a form do: show this page of it. The core never hears of them."""
KEPT = "kept"
"""The action of a button whose meaning is kept by the house, with its handle as the value."""
CONNECT, HERE, HERE_SENT = "account.connect", "room.here.open", "room.here.send"
SHOWN: Mapping[str, str] = {"help": "join.how.open", "evidence": "evidence.open", "here": HERE}
"""What /cohort is asked to show; anything else, or nothing, is home."""
POINTED: Mapping[str, str] = {KEEP: "evidence.keep.open", ASK: "cohort.ask.open"}
"""A message's menu entries, as the commands name them → our actions."""
CHAT_INPUT, ON_MESSAGE = 1, 3
BUTTON = 2
THREADS = (10, 11, 12)
PRIVATE_THREAD = 12
MOST_VALUE = 2000


def interacted(raw: object) -> Event | None:
    """None for what is no use of ours: a menu of another kind, autocompletion, a bot."""
    reading = _READINGS.get(str(part(raw, "type")))
    who, number = _who(raw), snowflake(raw, "id")
    if reading is None or who is None or not number or not name(raw, "token"):
        return None
    return reading(raw, event_key("interaction", number), who)


def _who(raw: object) -> AccountRef | None:
    """In a server it is told as a member, in a direct conversation as a user. A member of no server is nobody: their
    place would be taken for their own conversation with us."""
    if part(raw, "member") is not None and not snowflake(raw, "guild_id"):
        return None
    user = snowflake(raw, "member", "user", "id") or snowflake(raw, "user", "id")
    return account_of(raw, user) if user else None


def _pressed(raw: object, key: str, who: AccountRef) -> Event | None:
    does, place = read(text(raw, "data", "custom_id", most=101)), place_of(raw, snowflake(raw, "message", "id"))
    if does is None or place is None or part(raw, "data", "component_type") != BUTTON:
        return None
    action, value = does
    return Pressed(key=key, account=who, place=place, action=KEPT if action == HANDLE else action, value=value)


def _sent(raw: object, key: str, who: AccountRef) -> Event | None:
    """A page of a form that is open: what it is for is kept by the house, under the form's id."""
    form = FORM.fullmatch(text(raw, "data", "custom_id", most=101))
    place = place_of(raw, snowflake(raw, "message", "id"))
    if form is None or place is None:
        return None
    return Sent(key=key, account=who, place=place, action=KEPT, value=form[0], values=values_of(part(raw, "data")))


def _commanded(raw: object, key: str, who: AccountRef) -> Event | None:
    place = place_of(raw)
    if place is None:
        return None
    kind, called = part(raw, "data", "type"), text(raw, "data", "name", most=80)
    if kind == ON_MESSAGE:
        return _pointed(raw, key, who, POINTED.get(called, ""))
    if kind != CHAT_INPUT or called != COMMAND:
        return None
    options = _options(raw)
    if code := options.get(CONNECT_OPTION, "").strip():
        return Pressed(key=key, account=who, place=place, action=CONNECT, value=code)
    action = SHOWN.get(options.get(SHOW_OPTION, ""), "home.open")
    value = ("private" if is_private(raw) else "") if action == HERE else ""
    return Pressed(key=key, account=who, place=place, action=action, value=value)


def _options(raw: object) -> Mapping[str, str]:
    found = part(raw, "data", "options")
    given = found if isinstance(found, list) else []
    return {name(one, "name"): text(one, "value", most=200) for one in given[:25]}


def _pointed(raw: object, key: str, who: AccountRef, action: str) -> Event | None:
    """The value is the link to the message, a line end, and what it says, as far as a value goes."""
    target = snowflake(raw, "data", "target_id")
    message = part(raw, "data", "resolved", "messages", target)
    place = place_of(raw, target)
    if not action or not target or place is None:
        return None
    server, channel = who.workspace or "@me", snowflake(raw, "channel_id")
    link = f"https://discord.com/channels/{server}/{channel}/{target}"
    value = f"{link}\n{words(message)}"[:MOST_VALUE]
    return Pressed(key=key, account=who, place=place, action=action, value=value)


def is_private(raw: object) -> bool:
    """Whether this is no place for everybody in the server, as far as Discord tells with an interaction."""
    return part(raw, "channel", "type") == PRIVATE_THREAD


def thread_parent(raw: object) -> str:
    """The channel in whose thread this was done; "" outside of threads."""
    inside = part(raw, "channel", "type") in THREADS
    return snowflake(raw, "channel", "parent_id") if inside else ""


def leads_on(message: object) -> bool:
    """Whether all that can be done with this message is to go on with a form."""
    rows = part(message, "components")
    buttons = [one for row in (rows if isinstance(rows, list) else []) for one in _list(part(row, "components"))]
    does = [read(text(one, "custom_id", most=101)) for one in buttons]
    return bool(does) and all(one is not None and one[0] == PAGE for one in does)


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def language_of(raw: object) -> str:
    """Of who did it, as their Discord is set: two letters."""
    return text(raw, "locale")[:2].lower()


_READINGS: Mapping[str, Callable[[object, str, AccountRef], Event | None]] = {
    "2": _commanded,
    "3": _pressed,
    "5": _sent,
}
