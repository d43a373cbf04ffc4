"""The network of a proposal: everybody in it once, LEAs named as far as one is told, few lines crossing."""

from collections.abc import Callable, Sequence
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.web.forming.picture import draw_network, network_rows
from cohorts.forming.form import form_cohorts
from cohorts.forming.model import Candidate, Policy, Proposal
from cohorts.forming.network import UNTOLD, WAITING, Link, Network, network_of
from tests.fakes.examples import examples
from tests.unit.forming.conftest import formed

Make = Callable[..., Candidate]


def homes_of(people: Sequence[Candidate]) -> dict[str, str]:
    return {one.educator_id: f"District {one.lea_id}" for one in people}


def crossings(network: Network) -> int:
    leas = {name: place for place, name in enumerate(network.leas)}
    cohorts = {name: place for place, name in enumerate(network.cohorts)}
    pairs = [(leas[link.lea], cohorts[link.to]) for link in network.links]
    return sum((a - c) * (b - d) < 0 for at, (a, b) in enumerate(pairs) for c, d in pairs[:at])


@settings(max_examples=examples(15), deadline=None)
@given(st.integers(1, 3), st.sets(st.integers(0, 59), max_size=20))
def test_everybody_is_in_it_once_and_hidden_districts_have_no_name(seed: int, hidden: set[int]) -> None:
    people, proposal = formed(60, seed, 3)
    told = {who: lea for who, lea in homes_of(people).items() if int(who[1:]) not in hidden}
    network = network_of(proposal, told)
    assert sum(link.people for link in network.links) == len(people)
    lonely = sum(level != "none" for level in proposal.singletons.values())
    assert network.connected + network.alone == lonely
    assert set(network.leas) == {link.lea for link in network.links} <= {*told.values(), UNTOLD}
    assert set(network.cohorts) == {group.id for group in proposal.groups} | ({WAITING} if proposal.unplaced else set())


def test_lines_are_untangled() -> None:
    links = tuple(Link(lea=f"L{place}", to=f"g{(place * 5) % 8}", people=1, singletons=0) for place in range(8))
    tangled = Network(leas=tuple(f"L{n}" for n in range(8)), cohorts=tuple(f"g{n}" for n in range(8)), links=links)
    people, proposal = formed(60, 2, 3)
    network = network_of(proposal, homes_of(people))
    listed = network.model_copy(
        update={"leas": tuple(sorted(network.leas)), "cohorts": tuple(sorted(network.cohorts))},
    )
    assert crossings(tangled) > 0
    assert crossings(network) < crossings(listed)


def test_it_is_drawn_with_a_name_and_a_summary(candidate: Make, now: datetime) -> None:
    people = [candidate(name, lea_id=f"lea-{place % 3}") for place, name in enumerate("abcdef")]
    people += [candidate("z", share_across_leas=False, lea_id="<b>far</b>")]
    network = network_of(form_cohorts(people, Policy(), 7, now), homes_of(people))
    names = {to: "Cohort 1" for to in network.cohorts if to != WAITING}
    svg = str(draw_network(network, names, "en"))
    assert '<title id="net-title">Districts and cohorts</title>' in svg
    assert "4 districts and 1 cohort. 0 singletons are connected, 1 waits." in svg
    assert "&lt;b&gt;far&lt;/b&gt;" in svg
    assert "style=" not in svg
    assert "is-wide" not in svg
    rows = list(network_rows(network, names, "en"))
    assert rows[0] == ("District <b>far</b>", 1, 1, "none", 1)
    assert ("District lea-0", 2, 0, "Cohort 1 (2)", 0) in rows


def test_long_names_make_it_wide(candidate: Make, now: datetime) -> None:
    people = [candidate(name, lea_id="a district with a very long name indeed") for name in "abcd"]
    network = network_of(form_cohorts(people, Policy(), 7, now), homes_of(people))
    assert 'class="network is-wide"' in str(draw_network(network, dict.fromkeys(network.cohorts, "Cohort 1"), "en"))


def test_an_empty_network_is_drawn_too(now: datetime) -> None:
    empty = Proposal(groups=(), unplaced={}, singletons={}, starts=now.date())
    assert "0 districts and 0 cohorts" in str(draw_network(network_of(empty, {}), {}, "en"))
