"""Who could be in one cohort by what each keeps to, before anybody's list of names is looked at."""

from typing import NamedTuple


class Keeps(NamedTuple):
    """What somebody keeps to: their own LEA unless they `share`, and their own grade band if `own_grades`. `band` is
    None when it is unknown; to keep to that means nothing."""

    lea_id: str
    share: bool
    band: float | None
    own_grades: bool


def could_be_together(one: Keeps, other: Keeps) -> bool:
    """By the consent and the grades of both. An unknown LEA is nobody's own."""
    if one.band != other.band and (_keeps_band(one) or _keeps_band(other)):
        return False
    same_lea = bool(one.lea_id) and one.lea_id == other.lea_id
    return same_lea or (one.share and other.share)


def _keeps_band(one: Keeps) -> bool:
    return one.own_grades and one.band is not None
