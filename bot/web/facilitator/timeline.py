"""The weeks of a cycle, drawn on the server: SVG without a style of its own, coloured by facilitator.css.

The table beside it says the same in words; the drawing is one picture to a screen reader.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from cohorts.usecases.board.timeline import Bar, Timeline
from cohorts.words import say

WIDTH = 960
HEAD = 46
LANE = 28
BAR = 18
FOOT = 10
GAP = 6
LETTER = 6.6
"""About the width of a letter of a bar's name; a name wider than its bar stands beside it."""
ONE_DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


def draw_timeline(timeline: Timeline, language: str) -> Markup:
    placed = [_placed(timeline, bar) for bar in timeline.bars]
    lanes = _lanes(placed)
    height = HEAD + LANE * (max(lanes, default=0) + 1) + FOOT
    inside = [
        *_closures(timeline, height),
        *_weeks(timeline, height, language),
        *(_bar(one, lane) for one, lane in zip(placed, lanes, strict=True)),
        *_today(timeline, height),
    ]
    label = say(language, "pages.timeline_label", weeks=timeline.weeks)
    return Markup(
        '<svg class="timeline" viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">'
        '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="timeline-hatch" d="M0 0V7"/></pattern></defs>{}</svg>'
    ).format(WIDTH, height, label, Markup("").join(inside))


@dataclass(frozen=True, slots=True)
class _Placed:
    """A bar and its name; `words` is where the name begins, or ends when `before`; `start` and `end` hold both."""

    bar: Bar
    left: float
    right: float
    words: float
    start: float
    end: float
    before: bool = False


def _placed(timeline: Timeline, bar: Bar) -> _Placed:
    """The name stands in its bar, or behind it, or before it where the drawing ends. A done bar is too grey for it."""
    left, right = _x(timeline, bar.first) + 1, _x(timeline, bar.last + ONE_DAY) - 1
    right = max(right, left + 6)
    wide = len(bar.title) * LETTER + 2 * GAP
    if wide <= right - left and bar.kind != "done":
        return _Placed(bar, left, right, left + GAP, left, right)
    if right + wide <= WIDTH:
        return _Placed(bar, left, right, right + GAP, left, right + wide)
    return _Placed(bar, left, right, left - GAP, left - wide, right, before=True)


def _lanes(placed: Sequence[_Placed]) -> list[int]:
    """The first lane in which a bar and its name touch nothing."""
    taken: list[list[_Placed]] = []
    lanes: list[int] = []
    for one in placed:
        free = (number for number, others in enumerate(taken) if not any(_touch(one, other) for other in others))
        lane = next(free, len(taken))
        taken[lane : lane + 1] = [[*(taken[lane] if lane < len(taken) else ()), one]]
        lanes.append(lane)
    return lanes


def _touch(one: _Placed, other: _Placed) -> bool:
    return one.start < other.end and other.start < one.end


def _weeks(timeline: Timeline, height: int, language: str) -> Iterator[Markup]:
    for week in range(timeline.weeks):
        monday = timeline.monday + WEEK * week
        left, middle = _x(timeline, monday), _x(timeline, monday + timedelta(days=3, hours=12))
        here = " is-now" if monday <= timeline.today < monday + WEEK else ""
        yield Markup('<path class="timeline-line" d="M{:.1f} 8V{}"/>').format(left, height)
        yield Markup('<text class="timeline-week{}" x="{:.1f}" y="20">{}</text>').format(here, middle, week + 1)
        yield Markup('<text class="timeline-date" x="{:.1f}" y="37">{}</text>').format(middle, _short(monday, language))


def _closures(timeline: Timeline, height: int) -> Iterator[Markup]:
    for closure in timeline.closures:
        left, right = _x(timeline, closure.first), _x(timeline, closure.last + ONE_DAY)
        said = f"{closure.title} · {', '.join(closure.leas)}"
        yield Markup(
            '<g><title>{}</title><rect class="timeline-closed" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>'
            '<rect x="{:.1f}" y="{}" width="{:.1f}" height="{}" fill="url(#hatch)"/></g>'
        ).format(said, *(left, HEAD - 4, right - left, height - HEAD) * 2)


def _bar(one: _Placed, lane: int) -> Markup:
    bar, top = one.bar, HEAD + LANE * lane
    where = " is-before" if one.before else f" on-{bar.kind}" if one.words < one.right else ""
    return Markup(
        '<g><title>{}</title><rect class="timeline-bar is-{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}" rx="5"/>'
        '<text class="timeline-name{}" x="{:.1f}" y="{}">{}</text></g>'
    ).format(bar.title, bar.kind, one.left, top, one.right - one.left, BAR, where, one.words, top + BAR - 5, bar.title)


def _today(timeline: Timeline, height: int) -> Iterator[Markup]:
    if timeline.monday <= timeline.today < timeline.end:
        x = _x(timeline, timeline.today) + WIDTH / (timeline.weeks * 14)
        yield Markup(
            '<path class="timeline-now" d="M{0:.1f} 42V{1}"/><circle class="timeline-dot" cx="{0:.1f}" cy="42" r="4"/>'
        ).format(x, height)


def _x(timeline: Timeline, day: date) -> float:
    """Where a day begins, kept inside the drawing."""
    share = (day - timeline.monday) / (WEEK * timeline.weeks)
    return WIDTH * min(1.0, max(0.0, share))


def _short(day: date, language: str) -> str:
    month = say(language, "pages.months_short").split()[day.month - 1]
    return say(language, "pages.date_short", day=day.day, month=month)
