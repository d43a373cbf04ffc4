"""A document in a form of Discord's: the answer names it, and Discord has it for a while at an address of its own."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.chat.bringing import Brought, read_brought
from bot.chat.discord.api.http import API
from bot.chat.raw import name, part, text
from cohorts.evidence.documents import document_line
from cohorts.messages import FileField, Form

HOSTS = ("discordapp.com", "discordapp.net", "discord.com")
"""Where Discord keeps what people upload, in names under these."""
MOST_NAME = 300


class Files:
    """`base` is the API's address: files that are kept beside it are fetched too."""

    def __init__(self, base: str = API) -> None:
        self._home = urlsplit(base)[:2]

    async def read(
        self, raw: object, form: Form, values: Mapping[str, str], language: str
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The values with words in the place of files, and what is wrong, by field."""
        read, problems = dict(values), dict[str, str]()
        for field in form.fields:
            if isinstance(field, FileField) and values.get(field.id):
                found = await read_brought(self._brought(raw, values[field.id]))
                read[field.id] = found.words
                problems |= {field.id: document_line(found.problem, language)} if found.problem else {}
        return read, problems

    def _brought(self, raw: object, number: str) -> Brought:
        file = part(raw, "data", "resolved", "attachments", number)
        size, url = part(file, "size"), text(file, "url", most=4000)
        called = text(file, "filename", most=MOST_NAME) or name(file, "title")
        return Brought(called, size if isinstance(size, int) else 0, url if self._is_theirs(url) else "")

    def _is_theirs(self, url: str) -> bool:
        try:
            at = urlsplit(url)
            host = at.hostname or ""
        except ValueError:
            return False
        known = any(host == one or host.endswith(f".{one}") for one in HOSTS)
        return (at.scheme == "https" and known) or at[:2] == self._home
