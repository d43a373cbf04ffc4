"""What somebody wrote of their problem of practice that others of their cohort wrote too, in their own words."""

import re
from collections import Counter
from collections.abc import Sequence

from .similarity import bag

MOST = 3
_WORD = re.compile(r"[^\W\d_]{4,}")


def own_words(mine: str, others: Sequence[str]) -> tuple[str, ...]:
    """Words of my text, as I wrote them, that most of the others use in some form; the commonest first, a few."""
    met = Counter(stem for text in others for stem in bag(text))
    found: dict[str, str] = {}
    for word in _WORD.findall(mine):
        for stem in bag(word):
            if met[stem]:
                found.setdefault(stem, word.lower())
    return tuple(found[stem] for stem in sorted(found, key=lambda stem: (-met[stem], found[stem]))[:MOST])
