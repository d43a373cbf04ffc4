"""A digest as a message: each thing with its minutes and one button, why it came, and how to have less of it."""

from cohorts.messages import Block, Button, Buttons, Context, Divider, Message, Section, moment
from cohorts.words import say

from .model import NEWS, Digest, Item

REF_SEPARATOR = " "
"""Joins refs in the value of the snooze button; refs hold no spaces, and forms change line ends."""


def compose(digest: Digest, language: str) -> Message:
    """The message to send. Its `text` names the first thing, for a notification."""
    first = digest.items[0]
    others = len(digest.items) + len(digest.more) - 1
    headline = say(language, "nudging.headline", first=_title(first, language).partition("\n\n")[0], others=others)
    blocks: list[Block] = [Section(text=say(language, "nudging.greeting", count=len(digest.items)))]
    for item in digest.items:
        blocks += [Section(text=_line(item, language)), Buttons(items=_buttons(item, language))]
    if digest.more:
        blocks.append(Context(text=say(language, "nudging.more", more=len(digest.more))))
    blocks += [Divider(), Context(text=_why(digest, language)), Buttons(items=_settings(digest, language))]
    return Message(text=headline, blocks=tuple(blocks))


def snoozed_refs(value: str) -> tuple[str, ...]:
    """What a pressed snooze button is about."""
    return tuple(value.split())


def _title(item: Item, language: str) -> str:
    return say(language, item.thing.title, **item.thing.params)


def _line(item: Item, language: str) -> str:
    """Title, minutes and when: due in the reader's zone, or past and nothing lost. News asks for neither."""
    if item.thing.kind in NEWS:
        first, gap, rest = _title(item, language).partition("\n\n")
        return f"{say(language, 'nudging.line_news', title=first)}{gap}{rest}"
    key = "line_late" if item.late else "line_due" if item.thing.due else "line"
    thing = item.thing
    if thing.kind == "meeting" and thing.due:
        about = {"title": _title(item, language), "minutes": thing.minutes, "at": thing.due}
        return say(language, "nudging.line_meeting", **about)
    # A weekday alone is one of the coming ones; what is past may be so for weeks.
    due = moment(thing.due, "day_time" if item.late else "weekday_time") if thing.due else ""
    line = say(language, f"nudging.{key}", title=_title(item, language), minutes=thing.minutes, due=due)
    if key != "line_due" or thing.open_until is None:
        return line
    return line + say(language, "nudging.line_open", until=moment(thing.open_until, "weekday_time"))


def _buttons(item: Item, language: str) -> tuple[Button, ...]:
    thing = item.thing
    main = Button(label=say(language, thing.label), action=thing.action, value=thing.value, style="primary")
    later = Button(label=say(language, "nudging.snooze_one"), action="nudge.snooze", value=thing.ref)
    others = (Button(label=say(language, one.label), action=one.action, value=one.value) for one in thing.choices)
    return (main, *others, later) if item.late else (main, *others)


def _why(digest: Digest, language: str) -> str:
    """The first thing's kind is the reason; the others came along."""
    reason = say(language, f"nudging.why_{digest.items[0].thing.kind}")
    return say(language, "nudging.why_this", reason=reason, slowed=digest.slowed, in_time=digest.in_time)


def _settings(digest: Digest, language: str) -> tuple[Button, ...]:
    snooze = Button(label=say(language, "nudging.snooze"), action="nudge.snooze", value=REF_SEPARATOR.join(digest.refs))
    pause = Button(label=say(language, "nudging.pause"), action="nudge.pause", value=digest.educator_id)
    why = Button(label=say(language, "nudging.why"), action="nudge.why", value=digest.educator_id)
    return snooze, pause, why
