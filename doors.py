"""The doors of the running bot as one aiohttp application: channels, pages, probes."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from bot.extension import MessageExtension
from bot.replacing import CardAnswers
from channels.directline import DirectLine, DirectLineSettings, Limits
from channels.webchat import WebChatPage
from console import Console, ConsoleSettings, ProviderSettings
from console.beginning import first_password
from console.console import Stores
from console.curating.board import Board
from console.curating.folder import ContentFolder
from console.curating.trials import Trials
from console.naming import Naming
from console.pages.accounts import Accounts
from console.pages.audit import Audit
from console.pages.batch import Batches
from console.pages.deciding import Deciding
from console.pages.due import DueDates
from console.pages.missed import MissedQuestions
from console.pages.overview import OverviewPage
from console.pages.request import RequestPage
from console.pages.requests import Requests
from console.passwords import Passwords
from console.routing import Section
from ops.checks import content_check, database_check, outbox_check
from ops.guard import guarded
from ops.health import Health
from ops.rates import AddressLimit, Buckets, Rate, Run, limited_strangers, limited_turns, visitor_of
from settings import ROOT, Settings
from storage.batches import SqlBatches
from storage.cases import SqlCaseStore
from storage.console import SqlAccounts, SqlAuditLog, SqlSessions, SqlTries
from storage.desk import SqlCaseFinder
from storage.likeness import SqlLikeness
from storage.missed import SqlMissed
from storage.overview import SqlOverview
from storage.sent import SqlSentPosts
from storage.talks import SqlTalks
from storage.tickets import SqlTickets
from turn.desk import Desk
from wiring import Parts, card_views

BUNDLE = ROOT / ".venv" / "share" / "webchat-4.18.1.js"


async def web_application(parts: Parts) -> web.Application:
    """All doors: ``/api/messages``, Direct Line, the web chat page, probes and metrics."""
    from bot.adapter import LearningPartnerAdapter  # noqa: PLC0415 - the SDK takes 0.7 s, which a chat need not wait for
    from bot.handler import LearningPartnerBot  # noqa: PLC0415 - same

    settings = parts.settings
    app, run, limits = _entrance(parts)
    health = _health(parts)
    extension = MessageExtension(parts.knowledge, SqlCaseStore(parts.database), parts.clock.now)
    cards = CardAnswers(card_views(parts), SqlSentPosts(parts.database))
    adapter = LearningPartnerAdapter(
        parts.identity.gate,
        parts.connector,
        LearningPartnerBot(run, parts.clock, parts.identity.service_urls, extension, cards),
    )
    app.router.add_post("/api/messages", adapter.handle)
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
        _console(parts).register(app)

    async def stopping(_: web.Application) -> None:
        health.stop()

    app.on_shutdown.append(stopping)
    return app


async def first_operator(parts: Parts) -> str | None:
    """The one-time password of the console's first account, if it was made just now."""
    if not parts.settings.console or parts.settings.console_oidc_issuer:
        return None
    return await first_password(SqlAccounts(parts.database), Passwords(), parts.clock)


def _console(parts: Parts) -> Console:
    settings, database = parts.settings, parts.database
    desk, passwords, provider = Desk(SqlCaseStore(database), parts.clock), Passwords(), _provider(settings)
    stores = Stores(SqlAccounts(database), SqlSessions(database), SqlTries(database), SqlAuditLog(database))
    finder = SqlCaseFinder(database)
    naming = Naming(lambda: parts.watcher.library, lambda: parts.knowledge().guiding)
    return Console(
        settings=ConsoleSettings(settings.public_url, provider),
        stores=stores,
        passwords=passwords,
        library=lambda: parts.watcher.library,
        clock=parts.clock,
        sections=[
            Requests(desk, finder, stores.accounts, naming),
            RequestPage(desk, parts.knowledge, SqlTalks(database), SqlLikeness(database)),
            Batches(desk, SqlBatches(database), naming),
            DueDates(finder, naming),
            *_curating(parts, naming),
            OverviewPage(SqlOverview(database, lambda: naming.calendar.zone), naming),
            Accounts(stores.accounts, passwords, by_provider=provider is not None),
            Audit(),
        ],
        address_of=lambda request: visitor_of(request, settings.proxies),
    )


def _curating(parts: Parts, naming: Naming) -> tuple[Section, ...]:
    """The pages of missed questions. Copies of changed content files go to ``var`` beside the content."""
    content, store = parts.settings.content_dir, SqlMissed(parts.database)
    board = Board(store, lambda: parts.watcher.library)
    trials = Trials(
        ContentFolder(content, content.resolve().parent / "var" / "content-backups"),
        live=parts.knowledge,
        matcher_of=parts.trial_matcher,
        questions=ROOT / "tests" / "regression",
        today=lambda: naming.today(parts.clock.now()),
    )
    return MissedQuestions(store, board, naming), Deciding(store, board, trials, naming)


def _provider(settings: Settings) -> ProviderSettings | None:
    if not settings.console_oidc_issuer:
        return None
    return ProviderSettings(
        issuer=settings.console_oidc_issuer,
        client_id=settings.console_oidc_client_id,
        client_secret=settings.console_oidc_client_secret.get_secret_value(),
        roles_claim=settings.console_oidc_roles_claim,
        roles=settings.console_oidc_roles,
    )


def _health(parts: Parts) -> Health:
    return Health(
        {
            "database": database_check(parts.outbox),
            "content": content_check(parts.watcher.status),
            "outbox": outbox_check(parts.outbox),
        }
    )


def _entrance(parts: Parts) -> tuple[web.Application, Run, Limits]:
    """An application without doors, the turn for users who keep their pace, and what an address may do."""
    settings = parts.settings
    visits, sessions = (
        AddressLimit(Buckets(Rate(per_minute, max(per_minute, 1))), settings.proxies)
        for per_minute in (settings.rate_address, settings.rate_sessions)
    )
    users = Buckets(Rate(settings.rate_user, settings.rate_user_burst))
    app = guarded(parts.metrics)
    app.middlewares.append(limited_strangers("/api/messages", visits))
    return app, limited_turns(parts.engine.run, users), Limits(visits, sessions)


def _direct_line(settings: Settings) -> DirectLineSettings:
    own = urlsplit(settings.public_url)
    origins = {*settings.allowed_origins, *([f"{own.scheme}://{own.netloc}"] if own.netloc else [])}
    secret = settings.directline_secret.get_secret_value()
    return DirectLineSettings(secret=secret, origins=frozenset(origins), public_url=settings.public_url)
