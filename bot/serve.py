"""The local chat on a port of this machine."""

import asyncio
import signal
import socket
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from errno import EADDRNOTAVAIL
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from bot import clock
from bot.alone import FolderError, make_folder
from bot.app import House
from bot.chat.slack.hearing.http import EVENTS, MOST_BYTES
from bot.chat.slack.install.paths import INSTALLED, NOT_INSTALLED
from bot.connections import BACKLOG, PatientProtocol, most_connections
from bot.health import health_routes
from bot.settings import Settings
from bot.web.app import build_web
from bot.web.desk import Desk, WebSettings
from bot.web.installing import COMMANDS, installing
from bot.web.pages_routes import PAGES

PORTS_TRIED = 50
LEAST_SECRET = 32


class PortsTakenError(Exception):
    """No free port near the one that was asked for."""


class ForeignHostError(Exception):
    """The address to listen on is none of this machine's."""


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or the next one that is free. Raises PortsTakenError or ForeignHostError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno == EADDRNOTAVAIL or isinstance(error, socket.gaierror):
                    told = f"{host} is no address of this machine. Mend COHORTIUM_HOST; 0.0.0.0 is all of them."
                    raise ForeignHostError(told) from None
            else:
                return port
    raise PortsTakenError(f"Ports {wanted} to {wanted + PORTS_TRIED} of {host} are taken; set COHORTIUM_PORT.")


class ShortSecretError(Exception):
    """A secret this short can be guessed, and whoever guesses it can be anybody."""


def secret_of(settings: Settings) -> str:
    """The operator's secret, or one made once and kept in the data folder, for this user's eyes only.

    Raises ShortSecretError or FolderError.
    """
    given = settings.secret.get_secret_value()
    if given and len(given) < LEAST_SECRET:
        raise ShortSecretError(f"COHORTIUM_SECRET has fewer than {LEAST_SECRET} characters: it can be guessed.")
    if given:
        return given
    path = settings.data / "secret"
    kept = path.read_text("utf-8").strip() if path.exists() else ""
    if kept:  # an empty one was cut off while it was made, and everybody would know it
        return kept
    make_folder(settings.data)
    made = clock.token()
    try:
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(made, "utf-8")
    except OSError as error:
        raise FolderError(settings.data, error) from None
    return made


def told_to_stop() -> asyncio.Event:
    """Set by Ctrl+C or SIGTERM: the process ends by itself when what is under way is done."""
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    return stopped


def server_for(
    web: ASGIApp, host: str, port: int, protocol: type[PatientProtocol] = PatientProtocol, most: int = 0
) -> uvicorn.Server:
    """At most `most` connections, or as many as this process can hold.

    Its log lines go the way of all others (bot/log.py): its own would repeat what people wrote.
    """
    config = uvicorn.Config(
        web,
        host,
        port,
        http=protocol,
        limit_concurrency=most or most_connections(),
        backlog=BACKLOG,
        log_config=None,
        log_level="warning",
        lifespan="off",
    )
    return uvicorn.Server(config)


async def serve_until(stopped: asyncio.Event, server: uvicorn.Server) -> None:
    """Until that is set, though it were before the server began."""

    async def end() -> None:
        await stopped.wait()
        server.should_exit = True

    ending = asyncio.create_task(end())
    try:
        await server.serve()
    finally:
        ending.cancel()


async def serve(
    house: House, desk: Desk, settings: Settings, say: Callable[[str], None], slack: Sequence[BaseRoute] = ()
) -> None:
    """Serves until it is stopped. `say` gets the address, once it answers; `slack` is where Slack calls us."""
    port = free_port(settings.host, settings.port)
    public = urlsplit(settings.public_url)
    known = WebSettings(
        secret=secret_of(settings),
        hosts=(public.hostname,) if public.hostname else (),
        secure=public.scheme == "https",
        connects=tuple(name for name in COMMANDS if name in house.chats),
    )
    token = settings.metrics_token.get_secret_value()
    health = health_routes(house, token, rings=desk.clock is None, public=bool(settings.public_url))
    ends = installing(INSTALLED, NOT_INSTALLED) if house.installations else ()
    web = build_web(desk, house.local, known, (*slack, *PAGES, *health, *ends), {EVENTS: MOST_BYTES})
    server = server_for(web, settings.host, port)
    told = asyncio.create_task(_tell(server, settings, port, say))
    try:
        await serve_until(told_to_stop(), server)
    finally:
        told.cancel()
        _answering(settings).unlink(missing_ok=True)


def address_of(settings: Settings) -> str:
    """Where links lead, without a slash at the end: while the chat is on another port than it should be, there."""
    with suppress(OSError):
        return settings.public_url.rstrip("/") or _answering(settings).read_text("utf-8")
    return settings.address


def _answering(settings: Settings) -> Path:
    """Holds the address while the chat answers on it; what a killed process leaves behind, the next start replaces."""
    return settings.data / "address"


async def _tell(server: uvicorn.Server, settings: Settings, port: int, say: Callable[[str], None]) -> None:
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by this flag alone
        await asyncio.sleep(0.05)
    address = f"http://{settings.host}:{port}"
    make_folder(settings.data)
    _answering(settings).write_text(address, "utf-8")
    if port != settings.port:
        say(f"Port {settings.port} is taken, so this is on {port}.")
    say(f"Cohortium answers on {address} (Ctrl+C stops it).")
    if settings.open_browser:
        await asyncio.to_thread(webbrowser.open, address)
