"""What every request passes before a page sees it: whence it comes, how much it brings, what a browser may do."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cohorts.words import say

MOST_BYTES = 64 * 1024
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class TooBigError(Exception):
    """More than 64 KB were sent."""


class Guard:
    """Refuses what comes from another site and what is too big; puts the headers on everything that goes out.

    `larger` are paths that take more than others, and how many bytes.
    """

    def __init__(self, app: ASGIApp, larger: Mapping[str, int] | None = None) -> None:
        self._app, self._larger = app, larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                dress(scope["path"], MutableHeaders(scope=message))
            await send(message)

        headers = Headers(scope=scope)
        if scope["method"] not in SAFE and not same_origin(headers):
            await PlainTextResponse(say("en", "chat.error_forbidden"), 403)(scope, receive, guarded)
        elif _announced(headers, most := self._larger.get(scope["path"], MOST_BYTES)) > most:
            await PlainTextResponse(say("en", "chat.error_too_big"), 413)(scope, receive, guarded)
        else:
            await self._app(scope, _limited(receive, most), guarded)


def same_origin(headers: Headers) -> bool:
    """A browser says where a request comes from. What says nothing at all is no browser and carries no cookie."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


def dress(path: str, headers: MutableHeaders) -> None:
    """The headers every response of ours has."""
    for name, value in HEADERS.items():
        headers[name] = value
    headers["Cache-Control"] = "no-cache" if path.startswith("/static/") else "no-store"


def _announced(headers: Headers, most: int) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() else most + 1


def _limited(receive: Receive, most: int) -> Receive:
    """A body may come in pieces, without saying how long it is."""
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > most:
            raise TooBigError
        return message

    return counted
