"""The weeks of a cycle, drawn on the server: SVG without a style of its own, coloured by facilitator.css.

The table beside it says the same in words; the drawing is one picture to a screen reader.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from markupsafe import Markup

from cohorts.usecases.board.timeline import Bar, Timeline
from cohorts.words import say

WIDTH = 960
HEAD = 46
LANE = 28
BAR = 18
FOOT = 10
ONE_DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


def draw_timeline(timeline: Timeline, language: str) -> Markup:
    lanes = _lanes(timeline.bars)
    height = HEAD + LANE * (max(lanes, default=0) + 1) + FOOT
    inside = [
        *_closures(timeline, height),
        *_weeks(timeline, height, language),
        *(_bar(timeline, bar, lane) for bar, lane in zip(timeline.bars, lanes, strict=True)),
        *_today(timeline, height),
    ]
    label = say(language, "pages.timeline_label", weeks=timeline.weeks)
    return Markup(
        '<svg class="timeline" viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">'
        '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="timeline-hatch" d="M0 0V7"/></pattern></defs>{}</svg>'
    ).format(WIDTH, height, label, Markup("").join(inside))


def _lanes(bars: Sequence[Bar]) -> list[int]:
    """The first lane that is free on the bar's first day; bars come in the order of their first days."""
    free_from: list[date] = []
    lanes: list[int] = []
    for bar in bars:
        lane = next((number for number, day in enumerate(free_from) if day <= bar.first), len(free_from))
        free_from[lane : lane + 1] = [bar.last + ONE_DAY]
        lanes.append(lane)
    return lanes


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


def _bar(timeline: Timeline, bar: Bar, lane: int) -> Markup:
    left, right = _x(timeline, bar.first), _x(timeline, bar.last + ONE_DAY)
    return Markup(
        '<g><title>{}</title><rect class="timeline-bar is-{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}" rx="5"/></g>'
    ).format(bar.title, bar.kind, left + 1, HEAD + LANE * lane, max(right - left - 2, 6), BAR)


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
