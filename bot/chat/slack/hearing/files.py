"""A document in a form of Slack's: the answer names it, and Slack hands it to whoever shows our token."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.chat.bringing import Brought, read_brought
from bot.chat.slack.api.calls import CALL_ERRORS, Calls
from bot.chat.slack.form_answers import answers
from cohorts.events import OpenForm, Response, Sent
from cohorts.evidence.documents import document_line
from cohorts.messages import FileField

from .raw import part, text

READS = "files:read"
MOST_NAME = 300


class Files:
    """What is brought is asked of Slack alone: our token goes with it."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def fit(self, workspace: str, response: Response) -> Response:
        """A form without its files where a workspace has installed us before we asked to read any."""
        if not isinstance(response, OpenForm):
            return response
        kept = tuple(field for field in response.form.fields if not isinstance(field, FileField))
        if len(kept) == len(response.form.fields) or await self._may_read(workspace):
            return response
        return OpenForm(form=response.form.model_copy(update={"fields": kept}))

    async def read(self, raw: object, event: Sent, language: str) -> tuple[Sent, Mapping[str, str]]:
        """The event with words in the place of files, and what is wrong, by field."""
        values, problems = dict(event.values), dict[str, str]()
        view = part(raw, "view")
        for field, element in answers(view) if isinstance(view, Mapping) else ():
            if part(element, "files", 0) is None:
                continue
            file = await self._brought(event.account.workspace, part(element, "files", 0))
            found = await read_brought(*file)
            values[field] = found.words
            problems |= {field: document_line(found.problem, language)} if found.problem else {}
        return event.model_copy(update={"values": values}), problems

    async def _brought(self, workspace: str, file: object) -> tuple[Brought, Mapping[str, str]]:
        size, url = part(file, "size"), text(file, "url_private_download") or text(file, "url_private")
        length = size if isinstance(size, int) else 0
        try:
            token = await self._calls.token(workspace) if self._is_theirs(url) else ""
        except CALL_ERRORS:
            token = ""
        brought = Brought(text(file, "name", most=MOST_NAME), length, url if token else "")
        return brought, {"Authorization": f"Bearer {token}"}

    async def _may_read(self, workspace: str) -> bool:
        try:
            return READS in await self._calls.scopes(workspace)
        except CALL_ERRORS:
            return False

    def _is_theirs(self, url: str) -> bool:
        try:
            at = urlsplit(url)
            host = at.hostname or ""
        except ValueError:
            return False
        return (at.scheme == "https" and host.endswith(".slack.com")) or at[:2] == self._calls.home
