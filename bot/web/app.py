"""The pages, put together."""

from collections.abc import Mapping, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.chat.local.adapter import LocalChat

from . import clock_bar, entry, live
from .chat import actions, pages
from .chat.files import MOST_BODY
from .desk import Desk, WebSettings
from .errors import handlers
from .guard import Guard
from .installing import CONNECTING
from .session import COOKIE, COOKIE_LASTS
from .views import STATIC

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


def build_web(
    desk: Desk,
    local: LocalChat,
    settings: WebSettings,
    more: Sequence[BaseRoute] = (),
    larger: Mapping[str, int] | None = None,
) -> Starlette:
    """The local chat in a browser. `more` are the routes of other pages; a route named in `nav` gets its door.

    `larger` are paths that take longer bodies than a page's.
    """
    larger = {"/form": MOST_BODY, **(larger or {})}
    session = Middleware(
        SessionMiddleware,
        secret_key=settings.secret,
        session_cookie=COOKIE,
        max_age=COOKIE_LASTS,
        same_site="lax",
        https_only=settings.secure,
    )
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, *settings.hosts], www_redirect=False)
    web = Starlette(
        routes=[*more, *routes()],
        middleware=[Middleware(Guard, larger=larger), hosts, session],
        exception_handlers=handlers(),
    )
    web.state.desk, web.state.local, web.state.chat, web.state.settings = desk, local, local.people, settings
    return web


def routes() -> Sequence[BaseRoute]:
    return [
        Route("/", entry.show_door, name="door"),
        Route("/people", entry.show_people, name="people"),
        Route("/people/become", entry.become, methods=["POST"]),
        Route("/enter", entry.show_enter, name="enter"),
        Route("/enter", entry.enter, methods=["POST"]),
        Route("/leave", entry.go_out, methods=["POST"]),
        Route("/theme", entry.choose_theme, methods=["POST"]),
        Route("/clock", clock_bar.show_clock),
        Route("/clock/{move}", clock_bar.move_clock, methods=["POST"]),
        Route("/events", live.show_events),
        Route("/press", actions.press_ticket, methods=["POST"]),
        Route("/form", actions.send_form, methods=["POST"]),
        *CONNECTING,
        Mount("/static", StaticFiles(directory=STATIC), name="static"),
        *_chat_routes(),
    ]


def _chat_routes() -> Sequence[BaseRoute]:
    message = "/chat/{room}/messages/{message}"
    return [
        Route("/chat", pages.show_home, name="chat"),
        Route("/chat/me", pages.show_direct),
        Route("/chat/sidebar", pages.show_sidebar),
        Route("/chat/{room}", pages.show_room, name="room"),
        Route("/chat/{room}/thread/{message}", pages.show_thread, name="thread"),
        Route("/chat/{room}/messages", actions.post_message, methods=["POST"]),
        Route("/chat/{room}/press", actions.press, methods=["POST"]),
        Route("/chat/{room}/read", actions.mark_read, methods=["POST"]),
        Route(message, pages.show_message),
        Route(f"{message}/edit", pages.show_edit),
        Route(f"{message}/edit", actions.edit_message, methods=["POST"]),
        Route(f"{message}/delete", actions.delete_message, methods=["POST"]),
        Route(f"{message}/release", actions.release_message, methods=["POST"]),
    ]
