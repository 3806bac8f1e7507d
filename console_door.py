"""The console of the running bot: its pages, with what is behind each. `doors` imports this when serving has begun."""

from __future__ import annotations

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
from ops.rates import visitor_of
from parts import Parts
from settings import ROOT, Settings
from storage.batches import SqlBatches
from storage.console import SqlAccounts, SqlAuditLog, SqlSessions, SqlTries
from storage.desk import SqlCaseFinder
from storage.likeness import SqlLikeness
from storage.missed import SqlMissed
from storage.overview import SqlOverview
from storage.talks import SqlTalks
from storage.workbench import SqlWorkbench


async def first_operator(parts: Parts) -> str | None:
    """The one-time password of the console's first account, if it was made just now."""
    return await first_password(SqlAccounts(parts.database), Passwords(), parts.clock)


def console(parts: Parts) -> Console:
    """The console of a running bot."""
    settings, database = parts.settings, parts.database
    bench, passwords, provider = SqlWorkbench(database, parts.clock), Passwords(), _provider(settings)
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
            Requests(bench, finder, stores.accounts, naming),
            RequestPage(bench, parts.knowledge, SqlTalks(database), SqlLikeness(database)),
            Batches(bench, SqlBatches(database), naming),
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
