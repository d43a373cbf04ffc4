"""The door from the core to `prompts/`: the same `say`, with the filters that keep a person's words literal."""

from prompts.render import LANGUAGES, add_filter, has, say

from .messages import moment, plain, quote_person

add_filter("plain", plain)
add_filter("quoted", quote_person)
add_filter("moment", moment)

__all__ = ["LANGUAGES", "has", "say"]
