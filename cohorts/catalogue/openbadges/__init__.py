"""Microcredentials in and out as Open Badges: 3.0 both ways, 2.0 inwards."""

from .reading import read_achievement
from .schema import OfficialSchema, read_schema
from .writing import write_achievement

__all__ = ["OfficialSchema", "read_achievement", "read_schema", "write_achievement"]
