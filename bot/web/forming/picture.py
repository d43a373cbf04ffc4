"""The network of a proposal, drawn on the server: SVG without a style of its own, coloured by board.css.

Districts stand on the left, cohorts on the right, a line for whoever of a district is in a cohort. The table beside it
says the same; to a screen reader the drawing is one picture with a name and a summary.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from markupsafe import Markup

from cohorts.forming.network import UNTOLD, WAITING, Link, Network
from cohorts.words import say

LEFT, RIGHT = 330, 560
"""Where districts and cohorts stand."""
BEFORE, AFTER = 14, 16
"""Between them and their names."""
LETTER = 8.5
"""Room for one letter of a name; most are narrower."""
WIDE = 500
"""What is wider than this cannot be read on a phone without being moved under the finger."""
TOP, LANE = 24, 26
LONGEST = 40
THIN, MORE = 1.5, 1.25
"""How wide a line is for one person, and by how much wider for each further one."""


def draw_network(network: Network, cohorts: Mapping[str, str], language: str) -> Markup:
    """`cohorts`: id → what it is called here."""
    names = {**cohorts, WAITING: say(language, "report.net_waiting")}
    rows = max(len(network.leas), len(network.cohorts), 1)
    height = 2 * TOP + LANE * rows
    lefts, rights = _places(network.leas, rows), _places(network.cohorts, rows)
    begins = LEFT - BEFORE - _room(lea_called(lea, language) for lea in network.leas)
    width = RIGHT + AFTER + _room(names[to] for to in network.cohorts) - begins
    inside = [
        *(_link(link, lefts[link.lea], rights[link.to], names[link.to], language) for link in network.links),
        *(_lea(lea, lefts[lea], network, language) for lea in network.leas),
        *(_cohort(to, names[to], rights[to]) for to in network.cohorts),
    ]
    return Markup(
        '<svg class="network{}" width="{w}" height="{h}" viewBox="{} 0 {w} {h}" role="img"'
        ' aria-labelledby="net-title net-desc" focusable="false">'
        '<title id="net-title">{}</title><desc id="net-desc">{}</desc>{}</svg>'
    ).format(
        " is-wide" if width > WIDE else "",
        begins,
        say(language, "report.net_title"),
        _summary(network, language),
        Markup("").join(inside),
        w=width,
        h=height,
    )


def _room(names: Iterable[str]) -> int:
    """The width of the longest of these names."""
    return round(LETTER * max((len(_cut(name)) for name in names), default=0))


def _summary(network: Network, language: str) -> str:
    cohorts = sum(to != WAITING for to in network.cohorts)
    return say(
        language,
        "report.net_summary",
        leas=len(network.leas),
        cohorts=cohorts,
        connected=network.connected,
        alone=network.alone,
    )


def _places(names: Sequence[str], rows: int) -> Mapping[str, float]:
    """Where each stands, the shorter side spread over the height of the longer."""
    step = LANE * rows / max(1, len(names))
    return {name: TOP + step * (place + 0.5) for place, name in enumerate(names)}


def _link(link: Link, start: float, end: float, name: str, language: str) -> Markup:
    said = say(
        language,
        "report.net_link",
        lea=lea_called(link.lea, language),
        to=name,
        count=link.people,
        singletons=link.singletons,
    )
    kind = "is-waiting" if link.to == WAITING else "is-joined" if link.singletons else "is-plain"
    middle = (LEFT + RIGHT) / 2
    return Markup(
        '<path class="network-link {}" stroke-width="{:.2f}" d="M{} {:.1f}C{} {:.1f} {} {:.1f} {} {:.1f}">'
        "<title>{}</title></path>"
    ).format(kind, THIN + MORE * (link.people - 1), LEFT, start, middle, start, middle, end, RIGHT, end, said)


def _lea(lea: str, y: float, network: Network, language: str) -> Markup:
    lonely = any(link.singletons for link in network.links if link.lea == lea)
    return Markup(
        '<circle class="network-lea{}" cx="{}" cy="{:.1f}" r="6"/>'
        '<text class="network-name is-before" x="{}" y="{:.1f}">{}</text>'
    ).format(" is-lonely" if lonely else "", LEFT, y, LEFT - BEFORE, y + 5, _cut(lea_called(lea, language)))


def _cohort(to: str, name: str, y: float) -> Markup:
    kind = " is-waiting" if to == WAITING else ""
    return Markup(
        '<rect class="network-cohort{}" x="{}" y="{:.1f}" width="14" height="14" rx="4"/>'
        '<text class="network-name" x="{}" y="{:.1f}">{}</text>'
    ).format(kind, RIGHT - 7, y - 7, RIGHT + AFTER, y + 5, _cut(name))


def lea_called(lea: str, language: str) -> str:
    return say(language, "report.net_untold") if lea == UNTOLD else lea


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


def network_rows(
    network: Network, cohorts: Mapping[str, str], language: str
) -> Iterator[tuple[str, int, int, str, int]]:
    """Per district: its name, people, singletons, the cohorts they are in, and how many wait."""
    for lea in sorted(network.leas, key=lambda name: (name == UNTOLD, name)):
        links = [link for link in network.links if link.lea == lea]
        met = [
            cohorts[link.to] + (f" ({link.people})" if link.people > 1 else "") for link in links if link.to != WAITING
        ]
        yield (
            lea_called(lea, language),
            sum(link.people for link in links),
            sum(link.singletons for link in links),
            ", ".join(met) or say(language, "forming.nobody"),
            sum(link.people for link in links if link.to == WAITING),
        )
