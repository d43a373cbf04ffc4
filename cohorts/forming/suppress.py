"""Small counts are not told, and cannot be worked out from what is told beside them."""

from collections.abc import Collection, Mapping

FEWEST = 5
FEWEST_LEAS = 3
"""With two, each would know the other's figures by taking its own away."""


def hidden_cells(counts: Mapping[str, int], narrow: Collection[str] = ()) -> frozenset[str]:
    """Which cells of a table with a known sum are not told: those of one to four people and the `narrow` ones, and
    where that is one cell alone, or too few in all, the next smallest as well. An empty cell tells nothing of anybody.
    """
    small = {name for name, count in counts.items() if 0 < count < FEWEST or name in narrow}
    rest = sorted(
        (name for name in counts if counts[name] and name not in small), key=lambda name: (counts[name], name)
    )
    while small and rest and (len(small) == 1 or sum(counts[name] for name in small) < FEWEST):
        small.add(rest.pop(0))
    return frozenset(small)
