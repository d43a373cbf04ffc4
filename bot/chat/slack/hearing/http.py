"""Signed HTTP: Slack calls us. What is not signed, or was signed more than five minutes ago, is not read."""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

import structlog
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from .raw import Hear, text

log = structlog.get_logger()

EVENTS = "/slack/events"
MOST_BYTES = 1_000_000
"""A modal of 250 KB comes back written as a form, which may treble it."""
MOST_FIELDS = 100
FORM = "application/x-www-form-urlencoded"


def http_routes(hear: Hear, signing_secret: str) -> Sequence[BaseRoute]:
    """One address for events, interactions and commands. Raises ValueError for an empty secret: anybody could sign."""
    verifier = SignatureVerifier(signing_secret)

    async def answer(request: Request) -> Response:
        body = await request.body()
        if not _is_signed(verifier, body, request.headers):
            return Response(status_code=401)
        raw = read(body, request.headers.get("content-type", ""))
        if raw is None:
            return Response(status_code=400)
        if text(raw, "type") == "url_verification":
            return JSONResponse({"challenge": text(raw, "challenge")})
        try:
            reply = await hear(raw)
        except Exception as error:  # noqa: BLE001 - it was not kept, so it is not acknowledged: Slack sends it again
            log.warning("slack_not_kept", error=type(error).__name__)
            return Response(status_code=500)
        return JSONResponse(reply) if reply else Response()

    return [Route(EVENTS, answer, methods=["POST"])]


def read(body: bytes, content_type: str) -> object:
    """What a signed body holds: an event's JSON, an interaction's inside of a form, or a command's form. None for what
    is none of them."""
    try:
        if content_type.partition(";")[0].strip().lower() != FORM:
            return json.loads(body)
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
        return json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        return None


def _is_signed(verifier: SignatureVerifier, body: bytes, headers: Mapping[str, str]) -> bool:
    stamp, signature = headers.get("x-slack-request-timestamp"), headers.get("x-slack-signature")
    try:
        return verifier.is_valid(body, stamp, signature)
    except (ValueError, TypeError):  # no number, no text, no ASCII
        return False
