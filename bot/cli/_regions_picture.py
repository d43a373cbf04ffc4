"""Regions as a picture that stands by itself: before and after, a line between. Readable in the dark, named for a
screen reader; no script, nothing from elsewhere."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from cohorts.forming.regions import Region
from cohorts.words import say

WIDTH, LEFT, RIGHT = 880, 230, 800
TOP, LANE = 74, 26
STYLE = Markup("""
text { fill: #2a2520; font: 14px system-ui, -apple-system, "Segoe UI", sans-serif }
.head { font-weight: 600; font-size: 17px }
.soft { fill: #64594d; font-size: 12.5px }
.end { text-anchor: end } .mid { text-anchor: middle }
.grid { stroke: #e2d9cb } .line { stroke: #8d8172; stroke-width: 2 }
.before { fill: #fffdfa; stroke: #9a4a1e; stroke-width: 2.5 } .after { fill: #0b675f }
.paper { fill: #fffdfa }
@media (prefers-color-scheme: dark) {
  text { fill: #f0e9df } .soft { fill: #b9ada0 } .grid { stroke: #3b342e } .line { stroke: #8f8374 }
  .before { fill: #211d1a; stroke: #f0aa7f } .after { fill: #74cfc0 } .paper { fill: #211d1a }
}
""")


def draw_regions(regions: Sequence[Region], whole: Region, language: str) -> str:
    """An SVG file."""
    rows = [*regions, whole]
    height = TOP + LANE * len(rows) + 30
    inside = Markup("").join(
        [*_frame(height, language), *(_row(one, place, language) for place, one in enumerate(rows))]
    )
    return str(
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" role="img" aria-labelledby="title desc">'
            '<title id="title">{2}</title><desc id="desc">{3}</desc><style>{4}</style>'
            '<rect class="paper" width="{0}" height="{1}" rx="12"/>{5}</svg>\n'
        ).format(WIDTH, height, say(language, "report.regions_title"), _summary(whole, language), STYLE, inside)
    )


def percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def region_called(region: Region, language: str) -> str:
    return region.name or say(language, "report.regions_none")


def _summary(whole: Region, language: str) -> str:
    return say(
        language,
        "report.regions_summary",
        before=percent(whole.before, whole.singletons),
        after=percent(whole.after, whole.singletons),
        singletons=whole.singletons,
    )


def _frame(height: int, language: str) -> Iterator[Markup]:
    yield Markup('<text class="head" x="24" y="32">{}</text>').format(say(language, "report.regions_title"))
    yield Markup(
        '<circle class="before" cx="30" cy="53" r="5.5"/><text class="soft" x="44" y="57">{}</text>'
        '<circle class="after" cx="300" cy="53" r="6"/><text class="soft" x="314" y="57">{}</text>'
    ).format(say(language, "report.regions_before"), say(language, "report.regions_after"))
    for share in range(0, 101, 25):
        yield Markup(
            '<path class="grid" d="M{0:.1f} {1}V{2}"/><text class="soft mid" x="{0:.1f}" y="{3}">{4} %</text>'
        ).format(_x(share), TOP - 4, height - 26, height - 10, share)


def _row(region: Region, place: int, language: str) -> Markup:
    y = TOP + LANE * place + LANE / 2
    before, after = percent(region.before, region.singletons), percent(region.after, region.singletons)
    return Markup(
        '<text class="end" x="{0}" y="{1:.1f}">{2}</text><path class="line" d="M{3:.1f} {4:.1f}H{5:.1f}"/>'
        '<circle class="before" cx="{5:.1f}" cy="{4:.1f}" r="5.5"/>'
        '<circle class="after" cx="{3:.1f}" cy="{4:.1f}" r="6"/>'
    ).format(LEFT - 14, y + 5, region_called(region, language), _x(after), y, _x(before))


def _x(share: float) -> float:
    return LEFT + (RIGHT - LEFT) * share / 100
