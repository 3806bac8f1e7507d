"""The doors of the running bot as one aiohttp application: channels, pages, probes.

What is behind two of them is made late (`ops.late`): the Bot Framework's SDK and the console take longer to import than
all the rest, and web chat needs neither.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from channels.directline import DirectLine, DirectLineSettings, Limits
from channels.webchat import WebChatPage
from dispatching import card_views
from ops.checks import content_check, database_check, outbox_check
from ops.guard import guarded
from ops.health import Health
from ops.late import Late, LatePages
from ops.rates import AddressLimit, Buckets, Rate, Run, limited_strangers, limited_turns
from parts import Parts
from settings import ROOT, Settings
from storage.tickets import SqlTickets

if TYPE_CHECKING:
    from bot.adapter import LearningPartnerAdapter

BUNDLE = ROOT / ".venv" / "share" / "webchat-4.18.1.js"


CONSOLE = "/console"
FURNISHINGS = web.AppKey("furnishings", list[Callable[[], Awaitable[object]]])
"""What is still to be made when serving begins."""


async def web_application(parts: Parts) -> web.Application:
    """All doors: ``/api/messages``, Direct Line, the web chat page, probes and metrics, the console."""
    settings = parts.settings
    app, run, limits, users = _entrance(parts)
    health = _health(parts)
    adapter = Late(lambda: _adapter(parts, run, users))

    async def messages(request: web.Request) -> web.StreamResponse:
        return await (await adapter()).handle(request)

    app[FURNISHINGS] = [adapter]
    app.router.add_post("/api/messages", messages)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", parts.metrics.handle)
    DirectLine(
        run=run,
        log=parts.log,
        hub=parts.hub,
        tickets=SqlTickets(parts.database),
        clock=parts.clock,
        secret=await parts.database.secret("directline"),
        settings=_direct_line(settings),
        limits=limits,
    ).register(app)
    WebChatPage(BUNDLE, origins=settings.allowed_origins, public_url=settings.public_url).register(app)
    if settings.console:
        pages = LatePages(CONSOLE, Late(lambda: _console(parts)))
        app[FURNISHINGS].append(pages.opened)
        app.router.register_resource(pages)
        app.cleanup_ctx.append(pages.closing)

    async def stopping(_: web.Application) -> None:
        health.stop()

    app.on_shutdown.append(stopping)
    return app


async def furnish(app: web.Application) -> None:
    """Make what was left for later, one after the other, so that nobody has to wait for it."""
    for made in app[FURNISHINGS]:
        await made()


async def first_operator(parts: Parts) -> str | None:
    """The one-time password of the console's first account, if it was made just now."""
    if not parts.settings.console or parts.settings.console_oidc_issuer:
        return None
    door = await asyncio.to_thread(importlib.import_module, "console_door")
    password: str | None = await door.first_operator(parts)
    return password


def _adapter(parts: Parts, run: Run, users: Buckets) -> LearningPartnerAdapter:
    from bot.adapter import LearningPartnerAdapter  # noqa: PLC0415 - see the module
    from bot.extension import MessageExtension  # noqa: PLC0415
    from bot.handler import LearningPartnerBot  # noqa: PLC0415
    from bot.replacing import CardAnswers  # noqa: PLC0415
    from operators_door import operators  # noqa: PLC0415
    from storage.cases import SqlCaseStore  # noqa: PLC0415
    from storage.deleting import SqlDeletions  # noqa: PLC0415
    from storage.sent import SqlSentPosts  # noqa: PLC0415

    extension = MessageExtension(parts.knowledge, SqlCaseStore(parts.database), parts.clock.now)
    cards = CardAnswers(card_views(parts), SqlSentPosts(parts.database))
    operating = operators(parts, users.take)
    bot = LearningPartnerBot(
        run,
        parts.clock,
        parts.identity.service_urls,
        extension,
        cards=cards,
        operators=operating,
        forget=partial(parts.engine.forget, SqlDeletions(parts.database, parts.forget)),
    )
    return LearningPartnerAdapter(parts.identity.gate, parts.connector, bot)


def _console(parts: Parts) -> web.Application:
    from console_door import console  # noqa: PLC0415 - see the module

    app = web.Application()
    console(parts).register(app)
    return app


def _health(parts: Parts) -> Health:
    return Health(
        {
            "database": database_check(parts.outbox),
            "content": content_check(parts.watcher.status),
            "outbox": outbox_check(parts.outbox),
        }
    )


def _entrance(parts: Parts) -> tuple[web.Application, Run, Limits, Buckets]:
    """An application without doors, the turn for users who keep their pace, what an address and what a user may do."""
    settings = parts.settings
    visits, sessions = (
        AddressLimit(Buckets(Rate(per_minute, max(per_minute, 1))), settings.proxies)
        for per_minute in (settings.rate_address, settings.rate_sessions)
    )
    users = Buckets(Rate(settings.rate_user, settings.rate_user_burst))
    app = guarded(parts.metrics)
    app.middlewares.append(limited_strangers("/api/messages", visits))
    return app, limited_turns(parts.engine.run, users), Limits(visits, sessions), users


def _direct_line(settings: Settings) -> DirectLineSettings:
    own = urlsplit(settings.public_url)
    origins = {*settings.allowed_origins, *([f"{own.scheme}://{own.netloc}"] if own.netloc else [])}
    secret = settings.directline_secret.get_secret_value()
    return DirectLineSettings(secret=secret, origins=frozenset(origins), public_url=settings.public_url)
